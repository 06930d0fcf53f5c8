"""That dashboard and saved queries show what the functions log and count, in a run of it all."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from infra.monitoring.saved_queries import ACCESS, QUERIES, Query
from shared.domain import platform_keys
from shared.domain.errors import RetriesExhausted
from shared.domain.keys import PostbackKey
from shared.runtime import metrics
from shared.stores.platform_keys import PlatformKeyStore
from tests.integration import events
from tests.integration.events import (
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    call_event,
    example_platform_key,
    new_caller_number,
    platform,
)
from tests.integration.fake_user_pool import FakeUserPool
from tests.integration.service import Service
from tests.integration.wire import Wire, failing

Line = dict[str, Any]

WORDS = {"filter", "fields", "stats", "sort", "limit", "by", "as", "and", "or", "like", "desc"}
DISCOVERED = {"@timestamp", "@message", "@log"}
"""What Logs Insights adds to every line."""


@dataclass(frozen=True, slots=True)
class Run:
    """What was logged, by function, and what was counted."""

    lines: Mapping[str, list[Line]]
    counted: list[Line]

    def posting(self, **members: Any) -> Line:
        (line,) = (it for it in self.lines["data_writing"] if members.items() <= it.items())
        return line


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    """The one run, once there is one."""
    return []


@pytest.fixture
def run(request: pytest.FixtureRequest, runs: list[Run]) -> Run:
    if not runs:
        runs.append(request.getfixturevalue("whole_run"))
    return runs[0]


@pytest.fixture
def whole_run(
    service: Service,
    key: PostbackKey,
    wire: Wire,
    no_pauses: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Every outcome that there is, at least once."""
    people = service.operator_api.people.user_pool
    monkeypatch.setitem(vars(people), "client", FakeUserPool())
    _handle_all_kinds(service, key, monkeypatch)
    _fail_all_kinds(service, key, wire)
    _ask_the_platform_api(service, wire)
    _ask_the_operator_api(service)
    service.request({"requestContext": {"http": {"method": "OPTIONS"}}})
    lines: dict[str, list[Line]] = {}
    for line in service.lines():
        lines.setdefault(line["service"], []).append(line)
    return Run(lines, [json.loads(line) for line in capsys.readouterr().out.splitlines()])


def _handle_all_kinds(service: Service, key: PostbackKey, monkeypatch: pytest.MonkeyPatch) -> None:
    number, call_uuid = new_caller_number(), str(uuid4())
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39", zip="90210")
    body = call_event("Call Started", call_uuid=call_uuid, caller_number=number, started_at=NOON)
    service.deliver(json.dumps(json.loads(body) | {"time": _ago(seconds=90)}))
    service.post(key, at=NOON + SECOND, caller_number=number, state="CA")
    service.end_call(call_uuid, number, at=NOON + MINUTE)
    service.post(key, at=NOON + 2 * MINUTE, caller_number=number, sold="yes")
    service.post(key, at=NOON + HOUR + 2 * MINUTE, call_uuid=call_uuid, late="yes")
    service.post(service.add_key(paused=True), caller_number=number, age="39")
    service.post(None, caller_number=number, age="39")
    service.post(key, caller_number="x", age="39")
    service.handle("{}")
    service.announce()
    monkeypatch.setattr("shared.domain.merging.MAX_TAG_BYTES", 1000)
    full = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=full, note="x" * 1000)
    service.start_call(full)


def _ask_the_platform_api(service: Service, wire: Wire) -> None:
    """Well, with a bad time, and where DynamoDB fails."""
    credential = platform_keys.credential(b"monitoring")
    store = PlatformKeyStore(service.dynamodb, service.environment["POSTBACK_KEYS_TABLE"])
    store.add(example_platform_key(credential))
    path = f"/platform/calls/{uuid4()}"
    for members in ({}, {"started_at": "noon"}):
        service.request(platform("PUT", path, credential, members), function="platform_api")
    wire.tap(service.platform_api._client, "Query", failing("InternalServerError"))
    service.request(platform("PUT", path, credential, {}), function="platform_api")


def _ask_the_operator_api(service: Service) -> None:
    """To make and read what is audited, of each kind."""
    for method, path, body in (
        ("POST", "/publishers", {"name": "Anna"}),
        ("POST", "/platform-keys", {"name": "switch"}),
        ("GET", "/callers/+15551234567", None),
        ("GET", "/postback-keys/{key_id}", None),
        ("POST", "/people", {"email": "ada@example.com", "role": "viewer"}),
    ):
        target = path.format(key_id=service.add_key().key_id)
        sent = None if body is None else json.dumps(body)
        event = events.http(method, target, body=sent, content_type="application/json")
        assert service.request(event, function="operator_api").status_code < 300
    search = events.http("GET", "/postbacks") | {
        "queryStringParameters": {"caller_number": "+15551234567"}
    }
    assert service.request(search, function="operator_api").status_code == 200


def _fail_all_kinds(service: Service, key: PostbackKey, wire: Wire) -> None:
    broken = failing("InternalServerError")
    wire.tap(service.data_writing._client, "BatchWriteItem", broken)
    service.post(key, caller_number=new_caller_number(), age="39")
    wire.tap(service.call_feed.bus, "PutEvents", broken)
    service.call_feed.lambda_handler({"Records": service.stream.read()}, None)
    wire.tap(service.activity._client, "PutItem", broken)
    with pytest.raises(RetriesExhausted):
        service.count()
    wire.tap(service.call_events._client, "UpdateItem", broken)
    service.handle(call_event("Call Started", call_uuid=str(uuid4()), started_at=NOON))


def _ago(**duration: int) -> str:
    """As the bus writes times."""
    return f"{datetime.now(UTC) - timedelta(**duration):%Y-%m-%dT%H:%M:%SZ}"


def _metrics(line: Line) -> Iterator[tuple[str, str]]:
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == metrics.NAMESPACE
    return ((metric["Name"], line["outcome"]) for metric in directive["Metrics"])


def test_every_metric_of_the_dashboard_is_emitted_for_every_outcome_shown(run: Run) -> None:
    emitted = {shown for line in run.counted for shown in _metrics(line)}

    assert emitted == {
        *((metrics.POSTINGS, outcome) for outcome in metrics.PostingOutcome),
        *((metrics.CALL_EVENTS, outcome) for outcome in metrics.EventOutcome),
        *((metrics.CALLS_ANNOUNCED, outcome) for outcome in metrics.AnnouncementOutcome),
        (metrics.TAGS_APPLIED, metrics.PostingOutcome.APPLIED_IN_PROGRESS),
        (metrics.TAGS_APPLIED, metrics.PostingOutcome.APPLIED_COMPLETED),
        (metrics.TAGS_APPLIED, metrics.EventOutcome.HANDLED),
        (metrics.PENDING_AGE, metrics.EventOutcome.HANDLED),
        (metrics.POSTINGS_LEFT_OUT, metrics.EventOutcome.HANDLED),
        (metrics.EVENT_LAG, metrics.EventOutcome.HANDLED),
    }


def test_every_posting_is_one_line_and_counted_once(run: Run) -> None:
    outcomes = [line for line in run.lines["data_writing"] if "outcome" in line]
    counted = [line for line in run.counted if metrics.POSTINGS in line]

    assert len(outcomes) == len(counted) == 9
    assert {line[metrics.POSTINGS][0] for line in counted} == {1}


def test_refusals_are_counted_by_the_reason_that_their_lines_give(run: Run) -> None:
    logged = [line["reason"] for line in run.lines["data_writing"] if "reason" in line]
    counted = [line["reason"] for line in run.counted if "reason" in line]

    assert counted == logged == ["CallPastCutoff", "KeyPaused", "UnknownKey", "InvalidInput"]


def test_tags_are_counted_one_by_one_and_their_wait_and_the_events_in_milliseconds(
    run: Run,
) -> None:
    handled = next(line for line in run.counted if metrics.PENDING_AGE in line)

    assert handled[metrics.TAGS_APPLIED] == [2]
    assert handled[metrics.PENDING_AGE][0] > (datetime.now(UTC) - NOON) / timedelta(seconds=1)
    assert 90_000 <= handled[metrics.EVENT_LAG][0] < 120_000


@pytest.mark.parametrize("time", [None, "", "noon", [], "2025-03-10T12:00:00"])
def test_an_event_without_a_time_that_can_be_read_is_handled_like_any_other(
    service: Service, time: Any
) -> None:
    body = call_event("Call Started", call_uuid=str(uuid4()), started_at=NOON)

    service.deliver(json.dumps(json.loads(body) | {"time": time}))

    assert service.lines()[-1]["message"] == "call report handled"
    assert "event_lag_ms" not in service.lines()[-1]


@pytest.mark.parametrize("message", ["posting accepted", "posting refused", "posting failed"])
def test_the_line_of_a_posting_with_a_known_key_says_all_that_an_operator_asks_for(
    run: Run, key: PostbackKey, message: str
) -> None:
    lines = [
        line
        for line in run.lines["data_writing"]
        if line["message"] == message and line.get("publisher_id")
    ]

    assert lines
    for line in lines:
        assert line["posting_id"].startswith("17416")
        assert line["publisher_id"] == "pub_a"
        assert line.keys() >= {"key_id", "outcome", "status_code", "caller_number"}
        assert "***" in line["caller_number"]
        assert line["tag_names"]


def test_a_refusal_says_which_call_or_caller_it_was_about(
    service: Service, key: PostbackKey
) -> None:
    paused, number, call_uuid = service.add_key(paused=True), "+15551234567", str(uuid4())

    service.post(paused, caller_number=number, age="39")
    service.post(paused, call_uuid=call_uuid.upper(), age="39")
    service.post(paused, call_uuid="none", age="39")

    first, second, third = service.lines()
    assert (first["caller_number"], first.get("call_uuid")) == ("+1***67", None)
    assert (second["caller_number"], second["call_uuid"]) == ("***", call_uuid)
    assert (third["caller_number"], third.get("call_uuid")) == ("***", None)


def _code(query: Query) -> str:
    """A query without its comments, texts and patterns."""
    return re.sub(r'#.*|"[^"]*"|/[^/\n]+/', " ", query.text)


def _fields(query: Query) -> set[str]:
    """The fields of lines that a query names."""
    code = _code(query)
    aliases = set(re.findall(r"\bas (\w+)", code))
    functions = set(re.findall(r"(\w+)\(", code))
    named = set(re.findall(r"@?[a-z_][\w.]*", code))
    return named - aliases - functions - WORDS - DISCOVERED


def _carried(lines: list[Line]) -> set[str]:
    """The fields of lines as Logs Insights names them; any element of a list counts as carried."""
    return {name for line in lines for n, v in line.items() for name in _names(n, v)}


def _names(name: str, value: Any) -> list[str]:
    if isinstance(value, list):
        return [f"{name}.#"]
    return [f"{name}.{each}" for each in value] if isinstance(value, dict) else [name]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.question)
def test_a_saved_query_names_only_fields_that_lines_carry(
    run: Run, dev_template: Mapping[str, Any], query: Query
) -> None:
    (stage,) = (
        resource["Properties"]
        for name, resource in dev_template["Resources"].items()
        if resource["Type"] == "AWS::ApiGatewayV2::Stage" and "Console" not in name
    )
    lines = dict(run.lines) | {ACCESS: [json.loads(stage["AccessLogSettings"]["Format"])]}
    carried = {field for group in query.log_groups for field in _carried(lines.get(group, []))}

    named = {re.sub(r"\.\d+$", ".#", field) for field in _fields(query)}

    assert named <= carried


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.question)
def test_a_saved_query_filters_by_messages_that_are_logged(run: Run, query: Query) -> None:
    wanted = set(re.findall(r'message = "([^"]+)"', query.text))
    logged = {line["message"] for group in query.log_groups for line in run.lines.get(group, [])}

    assert wanted <= logged


def test_a_posting_is_followed_by_its_id_through_its_lines_and_the_access_log(run: Run) -> None:
    """The id ends with the request's, which is all of it that the access log has."""
    line = run.posting(outcome="call not found, tags stored", tag_names=["age", "zip"])
    handled = next(it for it in run.lines["call_events"] if it.get("applied"))

    assert line["posting_id"].split("-", 1)[1].startswith("request-")
    assert line["posting_id"] in handled["applied"]
