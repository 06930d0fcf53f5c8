"""Calls' tags are posted to the webhook. CloudFormation on the embedded AWS creates no API
destinations, so the test creates one from the template's resources."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aws_cdk.assertions import Template

from infra.environment import ENVIRONMENTS
from infra.local.waiting import eventually
from infra.stack import CallDataWritingStack
from tests import synthesis
from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import PostbackKey, Service

SECRET = "of-this-test"


@dataclass
class Receiver:
    url: str = ""
    heard: list[tuple[Mapping[str, str], dict[str, Any]]] = field(default_factory=list)

    def about(self, call: PhoneCall) -> list[dict[str, Any]]:
        return [body for _, body in self.heard if body["call_uuid"] == call.call_uuid]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.heard.append((dict(self.headers), json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        receiver.url = f"http://127.0.0.1:{server.server_port}/tags"
        yield receiver
        server.shutdown()


@pytest.fixture(scope="module")
def resources() -> Mapping[str, Any]:
    """The webhook's resources in a stack's template, by type."""
    environment = replace(ENVIRONMENTS["dev"], webhook_url="https://platform.example/tags")
    app = synthesis.app()
    stack = CallDataWritingStack(app, "WithWebhook", environment=environment)
    found = Template.from_stack(stack).to_json()["Resources"]
    return {
        resource["Type"]: resource["Properties"]
        for name, resource in found.items()
        if name.startswith("Webhook")
    }


@contextmanager
def _made(service: Service, resources: Mapping[str, Any], url: str) -> Iterator[None]:
    """Create the template's connection, destination and rule with another address and secret."""
    api_key = resources["AWS::Events::Connection"]["AuthParameters"]["ApiKeyAuthParameters"]
    rule = resources["AWS::Events::Rule"]
    destination = resources["AWS::Events::ApiDestination"]
    (target,) = rule["Targets"]
    bus: Any = {"EventBusName": service.outputs["EventBusName"]}
    events = service.events
    connection = events.create_connection(
        Name="webhook",
        AuthorizationType="API_KEY",
        AuthParameters={
            "ApiKeyAuthParameters": {"ApiKeyName": api_key["ApiKeyName"], "ApiKeyValue": SECRET}
        },
    )
    made = events.create_api_destination(
        Name="webhook",
        ConnectionArn=connection["ConnectionArn"],
        InvocationEndpoint=url,
        HttpMethod=destination["HttpMethod"],
    )
    events.put_rule(Name="webhook", EventPattern=json.dumps(rule["EventPattern"]), **bus)
    events.put_targets(
        Rule="webhook",
        Targets=[
            {
                "Id": target["Id"],
                "Arn": made["ApiDestinationArn"],
                "InputPath": target["InputPath"],
            }
        ],
        **bus,
    )
    try:
        yield
    finally:
        events.remove_targets(Rule="webhook", Ids=[target["Id"]], **bus)
        events.delete_rule(Name="webhook", **bus)
        events.delete_api_destination(Name="webhook")
        events.delete_connection(Name="webhook")


def test_every_change_of_a_calls_tags_is_posted_with_the_secret_header(
    service: Service,
    key: PostbackKey,
    caller_number: str,
    receiver: Receiver,
    resources: Mapping[str, Any],
) -> None:
    call = PhoneCall(caller_number=caller_number)
    with _made(service, resources, receiver.url):
        service.tag(key, caller_number, age="39")
        first = service.start(call)
        eventually(lambda: receiver.about(call) or None, "the call at the webhook")
        service.tag(key, call, zip="90210")
        second = service.wait_for_tagged(call, {"age": "39", "zip": "90210"})
        eventually(lambda: receiver.about(call)[1:] or None, "its change at the webhook")

    assert receiver.about(call) == [first, second]
    headers = {name.lower(): value for name, value in receiver.heard[0][0].items()}
    assert headers["x-call-data-writing-secret"] == SECRET
