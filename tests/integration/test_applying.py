"""Postings whose call is known: they are applied at once."""

from datetime import timedelta

import pytest

from shared.domain.keys import PostbackKey
from tests.integration.events import HOUR, MINUTE, NOON, SECOND, new_caller_number
from tests.integration.service import Service
from tests.integration.wire import Wire, failing

STORED = "call not found, tags stored"
IN_PROGRESS = "in progress call found, tags applied"
COMPLETED = "completed call found, tags applied"

CALL_UUID = "9b653cf0-4835-493b-860c-aed9b7af2a4a"


def test_a_posting_during_the_call_is_applied_at_once(service: Service, key: PostbackKey) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)

    response = service.post(key, at=NOON + MINUTE, caller_number=number, age="39")

    assert response.text == (
        f'{{"tag_values":{{"age":"39"}},"caller_number":"{number}",'
        '"status":"in progress call found, tags applied"}'
    )
    assert service.tags(call_uuid) == {"age": "39"}
    assert service.pending() == []


def test_the_response_to_a_posting_by_call_uuid_is_the_vendors_byte_for_byte(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    service.start_call(number, call_uuid=CALL_UUID)
    service.end_call(CALL_UUID, number, at=NOON + MINUTE)

    response = service.post(key, at=NOON + HOUR, call_uuid=CALL_UUID, age="39", utm_campaign="auto")

    assert response.text == (
        '{"tag_values":{"age":"39","utm_campaign":"auto"},'
        '"call_uuid":"9b653cf0-4835-493b-860c-aed9b7af2a4a",'
        '"status":"completed call found, tags applied"}'
    )


@pytest.mark.parametrize(
    ("after_the_end", "status"),
    [
        (timedelta(0), COMPLETED),
        (HOUR, COMPLETED),
        (HOUR + timedelta(milliseconds=1), STORED),
    ],
)
def test_a_posting_after_the_call_is_applied_until_the_keys_cutoff_and_stored_later(
    service: Service, key: PostbackKey, after_the_end: timedelta, status: str
) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)
    service.end_call(call_uuid, number, at=NOON + MINUTE)

    response = service.post(key, at=NOON + MINUTE + after_the_end, caller_number=number, age="39")

    assert response.status == status
    assert service.tags(call_uuid) == ({} if status == STORED else {"age": "39"})
    assert len(service.pending()) == (status == STORED)


def test_a_call_without_a_reported_end_is_over_after_the_longest_call(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    service.start_call(number)

    def status(after: timedelta) -> str:
        return service.post(key, at=NOON + after, caller_number=number, age="39").status

    assert status(4 * HOUR) == IN_PROGRESS
    assert status(4 * HOUR + SECOND) == COMPLETED
    assert status(5 * HOUR + SECOND) == STORED


def test_the_log_shows_that_a_posting_was_applied_and_when_and_why(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)
    service.post(key, at=NOON + MINUTE, caller_number=number, age="39")

    rows = service.rows(key)

    assert rows.keys() == {"", "#applied"}
    applied = rows["#applied"]
    assert applied["pk"] == rows[""]["pk"]
    assert applied["outcome"] == "applied"
    assert (applied["status_code"], applied["status"]) == (200, IN_PROGRESS)
    assert (applied["call_uuid"], applied["caller_number"]) == (call_uuid, number)
    assert applied["decided_by"] == "posting"
    assert applied["decided_at"].endswith("Z")
    assert rows[""]["outcome"] == "stored"


def test_the_later_posting_wins_tag_by_tag_and_each_tag_names_its_publisher(
    service: Service, key: PostbackKey
) -> None:
    theirs = service.add_key(publisher_id="pub_b")
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39", zip="90210")
    call_uuid = service.start_call(number)
    service.post(theirs, at=NOON + MINUTE, caller_number=number, age="40")

    call = service.call(call_uuid)

    assert service.tags(call_uuid) == {"age": "40", "zip": "90210"}
    assert call.tags["age"].source.publisher_id == "pub_b"
    assert call.tags["zip"].source.publisher_id == "pub_a"
    assert call.tags["zip"].source.posted_at == NOON - MINUTE


def test_a_posting_is_applied_to_the_callers_latest_call(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    earlier = service.start_call(number)
    later = service.start_call(number, at=NOON + HOUR)

    service.post(key, at=NOON + HOUR + MINUTE, caller_number=number, age="39")

    assert (service.tags(earlier), service.tags(later)) == ({}, {"age": "39"})


def test_a_posting_is_applied_to_an_older_call_if_only_that_one_is_in_progress(
    service: Service,
) -> None:
    key = service.add_key(end_call_cutoff=timedelta(0))
    number = new_caller_number()
    older = service.start_call(number)
    newer = service.start_call(number, at=NOON + MINUTE)
    service.end_call(newer, number, at=NOON + 2 * MINUTE, started_at=NOON + MINUTE)

    response = service.post(key, at=NOON + HOUR, caller_number=number, age="39")

    assert response.status == IN_PROGRESS
    assert (service.tags(older), service.tags(newer)) == ({"age": "39"}, {})


def test_a_posting_by_call_uuid_is_pending_until_that_call_is_reported(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    response = service.post(
        key, at=NOON - MINUTE, call_uuid=CALL_UUID, caller_number=number, age="39"
    )
    another = service.start_call(number)

    assert response.status == STORED
    assert response.json["call_uuid"] == CALL_UUID
    assert "caller_number" not in response.json
    assert service.tags(another) == {}

    service.start_call(None, call_uuid=CALL_UUID)

    assert service.tags(CALL_UUID) == {"age": "39"}
    assert service.pending() == []


def test_an_anonymous_call_is_tagged_by_its_uuid(service: Service, key: PostbackKey) -> None:
    call_uuid = service.start_call(None)

    response = service.post(key, at=NOON + SECOND, call_uuid=call_uuid, age="39")

    assert response.status == IN_PROGRESS
    assert service.tags(call_uuid) == {"age": "39"}


def test_a_posting_past_the_cutoff_of_the_call_that_it_names_is_refused(
    service: Service,
) -> None:
    key = service.add_key(end_call_cutoff=timedelta(0))
    number = new_caller_number()
    call_uuid = service.start_call(number)
    service.end_call(call_uuid, number, at=NOON + MINUTE)

    response = service.post(key, at=NOON + MINUTE + SECOND, call_uuid=call_uuid, age="39")

    assert response.status_code == 422
    (error,) = response.json["errors"]
    assert error["param"] == "call_uuid"
    assert "end call cutoff" in error["message"]
    assert service.pending() == []
    assert service.tags(call_uuid) == {}
    rows = service.rows(key)
    assert rows.keys() == {"", "#refused"}
    assert rows["#refused"]["status_code"] == 422
    assert rows["#refused"]["problems"] == response.json["errors"]
    assert rows["#refused"]["call_uuid"] == call_uuid


def test_a_posting_whose_call_could_not_be_read_is_applied_by_the_next_event(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)
    wire.tap(service.data_writing._client, "TransactWriteItems", failing("InternalServerError"))

    response = service.post(key, at=NOON + SECOND, caller_number=number, age="39")
    service.end_call(call_uuid, number, at=NOON + MINUTE)

    assert response.status_code == 503
    assert service.tags(call_uuid) == {"age": "39"}
    rows = service.rows(key)
    assert rows.keys() == {"", "#answered", "#applied"}
    assert rows["#answered"]["status_code"] == 503
    assert "status" not in rows["#answered"]
