"""The feed announces changes from the stream, and reports those that it could not announce."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.domain.keys import PostbackKey
from shared.runtime.settings import CallFeedSettings
from tests import described
from tests.integration.events import HOUR, MINUTE, NOON, SECOND, new_caller_number
from tests.integration.service import Service
from tests.integration.wire import Act, Body, Reply, Wire, answering, failing, once

SampleEvent = Callable[[str], dict[str, Any]]


@pytest.fixture(autouse=True)
def _no_pauses(no_pauses: None) -> None:
    pass


@pytest.fixture
def records(sample_event: SampleEvent) -> Callable[[int], list[dict[str, Any]]]:
    """Return this many records of changed calls, numbered from 1."""

    def make(count: int) -> list[dict[str, Any]]:
        made = []
        for number in range(1, count + 1):
            record = sample_event("changed_call_record")
            record["dynamodb"]["SequenceNumber"] = str(number)
            record["dynamodb"]["NewImage"]["campaign_id"] = {"S": str(number)}
            made.append(record)
        return made

    return make


def _failures(service: Service, records: list[dict[str, Any]]) -> list[str]:
    response = service.call_feed.lambda_handler({"Records": records}, None)
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def _campaigns(request: Body) -> list[str]:
    return [json.loads(entry["Detail"])["campaign_id"] for entry in request["Entries"]]


def _refusing(*campaigns: str) -> Callable[[Body], Reply]:
    """A bus that refuses events of these campaigns."""

    def refuse(request: Body) -> Reply:
        refusal = {"ErrorCode": "ThrottlingException", "ErrorMessage": "later"}
        entries = [
            refusal if campaign in campaigns else {"EventId": "e"}
            for campaign in _campaigns(request)
        ]
        reply = answering({"FailedEntryCount": len(campaigns), "Entries": entries})(request)
        assert reply is not None
        return reply

    return refuse


def test_a_changed_call_is_announced_on_the_bus(
    service: Service, sample_event: SampleEvent, wire: Wire
) -> None:
    sent = wire.seen(service.call_feed.bus, "PutEvents")

    assert _failures(service, [sample_event("changed_call_record")]) == []

    (entry,) = sent[0]["Entries"]
    sample = sample_event("call_tagged")
    assert entry["EventBusName"] == service.environment["EVENT_BUS"]
    assert (entry["Source"], entry["DetailType"]) == (sample["source"], sample["detail-type"])
    assert json.loads(entry["Detail"]) == sample["detail"]


def test_every_start_is_announced_with_or_without_tags(service: Service) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)
    first = service.announce()
    service.start_call(number, call_uuid=call_uuid)
    again = service.announce()

    assert [announced["tags"] for announced in first + again] == [{}, {}]
    assert first[0]["version"] < again[0]["version"]


def test_a_call_is_announced_when_its_tags_change(service: Service, key: PostbackKey) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    call_uuid = service.start_call(number)
    service.post(key, at=NOON + SECOND, caller_number=number, zip="90210")
    service.end_call(call_uuid, number, at=NOON + MINUTE)
    service.post(key, at=NOON + HOUR, caller_number=number, age="40")

    announced = service.announce()

    assert [event["tags"] for event in announced] == [
        {"age": "39"},
        {"age": "39", "zip": "90210"},
        {"age": "40", "zip": "90210"},
    ]
    assert announced[-1]["call_status"] == "completed"
    assert [event["version"] for event in announced] == sorted({e["version"] for e in announced})
    assert announced[-1]["attribution"]["age"]["key_id"] == key.key_id


def test_an_end_is_announced_only_if_it_is_the_first_report_of_its_call(
    service: Service,
) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)
    service.announce()
    service.end_call(call_uuid, number, at=NOON + MINUTE)
    assert service.announce() == []

    service.end_call("9b653cf0-4835-493b-860c-aed9b7af2a4a", number, at=NOON + MINUTE)

    (announced,) = service.announce()
    assert announced["call_status"] == "completed"


def test_a_start_that_comes_after_the_end_is_announced_too(service: Service) -> None:
    number, call_uuid = new_caller_number(), "9b653cf0-4835-493b-860c-aed9b7af2a4a"
    service.end_call(call_uuid, number, at=NOON + MINUTE)
    service.start_call(number, call_uuid=call_uuid)

    assert [event["call_status"] for event in service.announce()] == ["completed", "completed"]


def test_changes_that_the_platform_need_not_know_are_not_announced(
    service: Service, sample_event: SampleEvent, wire: Wire
) -> None:
    sent = wire.seen(service.call_feed.bus, "PutEvents")
    record = sample_event("changed_call_record")
    record["dynamodb"]["OldImage"] = record["dynamodb"]["NewImage"]

    assert _failures(service, [record]) == []
    assert sent == []


def test_announcements_are_sent_ten_at_a_time_in_the_streams_order(
    service: Service, records: Callable[[int], list[dict[str, Any]]], wire: Wire
) -> None:
    sent = wire.seen(service.call_feed.bus, "PutEvents")

    assert _failures(service, records(25)) == []

    assert [len(request["Entries"]) for request in sent] == [10, 10, 5]
    in_order = [campaign for request in sent for campaign in _campaigns(request)]
    assert in_order == [str(number) for number in range(1, 26)]


def test_a_request_stays_below_the_buss_size_limit(
    service: Service, records: Callable[[int], list[dict[str, Any]]], wire: Wire
) -> None:
    sent = wire.seen(service.call_feed.bus, "PutEvents")
    large = records(4)
    for record in large:
        tags = record["dynamodb"]["NewImage"]["tags"]["M"]
        tags["age"]["M"]["value"] = {"S": "v" * 100_000}

    assert _failures(service, large) == []

    assert [_campaigns(request) for request in sent] == [["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(("more", "requests"), [(0, [["1", "2"]]), (1, [["1"], ["2"]])])
def test_events_of_250_000_bytes_share_a_request_and_larger_ones_do_not(
    service: Service,
    records: Callable[[int], list[dict[str, Any]]],
    wire: Wire,
    more: int,
    requests: list[list[str]],
) -> None:
    sent = wire.seen(service.call_feed.bus, "PutEvents")
    _failures(service, records(2))
    size = sum(len(entry["Detail"]) for entry in sent.pop()["Entries"])
    both = records(2)
    value = both[0]["dynamodb"]["NewImage"]["tags"]["M"]["age"]["M"]["value"]["S"]
    _grow(both[0], 250_000 - size + len(value) + more)

    assert _failures(service, both) == []

    assert [_campaigns(request) for request in sent] == requests


def _grow(record: dict[str, Any], size: int) -> None:
    record["dynamodb"]["NewImage"]["tags"]["M"]["age"]["M"]["value"] = {"S": "v" * size}


def _refused_entry(code: str) -> Act:
    entry = {"ErrorCode": code, "ErrorMessage": "as the test has it"}
    return answering({"FailedEntryCount": 1, "Entries": [entry]})


def test_a_large_event_has_all_its_tags_and_a_request_of_its_own(
    service: Service, records: Callable[[int], list[dict[str, Any]]], wire: Wire
) -> None:
    sent = wire.seen(service.call_feed.bus, "PutEvents")
    some = records(5)
    _grow(some[2], 600_000)

    assert _failures(service, some) == []

    assert [_campaigns(request) for request in sent] == [["1", "2"], ["3"], ["4", "5"]]
    detail = json.loads(sent[1]["Entries"][0]["Detail"])
    assert len(detail["tags"]["age"]) == 600_000
    assert "tags_omitted" not in detail


@pytest.mark.parametrize(
    "refuse",
    [
        # AWS refuses the whole request, other buses the entry.
        failing("ValidationException"),
        failing("RequestEntityTooLargeException"),
        _refused_entry("ValidationException"),
        _refused_entry("InvalidArgument"),
    ],
)
def test_a_large_event_that_the_bus_refuses_is_sent_without_its_tags_and_says_so(
    service: Service, records: Callable[[int], list[dict[str, Any]]], wire: Wire, refuse: Act
) -> None:
    some = records(4)
    _grow(some[1], 300_000)
    _grow(some[2], 300_000)
    sent = wire.seen(service.call_feed.bus, "PutEvents")

    def refuse_large(body: Body) -> Reply | None:
        return refuse(body) if len(json.dumps(body)) > 262_144 else None

    wire.tap(service.call_feed.bus, "PutEvents", refuse_large)

    assert _failures(service, some) == []

    in_order = [campaign for request in sent for campaign in _campaigns(request)]
    assert in_order == ["1", "2", "2", "3", "3", "4"]
    for at in (2, 4):
        detail = json.loads(sent[at]["Entries"][0]["Detail"])
        assert (detail["tags"], detail["tags_omitted"]) == ({}, True)
    assert service.log.getvalue().count("tags omitted from announcement") == 2


@pytest.mark.parametrize(
    "refuse", [failing("ThrottlingException"), _refused_entry("InternalFailure")]
)
def test_a_large_event_keeps_its_tags_when_a_retry_helps(
    service: Service,
    records: Callable[[int], list[dict[str, Any]]],
    wire: Wire,
    refuse: Act,
) -> None:
    sent = wire.seen(service.call_feed.bus, "PutEvents")
    wire.tap(service.call_feed.bus, "PutEvents", once(refuse))
    large = records(1)
    _grow(large[0], 300_000)

    assert _failures(service, large) == []

    assert len(sent) == 2
    assert "tags_omitted" not in json.loads(sent[1]["Entries"][0]["Detail"])


def test_a_large_event_that_the_bus_always_fails_at_holds_no_others_back(
    service: Service, records: Callable[[int], list[dict[str, Any]]], wire: Wire
) -> None:
    some = records(2)
    _grow(some[0], 300_000)
    sent = wire.seen(service.call_feed.bus, "PutEvents")
    fail = _refused_entry("InternalFailure")
    wire.tap(
        service.call_feed.bus,
        "PutEvents",
        lambda body: fail(body) if len(json.dumps(body)) > 262_144 else None,
    )

    assert _failures(service, some) == []

    assert json.loads(sent[-2]["Entries"][0]["Detail"])["tags_omitted"] is True
    assert _campaigns(sent[-1]) == ["2"]


def test_a_large_event_that_the_bus_takes_in_no_form_is_reported(
    service: Service, records: Callable[[int], list[dict[str, Any]]], wire: Wire
) -> None:
    some = records(3)
    _grow(some[1], 300_000)
    sent = wire.seen(service.call_feed.bus, "PutEvents")
    refuse = failing("ValidationException")
    wire.tap(
        service.call_feed.bus,
        "PutEvents",
        lambda body: refuse(body) if "2" in _campaigns(body) else None,
    )

    assert _failures(service, some) == ["2"]
    assert all("3" not in _campaigns(request) for request in sent)


@pytest.fixture
def _announces_ends(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    values = vars(service.call_feed.settings) | {"announce_ends": "true"}
    monkeypatch.setattr(service.call_feed, "settings", CallFeedSettings(**values))


def _types(service: Service) -> list[str]:
    return [detail_type for detail_type, _ in service.announce_all()]


def test_an_end_is_announced_only_in_an_environment_that_asks_for_it(service: Service) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)
    service.end_call(call_uuid, number, at=NOON + MINUTE)

    assert _types(service) == ["Call Tagged"]


@pytest.mark.usefixtures("_announces_ends")
def test_a_calls_end_is_announced_once_with_its_tags(service: Service, key: PostbackKey) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    call_uuid = service.start_call(number)
    assert _types(service) == ["Call Tagged"]

    service.end_call(call_uuid, number, at=NOON + MINUTE)
    service.end_call(call_uuid, number, at=NOON + MINUTE)

    ((detail_type, detail),) = service.announce_all()
    assert detail_type == "Call Ended"
    schema = described.event("call-ended-announcement")
    assert list(described.flaws(detail, schema)) == []
    assert (detail["call_status"], detail["tags"]) == ("completed", {"age": "39"})


@pytest.mark.usefixtures("_announces_ends")
def test_an_end_that_is_reported_first_is_announced_after_the_calls_pending_tags_are_applied(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    service.end_call("call-0000000077", number, at=NOON + MINUTE)

    announced = service.announce_all()

    assert [detail_type for detail_type, _ in announced] == ["Call Tagged", "Call Ended"]
    assert [detail["tags"] for _, detail in announced] == [{"age": "39"}] * 2


def test_only_entries_that_the_bus_refused_are_retried(
    service: Service, records: Callable[[int], list[dict[str, Any]]], wire: Wire
) -> None:
    sent = wire.seen(service.call_feed.bus, "PutEvents")
    wire.tap(service.call_feed.bus, "PutEvents", once(_refusing("2", "4")))

    assert _failures(service, records(4)) == []

    assert [_campaigns(request) for request in sent] == [["1", "2", "3", "4"], ["2", "4"]]


def test_the_first_entry_that_the_bus_keeps_refusing_is_reported(
    service: Service, records: Callable[[int], list[dict[str, Any]]], wire: Wire
) -> None:
    sent = wire.seen(service.call_feed.bus, "PutEvents")
    wire.tap(service.call_feed.bus, "PutEvents", _refusing("3", "5"))

    assert _failures(service, records(12)) == ["3"]

    # Lambda retries from that record, so the following ones wait.
    assert all("11" not in _campaigns(request) for request in sent)
    assert 2 <= len(sent) <= 10


def test_if_the_bus_fails_the_whole_batch_is_retried(
    service: Service, records: Callable[[int], list[dict[str, Any]]], wire: Wire
) -> None:
    requests = iter(range(100))

    def fail_the_second(body: Body) -> Reply | None:
        return failing("InternalFailure")(body) if next(requests) == 1 else None

    wire.tap(service.call_feed.bus, "PutEvents", fail_the_second)

    assert _failures(service, records(25)) == ["11"]
    assert "calls not announced" in service.log.getvalue()


def test_stored_postings_and_removed_calls_never_reach_the_feed(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    assert service.stream.read() == []

    call_uuid = service.start_call(number)
    assert {record["eventName"] for record in service.stream.read()} <= {"INSERT", "MODIFY"}

    def items() -> Iterator[dict[str, Any]]:
        scan = service.dynamodb.scan(TableName=service.environment["CALL_DATA_TABLE"])
        yield from scan["Items"]

    for item in items():
        service.dynamodb.delete_item(
            TableName=service.environment["CALL_DATA_TABLE"],
            Key={name: item[name] for name in ("pk", "sk")},
        )
    assert call_uuid
    assert service.stream.read() == []
