"""Fixtures: the tables, queue and bus of the synthesized template on moto, and the functions."""

import importlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from shared.domain.keys import PostbackKey
from shared.runtime import concurrency
from tests import faster_moto, parameters, synthesis
from tests.clock import Clock
from tests.integration import moto_state
from tests.integration.service import Service, Stream, client
from tests.integration.wire import Wire

ACCOUNT = "123456789012"
REGION = "us-east-1"
API_URL = "https://api.example.com"

Template = Mapping[str, Any]

# The properties that moto makes a table with.
TABLE_PROPERTIES = (
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "StreamSpecification",
)


@pytest.fixture(scope="session")
def dev_template() -> Template:
    """The template of dev with the optional functions."""
    return synthesis.complete_template("dev")


@pytest.fixture(scope="session")
def environment(dev_template: Template) -> Iterator[Mapping[str, str]]:
    """Return the environment of all functions in the template, with logical IDs as names."""
    variables: dict[str, str] = {}
    for function in _of_type(dev_template, "AWS::Lambda::Function").values():
        for name, value in function["Environment"]["Variables"].items():
            variables[name] = _resolve(dev_template, value)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        credentials = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        for name, value in (variables | credentials | {"AWS_DEFAULT_REGION": REGION}).items():
            patch.setenv(name, value)
        yield variables


@pytest.fixture(scope="module")
def restore_resources(
    dev_template: Template, environment: Mapping[str, str]
) -> Iterator[Callable[[], None]]:
    with moto_state.kept(ACCOUNT, REGION, partial(_create_resources, dev_template)) as restore:
        yield restore


@pytest.fixture
def empty_aws(restore_resources: Callable[[], None]) -> None:
    """Moto with the template's tables, queues and buses, all empty."""
    restore_resources()


@pytest.fixture
def service(
    empty_aws: None,
    dev_template: Template,
    environment: Mapping[str, str],
    matches: Callable[[Mapping[str, Any], Mapping[str, Any]], bool],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> Service:
    """Return the service. Its clock stands still, so that no time limit depends on the machine.

    Requests at the same time are sent one after the other, since moto loses updates of threads.
    """
    monkeypatch.setattr(concurrency, "_threads", InTurn)
    faster_moto.speed_up(monkeypatch)
    packages = (
        "data_writing",
        "call_events",
        "platform_api",
        "connect_flow",
        "call_feed",
        "activity",
        "key_watch",
        "operator_api",
    )
    # They read the environment when they are imported.
    functions = {p: importlib.import_module(f"functions.{p}.handler") for p in packages}
    for made in _clients(functions):
        parameters.check(made)
    streams = {
        table: Stream(table, partial(matches, pattern)) for table, pattern in _streams(dev_template)
    }
    return Service(
        environment,
        functions,
        stream=streams[environment["CALL_DATA_TABLE"]],
        log_stream=streams[environment["POSTBACK_LOG_TABLE"]],
    )


class InTurn(Executor):
    """Runs tasks at once, in this thread."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args, **options))
        except Exception as error:  # noqa: BLE001  # the future raises it
            done.set_exception(error)
        return done


@pytest.fixture
def key(service: Service) -> PostbackKey:
    return service.add_key()


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.remove_taps()


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the pauses between retries."""
    monkeypatch.setattr(time, "sleep", lambda _: None)


def _clients(functions: Mapping[str, ModuleType]) -> Iterator[Any]:
    yield functions["data_writing"]._client
    yield functions["call_events"]._client
    yield functions["call_events"].dead_letters()
    yield functions["platform_api"]._client
    yield functions["connect_flow"]._client
    yield functions["connect_flow"].queue()
    yield importlib.import_module("functions.platform_api.handover").client()
    yield functions["call_feed"].bus
    yield functions["activity"]._client
    yield functions["key_watch"]._client
    yield functions["key_watch"].bus
    yield importlib.import_module("functions.operator_api.stores")._client


def _create_resources(template: Template) -> None:
    dynamodb = client("dynamodb")
    for logical_id, properties in _of_type(template, "AWS::DynamoDB::Table").items():
        options: Any = {name: properties[name] for name in TABLE_PROPERTIES if name in properties}
        if "StreamSpecification" in options:
            options["StreamSpecification"] = {"StreamEnabled": True} | options[
                "StreamSpecification"
            ]
        dynamodb.create_table(TableName=logical_id, **options)
    for logical_id in _of_type(template, "AWS::SQS::Queue"):
        client("sqs").create_queue(QueueName=logical_id)
    for properties in _of_type(template, "AWS::Events::EventBus").values():
        client("events").create_event_bus(Name=properties["Name"])


def _streams(template: Template) -> Iterator[tuple[str, Any]]:
    """Yield the tables whose streams are read, and the filters of what is read."""
    for mapping in _of_type(template, "AWS::Lambda::EventSourceMapping").values():
        for criterion in mapping.get("FilterCriteria", {}).get("Filters", []):
            yield mapping["EventSourceArn"]["Fn::GetAtt"][0], json.loads(criterion["Pattern"])


def _of_type(template: Template, type_name: str) -> dict[str, Any]:
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == type_name
    }


def _resolve(template: Template, value: Any) -> str:
    """Resolve a value as CloudFormation does, with logical IDs as physical names."""
    match value:
        case str():
            return value
        case {"Ref": "AWS::Region"}:
            return REGION
        case {"Ref": "AWS::AccountId"}:
            return ACCOUNT
        case {"Ref": logical_id}:
            resource = template["Resources"][logical_id]
            if resource["Type"] == "AWS::SQS::Queue":
                return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{logical_id}"
            return str(resource["Properties"].get("Name", logical_id))
        case {"Fn::GetAtt": [_, "ApiEndpoint"]}:
            return API_URL
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_resolve(template, part) for part in parts)
    raise AssertionError(f"an unknown value: {value}")
