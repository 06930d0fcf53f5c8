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
from tests.integration.wire import Body, Reply, Wire, answering, failing, once

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


def test_an_event_too_big_for_the_bus_is_sent_without_its_tags_and_says_so(
    service: Service, records: Callable[[int], list[dict[str, Any]]], wire: Wire
) -> None:
    sent = wire.seen(service.call_feed.bus, "PutEvents")
    large = records(1)
    tags = large[0]["dynamodb"]["NewImage"]["tags"]["M"]
    tags["age"]["M"]["value"] = {"S": "v" * 250_000}

    assert _failures(service, large) == []

    detail = json.loads(sent[0]["Entries"][0]["Detail"])
    assert (detail["tags"], detail["tags_omitted"]) == ({}, True)


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
