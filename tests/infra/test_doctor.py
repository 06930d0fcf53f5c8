"""The doctor's findings, with AWS's responses faked: the embedded AWS lacks many of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError, NoRegionError

from infra.account import afterwards, beforehand, quotas
from infra.account.connection import Account
from infra.account.doctor import before
from infra.account.findings import Check, Verdict
from infra.environment import DEV, PROD, Environment

OWN, PLATFORM = "111111111111", "222222222222"
CERTIFICATE = "arn:aws:acm:us-east-1:111111111111:certificate/9b653cf0"
WITH_DOMAIN = replace(
    PROD, domain_name="post.example.com", certificate_arn=CERTIFICATE, hosted_zone_id="Z1"
)
REGION = SimpleNamespace(region_name="us-east-1")

OK, TO_DO, NOT_CHECKED = Verdict.OK, Verdict.TO_DO, Verdict.NOT_CHECKED


class NotFoundError(Exception):
    """The error of AWS for a missing resource."""


NOT_FOUND = SimpleNamespace(
    NotFoundException=NotFoundError,
    NoSuchHostedZone=NotFoundError,
    ResourceNotFoundException=NotFoundError,
)


def _always(response: Any) -> Callable[..., Any]:
    return lambda **_: response


def _not_found(**_: Any) -> Any:
    raise NotFoundError


def _paginated(**pages: Any) -> Callable[[str], Any]:
    """Return a `get_paginator` that has one page for each operation."""
    return lambda operation: SimpleNamespace(paginate=_always([pages[operation]]))


def _account(*, status: str | None = None, outputs: Any = None, **clients: Any) -> Account:
    """Return an account in which every stack has that status, or does not exist."""

    def describe_stacks(**_: Any) -> Any:
        if status is None:
            raise ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStacks")
        pairs = [{"OutputKey": k, "OutputValue": v} for k, v in (outputs or {}).items()]
        return {"Stacks": [{"StackStatus": status, "Outputs": pairs}]}

    known: Mapping[str, Any] = {
        "cloudformation": SimpleNamespace(describe_stacks=describe_stacks),
        "sts": SimpleNamespace(get_caller_identity=_always({"Account": OWN}), meta=REGION),
        **{name.replace("_", "-"): SimpleNamespace(**made) for name, made in clients.items()},
    }
    return Account(known.__getitem__)


def _quotas(own: Mapping[str, float], defaults: Mapping[str, float] = {}) -> Account:
    def page(values: Mapping[str, float]) -> Any:
        return {"Quotas": [{"QuotaName": n, "Value": v} for n, v in values.items()]}

    return _account(
        service_quotas={
            "get_paginator": _paginated(
                list_service_quotas=page(own), list_aws_default_service_quotas=page(defaults)
            )
        }
    )


GATEWAY = {"Throttle rate": 10_000.0, "Throttle burst rate": 5_000.0}
TABLES = {"Table-level write throughput limit": 40_000.0, "Table-level read throughput": 1.0}
BUS = {"PutEvents throttle limit in transactions per second": 10_000.0}


@pytest.mark.parametrize(
    ("check", "own", "verdict", "words"),
    [
        (quotas.gateway_throttle, GATEWAY, OK, "is 10000, of which prod needs 5000"),
        (quotas.gateway_throttle, GATEWAY | {"Throttle rate": 2500.0}, TO_DO, "prod needs 5000"),
        (quotas.gateway_throttle, GATEWAY | {"Throttle burst rate": 1250.0}, TO_DO, "burst"),
        (quotas.table_writes, TABLES, OK, "of which prod needs 25000"),
        (quotas.table_writes, {"Table-level write throughput limit": 9.0}, TO_DO, "request it"),
        (quotas.bus_events, BUS, OK, "of which prod needs 1500"),
        (quotas.bus_events, {"PutEvents throttle limit, per second": 400.0}, TO_DO, "(events)"),
        (quotas.bus_events, {"Rules": 300.0}, NOT_CHECKED, "no events quota"),
    ],
)
def test_a_quota_that_is_too_low_must_be_requested(
    check: Check, own: dict[str, float], verdict: Verdict, words: str
) -> None:
    found = check(_quotas(own), PROD)

    assert found[0] is verdict
    assert words in found[1]


def test_an_accounts_own_quota_overrides_awss_default() -> None:
    assert quotas.bus_events(_quotas(BUS, defaults=dict.fromkeys(BUS, 1.0)), PROD)[0] is OK
    assert quotas.bus_events(_quotas(dict.fromkeys(BUS, 1.0), defaults=BUS), PROD)[0] is TO_DO
    assert quotas.bus_events(_quotas({}, defaults=BUS), PROD)[0] is OK


@pytest.mark.parametrize(
    ("error", "words"), [(NoCredentialsError(), "aws configure"), (NoRegionError(), "AWS_REGION")]
)
def test_missing_credentials_are_something_to_do(error: Exception, words: str) -> None:
    def fail(_: str) -> Any:
        raise error

    (found, *_) = before(Account(fail), DEV)

    assert found.verdict is TO_DO
    assert words in found.message


def _certificate(region: str | None, *, arn: str = CERTIFICATE) -> tuple[Verdict, str]:
    described = {"Status": "ISSUED", "DomainName": "*.example.com"}
    account = _account(
        acm={
            "describe_certificate": _always({"Certificate": described}),
            "meta": REGION,
            "exceptions": NOT_FOUND,
        }
    )
    return beforehand.certificate(account, replace(WITH_DOMAIN, certificate_arn=arn, region=region))


def test_a_certificate_must_be_in_the_region_of_the_deployment() -> None:
    elsewhere = CERTIFICATE.replace("us-east-1", "eu-west-1")

    assert _certificate("us-east-1")[0] is OK
    assert _certificate(None)[0] is OK
    verdict, message = _certificate(None, arn=elsewhere)
    assert verdict is TO_DO
    assert "in eu-west-1, and the deployment goes to us-east-1" in message


def test_another_accounts_certificate_or_zone_is_something_to_do() -> None:
    acm = {"describe_certificate": _not_found, "meta": REGION, "exceptions": NOT_FOUND}
    route53 = _zone() | {"get_hosted_zone": _not_found}

    assert beforehand.certificate(_account(acm=acm), WITH_DOMAIN)[0] is TO_DO
    assert beforehand.hosted_zone(_account(route53=route53), WITH_DOMAIN)[0] is TO_DO


def _gateway(*, has_domain: bool) -> dict[str, Any]:
    found = _always({}) if has_domain else _not_found
    return {"get_domain_name": found, "exceptions": NOT_FOUND}


def test_a_domain_that_another_api_has_would_stop_the_first_deployment() -> None:
    taken, free = (_gateway(has_domain=has_domain) for has_domain in (True, False))
    deployed = _account(status="UPDATE_COMPLETE", apigatewayv2=taken)

    assert beforehand.domain(_account(apigatewayv2=free), WITH_DOMAIN)[0] is OK
    assert beforehand.domain(_account(apigatewayv2=taken), WITH_DOMAIN)[0] is TO_DO
    assert beforehand.domain(deployed, WITH_DOMAIN)[0] is OK


def _zone(*names: str) -> dict[str, Any]:
    records = [{"Name": f"{name}.", "Type": "A"} for name in names]
    return {
        "get_hosted_zone": _always({"HostedZone": {"Name": "example.com."}}),
        "list_resource_record_sets": _always({"ResourceRecordSets": records}),
        "exceptions": NOT_FOUND,
    }


def test_an_existing_record_would_stop_the_first_deployment() -> None:
    taken = _zone("post.example.com")

    assert beforehand.hosted_zone(_account(route53=taken), WITH_DOMAIN)[0] is TO_DO
    assert beforehand.hosted_zone(_account(route53=_zone()), WITH_DOMAIN)[0] is OK
    assert beforehand.hosted_zone(_account(route53=_zone("www.example.com")), WITH_DOMAIN)[0] is OK
    deployed = _account(status="UPDATE_COMPLETE", route53=taken)
    assert beforehand.hosted_zone(deployed, WITH_DOMAIN)[0] is OK


@pytest.mark.parametrize(
    ("stored", "verdict", "words"),
    [(60, OK, "80% of 75 GB"), (61, TO_DO, "delete old versions of functions")],
)
def test_code_storage_that_is_nearly_full_is_something_to_do(
    stored: int, verdict: Verdict, words: str
) -> None:
    settings = {
        "AccountLimit": {"TotalCodeSize": 75 * 2**30},
        "AccountUsage": {"TotalCodeSize": stored * 2**30},
    }
    found = beforehand.code_storage(
        Account({"lambda": SimpleNamespace(get_account_settings=_always(settings))}.get), PROD
    )

    assert found[0] is verdict
    assert words in found[1]


@pytest.mark.parametrize(
    ("platform", "verdict"), [(None, OK), (OWN, TO_DO), (PLATFORM, NOT_CHECKED)]
)
def test_the_platforms_account_must_be_another_one(platform: str | None, verdict: Verdict) -> None:
    environment = replace(PROD, platform_account=platform)

    assert beforehand.platform_account(_account(), environment)[0] is verdict


def _bus_policy(environment: Environment, **bus: str) -> Verdict:
    account = _account(
        status="CREATE_COMPLETE",
        outputs={"EventBusName": "bus"},
        events={"describe_event_bus": _always(bus)},
    )
    return afterwards.bus_policy(account, environment)[0]


def test_the_bus_policy_must_name_the_platforms_account() -> None:
    environment = replace(PROD, platform_account=PLATFORM)
    policy = f'{{"Principal": {{"AWS": "arn:aws:iam::{PLATFORM}:root"}}}}'

    assert _bus_policy(environment, Policy=policy) is OK
    assert _bus_policy(environment, Policy=policy.replace(PLATFORM, OWN)) is TO_DO
    assert _bus_policy(environment) is TO_DO
    assert _bus_policy(PROD) is OK


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        (("OK", "OK"), OK),
        (("OK", "ALARM"), TO_DO),
        (("OK", "INSUFFICIENT_DATA"), NOT_CHECKED),
        ((), NOT_CHECKED),
    ],
)
def test_alarms_are_ok_only_if_all_of_them_are(states: tuple[str, ...], verdict: Verdict) -> None:
    ours = [
        {"AlarmName": f"{PROD.stack_name}-Monitoring-A{number}", "StateValue": state}
        for number, state in enumerate(states)
    ]
    page = {"MetricAlarms": [*ours, {"AlarmName": "another", "StateValue": "ALARM"}]}
    account = _account(
        status="CREATE_COMPLETE", cloudwatch={"get_paginator": _paginated(describe_alarms=page)}
    )

    assert afterwards.alarms(account, PROD)[0] is verdict


@pytest.mark.parametrize(
    ("subscriptions", "verdict"),
    [({"a@b.example": "PendingConfirmation"}, TO_DO), ({"a@b.example": "arn"}, OK), ({}, TO_DO)],
)
def test_an_address_must_have_confirmed_that_it_receives_alarms(
    subscriptions: dict[str, str], verdict: Verdict
) -> None:
    page = {
        "Subscriptions": [{"Endpoint": e, "SubscriptionArn": a} for e, a in subscriptions.items()]
    }
    account = _account(
        status="CREATE_COMPLETE",
        outputs={"AlarmTopicArn": "topic"},
        sns={"get_paginator": _paginated(list_subscriptions_by_topic=page)},
    )

    assert afterwards.alarm_address(account, PROD)[0] is verdict
