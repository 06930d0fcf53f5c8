"""Call events that are late, repeated or out of order: no tag is lost or applied twice."""

from datetime import timedelta

from tests.e2e.phone_calls import PhoneCall, now
from tests.e2e.service import PostbackKey, Service

STORED = "call not found, tags stored"
COMPLETED = "completed call found, tags applied"


def test_duplicate_events_apply_nothing_twice_and_do_not_reopen_the_call(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.tag(key, caller_number, before="1")
    call = PhoneCall(caller_number=caller_number)
    ended = call.ended(call.started_at + timedelta(milliseconds=1))
    service.start(call)
    service.put(call.started())
    service.end(call, ended)
    service.put(ended, call.started())
    service.wait_until_handled(call, 5)

    assert service.tag(key, caller_number, after="2").status == COMPLETED
    announced = service.wait_for_tagged(call, {"before": "1", "after": "2"})

    assert announced["call_status"] == "completed"
    assert service.outcomes(key) == ["stored", "applied", "stored", "applied"]
    versions = [a["version"] for a in service.all_tagged(call)]
    assert versions == sorted(set(versions))


def test_an_end_before_its_start_leaves_the_call_completed_with_its_tags(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.tag(key, caller_number, before="1")
    call = PhoneCall(caller_number=caller_number)

    service.end(call)
    at_the_end = service.wait_for_tagged(call, {"before": "1"})
    service.put(call.started())
    at_the_start = service.wait_for_tagged(call, {"before": "1"}, version=at_the_end["version"] + 1)

    assert at_the_end["call_status"] == at_the_start["call_status"] == "completed"
    assert service.tag(key, caller_number, after="2").status == COMPLETED
    assert service.outcomes(key).count("applied") == 2


def test_both_events_of_a_short_call_are_handled_in_reverse_order(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.tag(key, caller_number, before="1")
    call = PhoneCall(caller_number=caller_number)

    service.put(call.ended(), call.started())
    service.wait_until_handled(call, 2)

    assert service.tags(call) == {"before": "1"}
    assert service.tag(key, caller_number, after="2").status == COMPLETED
    service.wait_for_tagged(call, {"before": "1", "after": "2"})


def test_a_late_start_still_gets_the_tags_posted_during_the_call(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    call = PhoneCall(caller_number=caller_number, started_at=now() - timedelta(minutes=10))

    assert service.tag(key, caller_number, during="1").status == STORED

    assert service.start(call)["tags"] == {"during": "1"}
