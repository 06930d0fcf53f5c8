"""How long tags wait for a call, and how long after its end they are still applied."""

from datetime import datetime, timedelta

import pytest

from tests.e2e.phone_calls import PhoneCall, now
from tests.e2e.service import PostbackKey, Service

STORED = "call not found, tags stored"
COMPLETED = "completed call found, tags applied"

MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture
def short_key(service: Service, publisher_id: str) -> PostbackKey:
    return service.new_key(publisher_id, storage_duration=timedelta(minutes=1))


@pytest.fixture
def key_without_cutoff(service: Service, publisher_id: str) -> PostbackKey:
    return service.new_key(publisher_id, end_call_cutoff=timedelta(0))


def stored_until(service: Service, caller_number: str) -> datetime:
    [posting] = service.pending(caller_number)
    return datetime.fromisoformat(posting["stored_until"])


def test_a_call_that_starts_after_the_storage_duration_does_not_get_the_tags(
    service: Service, short_key: PostbackKey, caller_number: str
) -> None:
    service.tag(short_key, caller_number, age="39")
    too_late = stored_until(service, caller_number) + MILLISECOND

    announced = service.start(PhoneCall(caller_number=caller_number, started_at=too_late))

    assert announced["tags"] == {}
    assert len(service.pending(caller_number)) == 1  # neither deleted nor applied


def test_a_call_that_starts_at_the_end_of_the_storage_duration_gets_the_tags(
    service: Service, short_key: PostbackKey, caller_number: str
) -> None:
    service.tag(short_key, caller_number, age="39")
    just_in_time = stored_until(service, caller_number)

    announced = service.start(PhoneCall(caller_number=caller_number, started_at=just_in_time))

    assert announced["tags"] == {"age": "39"}


def test_tags_wait_for_their_keys_storage_duration(
    service: Service, short_key: PostbackKey, key: PostbackKey, caller_number: str
) -> None:
    service.tag(short_key, caller_number, short="1")
    service.tag(key, caller_number, day="2")
    in_two_minutes = now() + timedelta(minutes=2)

    announced = service.start(PhoneCall(caller_number=caller_number, started_at=in_two_minutes))

    assert announced["tags"] == {"day": "2"}


def test_without_a_cutoff_a_posting_after_the_end_waits_for_the_next_call(
    service: Service, key_without_cutoff: PostbackKey, caller_number: str
) -> None:
    ended = PhoneCall(caller_number=caller_number)
    service.start(ended)
    service.end(ended)

    assert service.tag(key_without_cutoff, caller_number, age="39").status == STORED

    following = PhoneCall(caller_number=caller_number)
    assert service.start(following)["tags"] == {"age": "39"}
    assert service.tags(ended) == {}


def test_each_posting_has_its_own_keys_cutoff(
    service: Service, key: PostbackKey, key_without_cutoff: PostbackKey, caller_number: str
) -> None:
    call = PhoneCall(caller_number=caller_number)
    service.start(call)
    service.end(call)

    assert service.tag(key_without_cutoff, caller_number, without="1").status == STORED
    assert service.tag(key, caller_number, within="2").status == COMPLETED

    service.wait_for_tagged(call, {"within": "2"})


@pytest.mark.parametrize(
    ("ended_ago", "status"),
    [(timedelta(minutes=59), COMPLETED), (timedelta(minutes=61), STORED)],
)
def test_an_ended_call_takes_tags_until_the_cutoff_has_passed(
    service: Service, key: PostbackKey, caller_number: str, ended_ago: timedelta, status: str
) -> None:
    call = PhoneCall(caller_number=caller_number, started_at=now() - timedelta(hours=2))
    service.end(call, call.ended(now() - ended_ago))

    assert service.tag(key, caller_number, age="39").status == status


def test_a_late_end_event_decides_as_a_punctual_one_would(
    service: Service, key_without_cutoff: PostbackKey, caller_number: str
) -> None:
    service.tag(key_without_cutoff, caller_number, age="39")
    late_call = PhoneCall(caller_number=caller_number, started_at=now() - timedelta(minutes=10))

    service.end(late_call, late_call.ended(now() - timedelta(minutes=5)))
    following = PhoneCall(caller_number=caller_number)

    assert service.start(following)["tags"] == {"age": "39"}
    assert service.tags(late_call) == {}
