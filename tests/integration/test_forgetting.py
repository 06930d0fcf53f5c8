"""Forgetting a caller deletes everything posted before, and loses nothing posted later."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import time_machine

from shared.domain import platform_keys
from shared.domain.keys import PostbackKey
from shared.stores.platform_keys import PlatformKeyStore
from shared.stores.tables import LOG_BY_CALLER_INDEX
from tests import described
from tests.clock import replace_clock
from tests.integration import events
from tests.integration.events import HOUR, MINUTE, NOON, SECOND
from tests.integration.service import Response, Service
from tests.integration.wire import Wire, answering, failing, once

NUMBER = "+15557770142"
DIGITS = "5557770142"


@pytest.fixture(autouse=True)
def wall() -> Iterator[time_machine.Traveller]:
    """Stop the clock an hour after noon, when the caller is forgotten."""
    with time_machine.travel(NOON + HOUR, tick=False) as traveller:
        yield traveller


def _ask(service: Service, method: str, number: str = NUMBER) -> Response:
    event = events.http(method, f"/callers/{quote(number, safe='')}")
    event["rawPath"] = f"/callers/{number}"
    event["requestContext"]["authorizer"] = {"iam": {"userArn": "arn:aws:iam::1:user/ana"}}
    return service.request(event, function="operator_api")


def _forget(service: Service, number: str = NUMBER) -> dict[str, int]:
    response = _ask(service, "DELETE", number)
    assert response.status_code == 200, response.text
    assert response.json["complete"] is True
    assert response.json["caller_number"] == NUMBER
    erased: dict[str, int] = response.json["erased"]
    return erased


def _whole(service: Service) -> str:
    """Return everything in all tables but the history, counts of the log included."""
    service.count()
    tables = {name for name in service.environment if name.endswith("_TABLE")} - {"HISTORY_TABLE"}
    names = {service.environment[name] for name in tables}
    scans = [service.dynamodb.scan(TableName=name) for name in sorted(names)]
    return json.dumps([scan["Items"] for scan in scans])


def _is_left(service: Service, *secrets: str) -> list[str]:
    whole = _whole(service)
    return [secret for secret in (DIGITS, *secrets) if secret in whole]


def test_a_forgotten_call_keeps_only_its_id_its_times_and_its_campaign(
    service: Service, key: PostbackKey
) -> None:
    service.post(key, at=NOON - MINUTE, caller_number=NUMBER, age="secret-1")
    call_uuid = service.start_call(NUMBER)
    service.post(key, at=NOON + SECOND, caller_number=NUMBER, age="secret-2", zip="secret-3")
    service.end_call(call_uuid, NUMBER, at=NOON + MINUTE)
    service.announce()

    erased = _forget(service)

    assert erased == {"waiting": 0, "calls": 1, "log_rows": 2}
    assert _is_left(service, "secret") == []
    call = service.call(call_uuid)
    assert (call.caller_number, call.tags) == (None, {})
    assert (call.started_at, call.ended_at) == (NOON, NOON + MINUTE)
    assert call.forgotten_at == NOON + HOUR


def test_the_platform_gets_an_event_to_forget_too(service: Service, key: PostbackKey) -> None:
    service.post(key, at=NOON - MINUTE, caller_number=NUMBER, age="secret")
    call_uuid = service.start_call(NUMBER)
    (first,) = service.announce()

    _forget(service)
    announced = service.announce_all()

    (tagged,) = (detail for kind, detail in announced if kind == "Call Tagged")
    assert (tagged["caller_number"], tagged["tags"]) == (None, {})
    assert tagged["version"] > first["version"]
    (forgotten,) = (detail for kind, detail in announced if kind == "Caller Forgotten")
    assert described.flaws(forgotten, described.event("caller-forgotten")) == []
    assert forgotten["call_uuids"] == [call_uuid]


@pytest.mark.parametrize(
    "spelling", [NUMBER, "(555) 777-0142", "+1 555 777 0142", "tel:+15557770142"]
)
def test_the_number_can_be_given_in_any_format(
    service: Service, key: PostbackKey, spelling: str
) -> None:
    service.post(key, at=NOON - MINUTE, caller_number=NUMBER, age="secret")

    assert _forget(service, spelling)["waiting"] == 1
    assert _is_left(service, "secret") == []


def _named_call(service: Service, key: PostbackKey) -> None:
    call_uuid = service.start_call(NUMBER)
    service.post(key, at=NOON + SECOND, call_uuid=call_uuid, age="secret")


def _refused_for_its_call(service: Service, key: PostbackKey) -> None:
    call_uuid = service.start_call(NUMBER)
    service.end_call(call_uuid, NUMBER, at=NOON + SECOND)
    strict = service.add_key(end_call_cutoff=timedelta(0))
    refused = service.post(strict, at=NOON + MINUTE, call_uuid=call_uuid, age="secret")
    assert refused.status_code == 422


def _refused_without_tags(service: Service, key: PostbackKey) -> None:
    assert service.post(key, at=NOON, caller_number=NUMBER).status_code == 422


def _refused_under_another_name(service: Service, key: PostbackKey) -> None:
    assert service.post(key, at=NOON, phone="(555) 777-0142", age="secret").status_code == 422


def _refused_with_the_number_in_any_parameter(service: Service, key: PostbackKey) -> None:
    refused = service.post(key, at=NOON, customer="+1 555 777-0142", age="secret")
    assert refused.status_code == 422


def _refused_naming_its_call_only(service: Service, key: PostbackKey) -> None:
    call_uuid = service.start_call(NUMBER)
    paused = service.add_key(paused=True)
    refused = service.post(paused, at=NOON + SECOND, call_uuid=call_uuid, age="secret")
    assert refused.status_code == 403


def _refused_naming_a_call_that_was_told_of_later(service: Service, key: PostbackKey) -> None:
    call_uuid = str(uuid4())
    refused = service.post(key, at=NOON, call_uuid=call_uuid.upper(), **{"b" * 129: "secret"})
    assert refused.status_code == 422
    service.start_call(NUMBER, call_uuid=call_uuid)


def _refused_naming_its_call_and_another_number(service: Service, key: PostbackKey) -> None:
    call_uuid = service.start_call(NUMBER)
    paused = service.add_key(paused=True)
    other = events.new_caller_number()
    service.post(paused, at=NOON, call_uuid=call_uuid, caller_number=other, age="secret")


def _on_a_call_whose_number_was_told_later(service: Service, key: PostbackKey) -> None:
    """Its tag was replaced twice since, so the call no longer shows it."""
    call_uuid = service.start_call(None)
    for second in range(3):
        service.post(key, at=NOON + second * SECOND, call_uuid=call_uuid, age=f"secret-{second}")
    service.end_call(call_uuid, NUMBER, at=NOON + MINUTE)


def _too_late_for_a_call_whose_number_was_told_later(service: Service, key: PostbackKey) -> None:
    call_uuid = service.start_call(None)
    service.end_call(call_uuid, None, at=NOON + SECOND)
    strict = service.add_key(end_call_cutoff=timedelta(0))
    refused = service.post(strict, at=NOON + MINUTE, call_uuid=call_uuid, age="secret")
    assert refused.status_code == 422
    service.end_call(call_uuid, NUMBER, at=NOON + SECOND)


def _expired_before_its_call(service: Service, key: PostbackKey) -> None:
    brief = service.add_key(storage_duration=MINUTE)
    call_uuid = str(uuid4())
    service.post(brief, at=NOON - HOUR, call_uuid=call_uuid, age="secret")
    service.start_call(NUMBER, call_uuid=call_uuid)


def _paused(service: Service, key: PostbackKey) -> None:
    paused = service.add_key(paused=True)
    assert service.post(paused, at=NOON, caller_number=NUMBER, age="secret").status_code == 403


def _for_a_call_that_never_came(service: Service, key: PostbackKey) -> None:
    posted = service.post(
        key, at=NOON, caller_number=NUMBER, call_uuid="a-call-that-never-came", age="secret"
    )
    assert posted.status_code == 200


def _for_a_call_of_nobodys(service: Service, key: PostbackKey) -> None:
    call_uuid = service.start_call(None)
    service.post(key, at=NOON + SECOND, caller_number=NUMBER, call_uuid=call_uuid, age="secret")


def _brought_twice(service: Service, key: PostbackKey) -> None:
    """A late copy of its write came after it was applied."""
    service.post(key, at=NOON - MINUTE, caller_number=NUMBER, age="secret")
    (waiting,) = service.pending()
    service.start_call(NUMBER)
    service.dynamodb.put_item(TableName=service.environment["CALL_DATA_TABLE"], Item=waiting)


@pytest.mark.parametrize(
    "happen",
    [
        _named_call,
        _refused_for_its_call,
        _refused_without_tags,
        _refused_under_another_name,
        _refused_with_the_number_in_any_parameter,
        _refused_naming_its_call_only,
        _refused_naming_a_call_that_was_told_of_later,
        _refused_naming_its_call_and_another_number,
        _on_a_call_whose_number_was_told_later,
        _too_late_for_a_call_whose_number_was_told_later,
        _expired_before_its_call,
        _paused,
        _for_a_call_that_never_came,
        _for_a_call_of_nobodys,
        _brought_twice,
    ],
)
def test_nothing_is_left_of_a_posting_with_any_outcome(
    service: Service, key: PostbackKey, happen: Any
) -> None:
    happen(service, key)

    _forget(service)

    assert _is_left(service, "secret") == []


def _forget_between_mark_and_erasure(service: Service, happen: Any) -> None:
    """Forget the caller, and let something happen during the wait in between."""
    forgetting = service.operator_api.callers.forgetting
    settle, forgetting._settle = forgetting._settle, lambda _: happen()
    try:
        _forget(service)
    finally:
        forgetting._settle = settle


def test_tags_applied_to_a_marked_call_and_replaced_there_are_erased(
    service: Service, key: PostbackKey
) -> None:
    call_uuid = service.start_call(NUMBER)

    def post_thrice() -> None:
        for second in range(3):
            service.post(key, at=NOON + second * SECOND, call_uuid=call_uuid, age="secret")

    _forget_between_mark_and_erasure(service, post_thrice)

    assert _is_left(service, "secret") == []


def test_a_posting_too_late_for_a_marked_call_is_erased(service: Service) -> None:
    call_uuid = service.start_call(NUMBER)
    service.end_call(call_uuid, NUMBER, at=NOON + SECOND)
    strict = service.add_key(end_call_cutoff=timedelta(0))

    def post() -> None:
        refused = service.post(strict, at=NOON + MINUTE, call_uuid=call_uuid, age="secret")
        assert refused.status_code == 422

    _forget_between_mark_and_erasure(service, post)

    assert _is_left(service, "secret") == []


def test_the_log_row_of_a_posting_without_a_pending_item_is_erased(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    """A batch write wrote the log row, but not the pending item."""
    call_uuid = service.start_call(NUMBER)
    client = service.data_writing.processor.calls._client
    log = service.environment["POSTBACK_LOG_TABLE"]

    def write_the_row_alone(body: Any) -> Any:
        requests = {log: body["RequestItems"][log]}
        service.dynamodb.batch_write_item(RequestItems=requests)
        return failing("InternalServerError")(body)

    wire.tap(client, "BatchWriteItem", once(write_the_row_alone))
    failed = service.post(key, at=NOON + SECOND, call_uuid=call_uuid, age="secret")
    assert failed.status_code == 503

    _forget(service)

    assert _is_left(service, "secret") == []


@pytest.mark.parametrize(
    "happen",
    [_refused_naming_its_call_only, _on_a_call_whose_number_was_told_later, _named_call],
)
def test_nothing_points_to_erased_postings(service: Service, key: PostbackKey, happen: Any) -> None:
    happen(service, key)

    _forget(service)

    assert "LOGGED#" not in _whole(service)
    assert "PENDING#" not in _whole(service)


def test_the_pending_item_of_a_posting_by_call_uuid_is_kept_as_long_as_its_log_row(
    service: Service, key: PostbackKey
) -> None:
    """Only the item points to the row, if the call comes too late for the posting."""
    service.post(key, at=NOON, call_uuid="a-call-that-never-came", age="39")
    service.post(key, at=NOON, caller_number=NUMBER, age="39")

    named, numbered = sorted(
        (item for item in service.pending()), key=lambda item: "caller_number" in item
    )
    (row, *_) = (row for row in service.all_rows(key) if row.get("call_uuid"))
    assert int(named["expires_at"]["N"]) > row["expires_at"]
    stored_for = int(numbered["expires_at"]["N"]) - int(NOON.timestamp())
    assert stored_for == timedelta(days=16).total_seconds()


def test_a_usual_posting_writes_no_log_pointer(service: Service, key: PostbackKey) -> None:
    """A pointer is written only if nothing else points to the log."""
    call_uuid = service.start_call(NUMBER)
    service.post(key, at=NOON + SECOND, call_uuid=call_uuid, age="39")
    service.post(key, at=NOON + SECOND, caller_number=NUMBER, zip="90210")
    service.post(key, at=NOON + SECOND, caller_number=NUMBER)

    assert "LOGGED#" not in _whole(service)


def test_a_repeated_or_late_event_does_not_bring_the_number_back(
    service: Service, key: PostbackKey
) -> None:
    call_uuid = service.start_call(NUMBER)
    _forget(service)

    service.start_call(NUMBER, call_uuid=call_uuid)
    service.end_call(call_uuid, NUMBER, at=NOON + MINUTE)

    assert _is_left(service) == []
    assert service.call(call_uuid).ended_at == NOON + MINUTE


def test_later_postings_are_kept(
    service: Service, key: PostbackKey, wall: time_machine.Traveller
) -> None:
    service.post(key, at=NOON - MINUTE, caller_number=NUMBER, age="secret")
    call_uuid = service.start_call(NUMBER)
    _forget(service)
    later = NOON + HOUR + SECOND
    wall.move_to(later)

    by_id = service.post(key, at=later, call_uuid=call_uuid, zip="90210")
    by_number = service.post(key, at=later, caller_number=NUMBER, zip="10001")
    next_call = service.start_call(NUMBER, at=later + SECOND)

    assert by_id.status == "in progress call found, tags applied"
    assert by_number.status == "call not found, tags stored"
    assert service.tags(call_uuid) == {"zip": "90210"}
    assert service.tags(next_call) == {"zip": "10001"}


def test_a_posting_of_the_same_millisecond_is_erased_and_one_of_the_next_is_kept(
    service: Service, key: PostbackKey
) -> None:
    moment = NOON + HOUR
    service.post(key, at=moment, caller_number=NUMBER, age="secret")
    service.post(key, at=moment + timedelta(milliseconds=1), caller_number=NUMBER, age="kept")

    assert _forget(service)["waiting"] == 1
    assert [item["tags"]["M"]["age"]["S"] for item in service.pending()] == ["kept"]


def test_another_caller_keeps_everything(service: Service, key: PostbackKey) -> None:
    other = events.new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=other, age="39")
    call_uuid = service.start_call(other)
    before = _whole(service)

    assert _forget(service) == {"waiting": 0, "calls": 0, "log_rows": 0}
    assert _whole(service) == before
    assert service.tags(call_uuid) == {"age": "39"}


def test_reading_a_forgotten_call_returns_410(service: Service) -> None:
    call_uuid = service.start_call(NUMBER)
    _forget(service)
    credential = platform_keys.credential(b"forgetting")
    store = PlatformKeyStore(service.dynamodb, service.environment["POSTBACK_KEYS_TABLE"])
    store.add(events.example_platform_key(credential))

    read = events.platform("GET", f"/platform/calls/{call_uuid}", credential)

    assert service.request(read, function="platform_api").status_code == 410


def test_a_request_at_its_limit_is_incomplete_and_asks_for_another(
    service: Service, key: PostbackKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.operator_api.forgetting.MAX_ITEMS", 16)
    for number in range(20):
        service.post(key, at=NOON + number * SECOND, caller_number=NUMBER, age="secret")

    responses = [_ask(service, "DELETE").json for _ in range(4)]

    assert [response["complete"] for response in responses] == [False, False, True, True]
    assert [response["erased"]["waiting"] for response in responses] == [8, 8, 4, 0]
    assert _is_left(service, "secret") == []


def test_a_caller_with_many_calls_is_forgotten_by_several_requests(
    service: Service, key: PostbackKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.operator_api.callers.forgetting, "max_calls", 7)
    calls = [service.start_call(NUMBER, at=NOON + number * MINUTE) for number in range(16)]
    for number, call_uuid in enumerate(calls):
        service.post(key, at=NOON + number * MINUTE, call_uuid=call_uuid, age="secret")

    responses = [_ask(service, "DELETE").json for _ in range(4)]

    assert [response["complete"] for response in responses] == [False, False, True, True]
    assert [response["erased"]["calls"] for response in responses] == [7, 7, 2, 0]
    assert _is_left(service, "secret") == []
    assert {service.call(call_uuid).forgotten_at for call_uuid in calls} == {NOON + HOUR}


def test_calls_that_could_not_be_marked_in_time_are_left_for_the_next_request(
    service: Service, key: PostbackKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.start_call(NUMBER)
    service.post(key, at=NOON, caller_number=NUMBER, age="secret")

    with monkeypatch.context() as patch:
        patch.setattr("functions.operator_api.forgetting.MARKING_SECONDS", -1.0)
        responses = [_ask(service, "DELETE").json]
    responses.append(_ask(service, "DELETE").json)

    assert [response["complete"] for response in responses] == [False, True]
    assert _is_left(service, "secret") == []


def test_a_pass_that_reached_the_time_limit_is_not_the_last(
    service: Service, key: PostbackKey, monkeypatch: pytest.MonkeyPatch, wire: Wire
) -> None:
    call_uuid = service.start_call(NUMBER)
    refused = service.post(
        service.add_key(paused=True), at=NOON + SECOND, call_uuid=call_uuid, age="secret"
    )
    assert refused.status_code == 403
    clock = replace_clock(monkeypatch)
    client = service.operator_api.callers.forgetting._erasure._client
    # The time limit passes as soon as the first pass begins.
    waiting = wire.seen(client, "Query")
    wire.tap(client, "Query", lambda _: clock.pass_by(HOUR.seconds) if len(waiting) == 2 else None)

    assert _ask(service, "DELETE").json["complete"] is False
    wire.remove_taps()
    _forget(service)

    assert _is_left(service, "secret") == []


def test_a_posting_counts_once_although_the_logs_index_still_has_it(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    service.post(key, at=NOON - MINUTE, caller_number=NUMBER, age="secret")
    service.start_call(NUMBER)
    client = service.operator_api.callers.forgetting._erasure._client
    stale = service.dynamodb.query(
        TableName=service.environment["POSTBACK_LOG_TABLE"],
        IndexName=LOG_BY_CALLER_INDEX,
        KeyConditionExpression="caller_number = :number",
        ExpressionAttributeValues={":number": {"S": NUMBER}},
    )["Items"]
    assert len(stale) == 2

    def be_behind(body: Any) -> Any:
        is_behind = "IndexName" in body and stale
        return answering({"Items": [stale.pop(), stale.pop()]})(body) if is_behind else None

    wire.tap(client, "Query", be_behind)

    assert _forget(service) == {"waiting": 0, "calls": 1, "log_rows": 1}


def test_the_next_request_erases_what_a_failed_one_left(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    service.post(key, at=NOON - MINUTE, caller_number=NUMBER, age="secret")
    service.start_call(NUMBER)
    client = service.operator_api.callers.forgetting._erasure._client
    wire.tap(client, "BatchWriteItem", once(failing("InternalServerError")))

    assert _ask(service, "DELETE").status_code == 500
    wire.remove_taps()
    _forget(service)

    assert _is_left(service, "secret") == []


def test_a_posting_that_is_applied_meanwhile_is_erased(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    service.post(key, at=NOON - MINUTE, caller_number=NUMBER, age="secret")
    call_uuid = service.start_call(NUMBER)
    client = service.operator_api.callers.forgetting._erasure._client

    def post(_: Any) -> None:
        service.post(key, at=NOON + SECOND, caller_number=NUMBER, age="secret-too")

    wire.tap(client, "UpdateItem", once(post))
    _forget(service)

    assert _is_left(service, "secret") == []
    assert service.call(call_uuid).tags == {}


def test_everything_known_about_a_caller_is_shown(service: Service, key: PostbackKey) -> None:
    service.post(key, at=NOON - MINUTE, caller_number=NUMBER, age="39")
    call_uuid = service.start_call(NUMBER)
    service.post(key, at=NOON + 5 * HOUR + SECOND, caller_number=NUMBER, zip="90210")

    known = _ask(service, "GET").json

    assert known["caller_number"] == NUMBER
    assert [call["call_uuid"] for call in known["calls"]] == [call_uuid]
    assert [posting["tags"] for posting in known["waiting"]] == [{"zip": "90210"}]
    assert [entry["tags"] for entry in known["postbacks"]] == [{"zip": "90210"}, {"age": "39"}]


def test_the_log_line_names_the_person_and_not_the_number(
    service: Service, key: PostbackKey
) -> None:
    service.post(key, at=NOON, caller_number=NUMBER, age="secret")
    service.log.seek(0)
    service.log.truncate()

    _forget(service)

    (line,) = (line for line in service.lines() if line["message"] == "caller forgotten")
    assert line["asked_by"] == "arn:aws:iam::1:user/ana"
    assert line["outcome"] == "complete"
    assert DIGITS not in service.log.getvalue()


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_invalid_number_is_refused(service: Service, method: str) -> None:
    response = _ask(service, method, "12")

    assert response.status_code == 422
    assert response.json["errors"][0]["param"] == "caller_number"
