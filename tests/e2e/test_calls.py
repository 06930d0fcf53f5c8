"""Tags are applied to the right call, whether posted before, during or after it."""

from datetime import timedelta

import pytest

from tests.e2e.phone_calls import PhoneCall, now, to_text
from tests.e2e.service import PostbackKey, Service

STORED = "call not found, tags stored"
IN_PROGRESS = "in progress call found, tags applied"
COMPLETED = "completed call found, tags applied"


def test_a_call_gets_the_tags_posted_before_during_and_after_it(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    assert service.tag(key, caller_number, before="1").status == STORED
    call = PhoneCall(caller_number=caller_number)
    assert service.start(call)["tags"] == {"before": "1"}
    assert service.tag(key, caller_number, during="2").status == IN_PROGRESS
    service.wait_for_tagged(call, {"before": "1", "during": "2"})
    service.end(call)
    assert service.tag(key, caller_number, after="3").status == COMPLETED
    service.wait_for_tagged(call, {"before": "1", "during": "2", "after": "3"})

    announcements = service.all_tagged(call)
    assert [a["call_status"] for a in announcements] == ["in_progress", "in_progress", "completed"]
    versions = [a["version"] for a in announcements]
    assert versions == sorted(set(versions))
    assert service.pending(caller_number) == []


def test_a_call_that_starts_without_tags_is_announced_with_none(
    service: Service, caller_number: str
) -> None:
    call = PhoneCall(caller_number=caller_number)

    announced = service.start(call)

    assert announced["tags"] == announced["attribution"] == {}
    assert announced["call_status"] == "in_progress"


def test_a_repeated_start_is_announced_again(service: Service, caller_number: str) -> None:
    call = PhoneCall(caller_number=caller_number)
    first = service.start(call)

    service.put(call.started())

    again = service.wait_for_tagged(call, version=first["version"] + 1)
    assert again == first | {"version": again["version"]}


def test_call_tagged_has_the_call_and_its_tags_attribution(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")
    [posting] = service.pending(caller_number)
    call = PhoneCall(
        caller_number=caller_number,
        members={"campaign_id": "c-42", "dialed_number": "+18005550100", "agent": "unknown to us"},
    )

    announced = service.start(call)

    assert announced.pop("version") >= 1
    assert announced == {
        "call_uuid": call.call_uuid,
        "caller_number": caller_number,
        "campaign_id": "c-42",
        "dialed_number": "+18005550100",
        "direction": "inbound",
        "started_at": to_text(call.started_at),
        "ended_at": None,
        "call_status": "in_progress",
        "tags": {"age": "39"},
        "attribution": {
            "age": {
                "publisher_id": key.publisher_id,
                "key_id": key.key_id,
                "posting_id": posting["posting_id"],
                "posted_at": posting["posted_at"],
            }
        },
    }


def test_call_tagged_has_the_services_source(service: Service, caller_number: str) -> None:
    call = PhoneCall(caller_number=caller_number)
    service.start(call)

    [letter] = service.announced.all(
        lambda it: it.event["detail"].get("call_uuid") == call.call_uuid
    )

    assert letter.event["source"] == "call-data-writing"
    assert letter.event["detail-type"] == "Call Tagged"


def test_all_pending_postings_are_applied_and_the_latest_wins(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    for i in range(30):
        service.tag(key, caller_number, latest=str(i), **{f"tag{i}": str(i)})

    announced = service.start(PhoneCall(caller_number=caller_number))

    assert announced["tags"] == {"latest": "29"} | {f"tag{i}": str(i) for i in range(30)}
    assert service.pending(caller_number) == []


def test_the_events_caller_number_may_be_in_national_form(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")

    announced = service.start(PhoneCall(caller_number=caller_number.removeprefix("+1")))

    assert announced["caller_number"] == caller_number
    assert announced["tags"] == {"age": "39"}


def test_a_late_report_of_an_older_call_does_not_replace_the_callers_latest_call(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    latest = PhoneCall(caller_number=caller_number)
    older = PhoneCall(caller_number=caller_number, started_at=now() - timedelta(hours=2))
    service.start(latest)
    service.start(older)

    service.tag(key, caller_number, age="39")

    service.wait_for_tagged(latest, {"age": "39"})
    assert service.tags(older) == {}


def test_a_call_in_progress_gets_the_tags_if_a_newer_call_is_over(
    service: Service, publisher_id: str, caller_number: str
) -> None:
    key = service.new_key(publisher_id, end_call_cutoff=timedelta(0))
    older = PhoneCall(caller_number=caller_number, started_at=now() - timedelta(minutes=2))
    newer = PhoneCall(caller_number=caller_number, started_at=now() - timedelta(minutes=1))
    service.start(older)
    service.start(newer)
    service.end(newer)

    assert service.tag(key, caller_number, age="39").status == IN_PROGRESS

    service.wait_for_tagged(older, {"age": "39"})
    assert service.tags(newer) == {}


def test_each_call_of_a_caller_gets_its_own_tags(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    first = PhoneCall(caller_number=caller_number)
    service.start(first)
    service.tag(key, caller_number, visit="first")
    service.end(first)
    second = PhoneCall(caller_number=caller_number)
    service.start(second)
    service.tag(key, caller_number, visit="second")

    service.wait_for_tagged(second, {"visit": "second"})
    assert service.tags(first) == {"visit": "first"}


@pytest.mark.parametrize(
    ("hours_ago", "status", "call_status"),
    [(3.9, IN_PROGRESS, "in_progress"), (4.1, COMPLETED, "completed")],
)
def test_a_call_without_a_reported_end_is_over_after_the_longest_call(
    service: Service,
    key: PostbackKey,
    caller_number: str,
    hours_ago: float,
    status: str,
    call_status: str,
) -> None:
    call = PhoneCall(caller_number=caller_number, started_at=now() - timedelta(hours=hours_ago))
    service.start(call)

    assert service.tag(key, caller_number, age="39").status == status

    assert service.wait_for_tagged(call, {"age": "39"})["call_status"] == call_status


def test_a_time_may_have_any_utc_offset(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")
    started_at = now() - timedelta(seconds=1)
    in_kolkata = to_text(started_at + timedelta(hours=5.5)).replace("Z", "+05:30")
    call = PhoneCall(
        caller_number=caller_number, started_at=started_at, members={"started_at": in_kolkata}
    )

    assert service.start(call)["tags"] == {"age": "39"}
    assert service.call(call)["started_at"] == to_text(started_at)
