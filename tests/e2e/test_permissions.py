"""The operator policy and the platform policy: each allows its own requests, and no others."""

import json
from copy import copy
from typing import TYPE_CHECKING

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from infra.local import web
from tests.e2e.phone_calls import PhoneCall, new_caller_number, new_uuid
from tests.e2e.service import PostbackKey, Service

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef
    from mypy_boto3_iam import IAMClient


def new_user(service: Service, *policies: str) -> Credentials:
    """Create an IAM user with policies of the stack, named by their outputs."""
    iam: IAMClient = service.aws.client("iam")
    name = new_uuid()
    iam.create_user(UserName=name)
    for policy in policies:
        iam.attach_user_policy(UserName=name, PolicyArn=service.outputs[policy])
    access_key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(access_key["AccessKeyId"], access_key["SecretAccessKey"])


def read_key(service: Service, key: PostbackKey, credentials: Credentials) -> int:
    url = f"{service.api_url}/postback-keys/{key.key_id}"
    region = service.aws.region
    return web.send_signed("GET", url, credentials=credentials, region=region).status_code


def put_event(service: Service, credentials: Credentials) -> None:
    as_user = copy(service.aws)
    as_user.access_key_id = credentials.access_key
    as_user.secret_access_key = credentials.secret_key
    events: EventBridgeClient = as_user.client("events")
    call = PhoneCall(caller_number=new_caller_number())
    entry: PutEventsRequestEntryTypeDef = {
        "EventBusName": service.outputs["EventBusName"],
        "Source": "campaign.platform",
        "DetailType": "Call Started",
        "Detail": json.dumps(call.started().detail),
    }
    answer = events.put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0
    service.wait_for_tagged(call)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/publishers"),
        ("POST", "/publishers"),
        ("GET", "/postback-keys/{key_id}"),
        ("PATCH", "/postback-keys/{key_id}"),
        ("POST", "/postback-keys/{key_id}/pause"),
    ],
)
def test_an_unsigned_request_to_the_operator_api_is_403(
    service: Service, key: PostbackKey, method: str, path: str
) -> None:
    url = service.api_url + path.format(key_id=key.key_id)

    answer = web.send(
        method, url, body=b'{"name":"x"}', headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 403
    assert key.key.encode() not in answer.body


def test_the_operator_policy_lets_a_user_in(service: Service, key: PostbackKey) -> None:
    assert read_key(service, key, new_user(service, "OperatorPolicyArn")) == 200


@pytest.mark.parametrize("policies", [(), ("PlatformPolicyArn",)])
def test_a_user_without_the_operator_policy_is_403(
    service: Service, key: PostbackKey, policies: tuple[str, ...]
) -> None:
    assert read_key(service, key, new_user(service, *policies)) == 403


def test_a_signature_with_the_wrong_secret_is_403(service: Service, key: PostbackKey) -> None:
    operator = new_user(service, "OperatorPolicyArn")

    assert read_key(service, key, Credentials(operator.access_key, "not-the-secret")) == 403


def test_the_platform_policy_lets_a_user_put_call_events(service: Service) -> None:
    put_event(service, new_user(service, "PlatformPolicyArn"))


def test_a_user_without_the_platform_policy_cannot_put_events(service: Service) -> None:
    operator = new_user(service, "OperatorPolicyArn")

    with pytest.raises(ClientError, match="AccessDenied"):
        put_event(service, operator)
