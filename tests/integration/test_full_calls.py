"""Calls without room for more tags, which must not block the caller's other tags."""

import pytest
import time_machine

from shared.domain.keys import PostbackKey
from tests.integration.events import MINUTE, NOON, SECOND, new_caller_number
from tests.integration.service import Response, Service
from tests.integration.wire import Wire, first_do

FILLINGS_OF_A_CALL = 3
"""Postings of twenty tags that a call of these tests has room for."""


@pytest.fixture(autouse=True)
def _small_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make calls small, since moto takes many seconds to fill a call of the real size."""
    monkeypatch.setattr("shared.domain.merging.MAX_TAG_BYTES", 17_000)


def _fill(service: Service, key: PostbackKey, number: str, minute: int) -> Response:
    """Send a posting of twenty tags with unique names."""
    tags = {f"{minute}_{i:02}": "v" for i in range(20)}
    return service.post_json(key, at=NOON + minute * MINUTE, caller_number=number, **tags)


@pytest.fixture
def full_call(service: Service, key: PostbackKey) -> tuple[str, str]:
    """Return the caller's number and the call's ID."""
    number = new_caller_number()
    for minute in range(-20, -20 + FILLINGS_OF_A_CALL):
        _fill(service, key, number, minute)
    return number, service.start_call(number)


def test_a_posting_for_a_full_call_is_refused_as_a_whole(
    service: Service, full_call: tuple[str, str]
) -> None:
    number, call_uuid = full_call
    key = service.add_key()

    response = _fill(service, key, number, 1)

    assert response.status_code == 422
    assert "reached the size limit" in response.json["errors"][0]["message"]
    assert len(service.tags(call_uuid)) == FILLINGS_OF_A_CALL * 20
    assert service.pending() == []
    rows = service.rows(key)
    assert rows.keys() == {"", "#refused"}
    assert rows["#refused"]["status_code"] == 422
    assert rows["#refused"]["problems"] == response.json["errors"]
    assert rows["#refused"]["call_uuid"] == call_uuid


def test_a_full_call_still_gets_tags_that_are_small_enough(
    service: Service, full_call: tuple[str, str]
) -> None:
    number, call_uuid = full_call
    key = service.add_key()

    response = service.post(key, at=NOON + MINUTE, caller_number=number, age="39")

    assert response.status == "in progress call found, tags applied"
    assert service.tags(call_uuid)["age"] == "39"


def test_a_pending_posting_that_does_not_fit_is_refused_and_blocks_nothing(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    for minute in range(-20, -20 + FILLINGS_OF_A_CALL + 2):
        assert _fill(service, key, number, minute).status_code == 200
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")

    call_uuid = service.start_call(number)

    assert service.tags(call_uuid)["age"] == "39"
    assert len(service.tags(call_uuid)) == FILLINGS_OF_A_CALL * 20 + 1
    assert service.pending() == []
    decided = [row for row in service.all_rows(key) if row["sk"].endswith("#decided")]
    refused = [row for row in decided if row["outcome"] == "refused"]
    assert [row["posted_at"] for row in refused] == [
        "2025-03-10T11:43:00.000Z",
        "2025-03-10T11:44:00.000Z",
    ]
    # The publisher's response said that they were stored; the log has no other response.
    assert all("status_code" not in row for row in refused)
    (announced,) = service.announce()
    assert announced["tags"] == service.tags(call_uuid)


def test_the_next_call_gets_its_callers_tags_though_the_last_one_is_full(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    for minute in range(-20, -20 + FILLINGS_OF_A_CALL + 1):
        _fill(service, key, number, minute)
    full = service.start_call(number)
    service.end_call(full, number, at=NOON + SECOND)
    service.post(key, at=NOON + 120 * MINUTE, caller_number=number, age="39")

    following = service.start_call(number, at=NOON + 121 * MINUTE)

    assert service.tags(following) == {"age": "39"}


def test_a_posting_that_an_event_has_just_refused_gets_that_response(
    service: Service, full_call: tuple[str, str], wire: Wire
) -> None:
    number, call_uuid = full_call
    key = service.add_key()

    def end() -> None:
        service.end_call(call_uuid, number, at=NOON + 5 * MINUTE)

    wire.tap(service.data_writing._client, "TransactWriteItems", first_do(end))

    response = _fill(service, key, number, 1)

    assert response.status_code == 422
    assert "reached the size limit" in response.json["errors"][0]["message"]
    rows = service.rows(key)
    assert rows.keys() == {"", "#refused", "#answered"}
    assert rows["#refused"]["decided_by"] == "call_ended"
    assert rows["#answered"]["status_code"] == 422


@pytest.fixture
def small_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a publisher's share of a call two postings of twenty tags."""
    monkeypatch.setattr("shared.domain.merging.MAX_SHARE_BYTES", 12_000)


@pytest.mark.usefixtures("small_shares")
def test_a_posting_beyond_its_publishers_share_is_refused_and_others_are_not(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)
    for minute in (1, 2):
        assert _fill(service, key, number, minute).status_code == 200

    response = _fill(service, key, number, 3)
    other = _fill(service, service.add_key(publisher_id="pub_other"), number, 4)

    assert response.status_code == 422
    assert "100,000 bytes, the limit for one publisher" in response.json["errors"][0]["message"]
    assert other.status == "in progress call found, tags applied"
    assert len(service.tags(call_uuid)) == 60
    assert service.pending() == []
    (refused,) = [row for row in service.all_rows(key) if row["outcome"] == "refused"]
    assert (refused["reason"], refused["status_code"]) == ("share_full", 422)
    assert refused["problems"] == response.json["errors"]


@pytest.mark.usefixtures("small_shares")
def test_a_pending_posting_beyond_its_publishers_share_is_refused_with_its_own_reason(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    for minute in range(-20, -17):
        assert _fill(service, key, number, minute).status_code == 200
    other = service.add_key(publisher_id="pub_other")
    service.post(other, at=NOON - MINUTE, caller_number=number, age="39")

    call_uuid = service.start_call(number)

    assert service.tags(call_uuid)["age"] == "39"
    assert len(service.tags(call_uuid)) == 41
    assert service.pending() == []
    (refused,) = [row for row in service.all_rows(key) if row["outcome"] == "refused"]
    assert refused["reason"] == "share_full"
    assert "status_code" not in refused


@pytest.mark.usefixtures("small_shares")
def test_of_one_publishers_pending_postings_the_earlier_are_applied_and_the_rest_is_seen_refused(
    service: Service, key: PostbackKey
) -> None:
    """Whatever comes first has the publisher's bytes, also if it is junk of another of its keys."""
    number, junk = new_caller_number(), service.add_key()
    for minute in (-5, -20, -10):
        assert _fill(service, junk, number, minute).status_code == 200
    real = service.post_json(
        key, at=NOON - MINUTE, caller_number=number, **{f"t{i}": "v" for i in range(20)}
    )
    assert real.status == "call not found, tags stored"
    assert "warnings" not in real.json

    call_uuid = service.start_call(number)

    assert {name.split("_")[0] for name in service.tags(call_uuid)} == {"-20", "-10"}
    service.count()
    with time_machine.travel(NOON + MINUTE, tick=False):
        query = {"key_id": key.key_id, "outcome": "refused"}
        (entry,) = service.read("/postbacks", **query).json["postbacks"]
        activity = service.read(f"/postback-keys/{key.key_id}/activity").json
    assert "the limit for one publisher" in entry["problems"][0]["message"]
    assert entry["decided_at"] is not None
    assert [(r["kind"], r["count"]) for r in activity["refusals"]] == [("share_full", 1)]


@pytest.mark.usefixtures("small_shares")
def test_a_posting_whose_share_an_event_has_just_found_full_gets_that_response(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)
    for minute in (1, 2):
        _fill(service, key, number, minute)

    def end() -> None:
        service.end_call(call_uuid, number, at=NOON + 5 * MINUTE)

    wire.tap(service.data_writing._client, "TransactWriteItems", first_do(end))

    response = _fill(service, key, number, 3)

    assert response.status_code == 422
    assert "the limit for one publisher" in response.json["errors"][0]["message"]
