"""The platform's events: out of order, repeated, late, malformed and missing."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shared.domain import timestamps
from shared.domain.keys import PostbackKey
from tests.integration.events import HOUR, MINUTE, NOON, SECOND, call_event, new_caller_number
from tests.integration.service import Service, client
from tests.integration.wire import Wire, failing

STORED = "call not found, tags stored"


def test_a_started_call_gets_its_callers_pending_tags(service: Service, key: PostbackKey) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    service.post(key, at=NOON - SECOND, caller_number=number, zip="90210")
    service.post(key, at=NOON - SECOND, caller_number=new_caller_number(), zip="10001")

    call_uuid = service.start_call(number)

    assert service.tags(call_uuid) == {"age": "39", "zip": "90210"}
    assert len(service.pending()) == 1


def test_the_log_shows_which_event_applied_a_posting(service: Service, key: PostbackKey) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    call_uuid = service.start_call(number)

    applied = service.rows(key)["#applied"]

    assert (applied["call_uuid"], applied["decided_by"]) == (call_uuid, "call_started")
    # The publisher's response said only that the tags were stored.
    assert "status" not in applied


def test_a_repeated_event_changes_nothing(service: Service, key: PostbackKey) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    call_uuid = service.start_call(number)
    before, rows = service.call(call_uuid), service.all_rows(key)

    service.start_call(number, call_uuid=call_uuid)

    after = service.call(call_uuid)
    assert (after.tags, after.started_at, after.ended_at) == (
        before.tags,
        before.started_at,
        before.ended_at,
    )
    assert after.version >= before.version
    assert service.all_rows(key) == rows


def test_a_late_started_event_does_not_reopen_a_completed_call(
    service: Service, key: PostbackKey
) -> None:
    number, call_uuid = new_caller_number(), str(uuid4())
    service.end_call(call_uuid, number, at=NOON + MINUTE)
    service.start_call(number, call_uuid=call_uuid)

    assert service.call(call_uuid).ended_at == NOON + MINUTE
    response = service.post(key, at=NOON + 2 * MINUTE, caller_number=number, age="39")
    assert response.status == "completed call found, tags applied"


def test_a_call_is_recorded_if_only_its_end_is_reported(service: Service, key: PostbackKey) -> None:
    number, call_uuid = new_caller_number(), str(uuid4())
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")

    service.end_call(call_uuid, number, at=NOON + MINUTE)

    assert service.tags(call_uuid) == {"age": "39"}
    assert service.rows(key)["#applied"]["decided_by"] == "call_ended"


def test_a_second_end_does_not_move_the_first(service: Service) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)
    service.end_call(call_uuid, number, at=NOON + MINUTE)
    service.end_call(call_uuid, number, at=NOON + HOUR)

    assert service.call(call_uuid).ended_at == NOON + MINUTE


def test_an_older_call_that_is_reported_late_does_not_become_the_callers_latest(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    later = service.start_call(number)
    service.start_call(number, at=NOON - HOUR)

    service.post(key, at=NOON + MINUTE, caller_number=number, age="39")

    assert service.tags(later) == {"age": "39"}


def test_the_end_of_an_older_call_leaves_the_callers_latest_in_progress(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    earlier = service.start_call(number, at=NOON - HOUR)
    service.start_call(number)
    service.end_call(earlier, number, at=NOON + MINUTE, started_at=NOON - HOUR)

    response = service.post(key, at=NOON + 2 * MINUTE, caller_number=number, age="39")

    assert response.status == "in progress call found, tags applied"


def test_a_late_event_applies_the_same_postings_as_a_punctual_one(service: Service) -> None:
    """All of this was posted long before the call was reported."""
    key = service.add_key(storage_duration=MINUTE, end_call_cutoff=MINUTE)
    number = new_caller_number()
    posted = {
        "expired": NOON - MINUTE - SECOND,
        "before": NOON - MINUTE,
        "during": NOON + SECOND,
        "after": NOON + 2 * HOUR,
        "too_late": NOON + 2 * HOUR + SECOND,
    }
    for name, at in posted.items():
        response = service.post(key, at=at, caller_number=number, **{name: "1"})
        assert response.status == STORED

    call_uuid = str(uuid4())
    service.end_call(call_uuid, number, at=NOON + 2 * HOUR - MINUTE)

    assert service.tags(call_uuid).keys() == {"before", "during", "after"}
    assert [item["tags"]["M"].popitem()[0] for item in service.pending()] == ["expired", "too_late"]


def test_an_expired_posting_is_not_applied_though_its_item_is_still_in_the_table(
    service: Service,
) -> None:
    key = service.add_key(storage_duration=MINUTE)
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE - SECOND, caller_number=number, age="39")

    call_uuid = service.start_call(number)

    assert len(service.pending()) == 1
    assert service.tags(call_uuid) == {}


@pytest.mark.parametrize("caller_number", [None, "", "anonymous", "+1"])
def test_an_anonymous_call_is_recorded_and_tagged_by_its_uuid_only(
    service: Service, key: PostbackKey, caller_number: str | None
) -> None:
    call_uuid = str(uuid4())
    service.post(key, at=NOON - MINUTE, call_uuid=call_uuid, age="39")
    service.post(key, at=NOON - MINUTE, caller_number=new_caller_number(), zip="90210")

    service.start_call(caller_number, call_uuid=call_uuid)

    assert service.call(call_uuid).caller_number is None
    assert service.tags(call_uuid) == {"age": "39"}


def test_a_call_that_names_its_caller_only_at_its_end_gets_that_callers_tags(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    call_uuid = service.start_call(None)

    service.end_call(call_uuid, number, at=NOON + MINUTE)

    assert service.tags(call_uuid) == {"age": "39"}


def test_only_the_message_that_failed_is_retried(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    numbers = [new_caller_number() for _ in range(3)]
    uuids = [str(uuid4()) for _ in range(3)]
    bodies = [
        call_event("Call Started", call_uuid=call_uuid, caller_number=number, started_at=NOON)
        for call_uuid, number in zip(uuids, numbers, strict=True)
    ]
    fail = failing("InternalServerError")
    wire.tap(
        service.call_events._client,
        "UpdateItem",
        lambda body: fail(body) if uuids[1] in json.dumps(body) else None,
    )

    assert service.handle(*bodies) == ["m2"]
    assert service.call(uuids[0]).version == service.call(uuids[2]).version > 0

    wire.remove_taps()
    assert service.handle(bodies[1]) == []
    assert service.call(uuids[1]).caller_number == numbers[1]


def test_when_all_messages_fail_each_is_reported(service: Service, wire: Wire) -> None:
    wire.tap(service.call_events._client, "UpdateItem", failing("InternalServerError"))
    body = call_event("Call Started", call_uuid=str(uuid4()), started_at=NOON)

    assert service.handle(body, body) == ["m1", "m2"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("no json", "request: is not valid JSON"),
        (call_event("Call Started", call_uuid="x", started_at=NOON), "detail.call_uuid"),
        (call_event("Call Started", call_uuid="\x00", started_at=NOON), "detail.call_uuid"),
        (call_event("Call Ended", call_uuid=str(uuid4()), started_at=NOON), "detail.ended_at"),
        (call_event("Call Parked", call_uuid=str(uuid4()), started_at=NOON), "detail-type"),
        (
            call_event(
                "Call Started", call_uuid=str(uuid4()), started_at="0001-01-01T00:00:00+14:00"
            ),
            "detail.started_at",
        ),
    ],
)
def test_a_malformed_event_is_dead_lettered_with_the_reason_and_delays_no_other(
    service: Service, body: str, reason: str
) -> None:
    call_uuid = str(uuid4())
    good = call_event("Call Started", call_uuid=call_uuid, started_at=NOON)

    assert service.handle(body, good) == []

    assert service.call(call_uuid).started_at == NOON
    response = client("sqs").receive_message(
        QueueUrl=service.environment["DEAD_LETTER_QUEUE_URL"],
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
    )
    (letter,) = response["Messages"]
    assert letter["Body"] == body
    assert reason in letter["MessageAttributes"]["error"]["StringValue"]


@pytest.mark.parametrize("sent_at", [NOON + SECOND, None])
def test_a_time_in_the_future_is_replaced_and_warned_of_in_the_log(
    service: Service, sent_at: datetime | None
) -> None:
    call_uuid = str(uuid4())
    times = {"started_at": "2125-03-10T12:00:00Z", "ended_at": "2125-03-10T12:01:00Z"}
    body = json.loads(call_event("Call Ended", call_uuid=call_uuid, **times))
    body["time"] = sent_at.isoformat() if sent_at else None
    before = timestamps.to_milliseconds(datetime.now(UTC))

    assert service.handle(json.dumps(body)) == []

    call = service.call(call_uuid)
    assert call.started_at == call.ended_at
    assert call.started_at == sent_at if sent_at else call.started_at >= before
    (line,) = service.lines()
    assert (line["level"], line["outcome"]) == ("WARNING", "Call Ended")
    assert [warning.split()[0] for warning in line["warnings"]] == [
        "detail.started_at:",
        "detail.ended_at:",
    ]


def test_a_malformed_event_that_cannot_be_dead_lettered_is_retried(
    service: Service, wire: Wire
) -> None:
    wire.tap(service.call_events.dead_letters(), "SendMessage", failing("InternalError"))

    assert service.handle("no json") == ["m1"]

    (line,) = [line for line in service.lines() if line["message"] == "call event failed"]
    assert (line["message_id"], line["aws_operation"]) == ("m1", "SendMessage")


def test_a_legs_event_is_ignored_and_not_dead_lettered(service: Service, key: PostbackKey) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    leg = {"call_uuid": "leg-000017", "parent_call_uuid": "call-000009", "caller_number": number}
    times = {"started_at": NOON, "ended_at": NOON + MINUTE}

    service.deliver(call_event("Call Started", **leg, started_at=NOON))
    service.start_call(number, call_uuid="call-000009")
    service.deliver(call_event("Call Ended", **leg, **times))
    # Even if a later event does not say so any more.
    service.deliver(call_event("Call Ended", call_uuid="leg-000017", **times))

    assert service.tags("call-000009") == {"age": "39"}
    assert service.call("call-000009").ended_at is None
    assert [d["call_uuid"] for d in service.announce()] == ["call-000009"]
    ignored = [line for line in service.lines() if line["message"] == "call event ignored"]
    assert [line["reason"] for line in ignored] == ["leg of call call-000009"] * 3
    letters = client("sqs").receive_message(QueueUrl=service.environment["DEAD_LETTER_QUEUE_URL"])
    assert "Messages" not in letters


def test_an_event_that_names_its_own_call_as_parent_is_the_calls(service: Service) -> None:
    detail = {"call_uuid": "call-000009", "parent_call_uuid": "call-000009"}
    service.deliver(call_event("Call Started", **detail, started_at=NOON))

    assert service.call("call-000009").started_at == NOON


def test_an_outbound_call_is_the_dialed_persons(service: Service, key: PostbackKey) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    numbers = {"caller_number": "+15552019999", "dialed_number": number}
    detail = {"call_uuid": "call-000011", "direction": "outbound", "started_at": NOON}
    service.deliver(call_event("Call Started", **detail, **numbers))

    call = service.call("call-000011")
    assert (call.caller_number, call.dialed_number) == (number, "+15552019999")
    assert (call.direction, call.reported_by) == ("outbound", frozenset(("bus",)))
    assert service.tags("call-000011") == {"age": "39"}


def test_a_call_is_kept_as_long_as_log_rows(service: Service) -> None:
    call_uuid = service.start_call(new_caller_number())
    items = service.dynamodb.scan(TableName=service.environment["CALL_DATA_TABLE"])["Items"]

    expected = str(int((NOON + timedelta(days=90)).timestamp()))
    assert {item["expires_at"]["N"] for item in items} == {expected}
    assert {item["call_uuid"]["S"] for item in items} == {call_uuid}
