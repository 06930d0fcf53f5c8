"""Postings that name their call by call_uuid."""

from datetime import timedelta
from urllib.parse import quote

from tests.e2e.phone_calls import PhoneCall, new_caller_number, now
from tests.e2e.service import PostbackKey, Service

STORED = "call not found, tags stored"
IN_PROGRESS = "in progress call found, tags applied"
COMPLETED = "completed call found, tags applied"


def test_a_posting_that_names_an_unknown_call_waits_for_it(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    call = PhoneCall(caller_number=caller_number)

    response = service.tag(key, call, age="39")

    assert response.status == STORED
    assert response.json()["call_uuid"] == call.call_uuid
    assert len(service.pending(call)) == 1
    assert service.start(call)["tags"] == {"age": "39"}
    assert service.pending(call) == []


def test_a_posting_that_names_a_call_in_progress_is_applied_to_it(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    call = PhoneCall(caller_number=caller_number)
    service.start(call)

    assert service.tag(key, call, age="39").status == IN_PROGRESS

    service.wait_for_tagged(call, {"age": "39"})


def test_a_call_uuid_in_upper_case_names_the_same_call(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    call = PhoneCall(caller_number=caller_number)
    service.start(call)

    response = service.get(f"key={key.key}&call_uuid={call.call_uuid.upper()}&age=39")

    assert response.status == IN_PROGRESS
    assert service.tags(call) == {"age": "39"}


def test_call_uuid_takes_precedence_over_caller_number(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    named, others = (
        PhoneCall(caller_number=caller_number),
        PhoneCall(caller_number=new_caller_number()),
    )
    service.start(named)
    service.start(others)

    response = service.get(
        f"key={key.key}&caller_number={quote(others.caller_number or '')}"
        f"&call_uuid={named.call_uuid}&age=39"
    )

    assert response.body.decode() == (
        f'{{"tag_values":{{"age":"39"}},"call_uuid":"{named.call_uuid}","status":"{IN_PROGRESS}"}}'
    )
    assert service.tags(named) == {"age": "39"}
    assert service.tags(others) == {}


def test_an_unknown_call_uuid_takes_precedence_over_a_caller_with_a_call(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    current, unknown = PhoneCall(caller_number=caller_number), PhoneCall()
    service.start(current)

    response = service.get(
        f"key={key.key}&caller_number={quote(caller_number)}&call_uuid={unknown.call_uuid}&age=39"
    )

    assert response.status == STORED
    assert service.tags(current) == {}
    assert len(service.pending(unknown)) == 1


def test_an_invalid_caller_number_beside_a_call_uuid_is_ignored(
    service: Service, key: PostbackKey
) -> None:
    call = PhoneCall()
    service.start(call)

    response = service.get(
        f"key={key.key}&caller_number=anonymous&call_uuid={call.call_uuid}&age=39"
    )

    assert response.status == IN_PROGRESS


def test_a_posting_that_names_an_earlier_call_is_applied_to_that_call(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    earlier = PhoneCall(caller_number=caller_number, started_at=now() - timedelta(minutes=5))
    latest = PhoneCall(caller_number=caller_number)
    service.end(earlier)
    service.start(latest)

    assert service.tag(key, earlier, age="39").status == COMPLETED

    assert service.tags(earlier) == {"age": "39"}
    assert service.tags(latest) == {}


def test_a_posting_that_names_a_call_past_the_cutoff_gets_422_and_is_not_pending(
    service: Service, publisher_id: str, caller_number: str
) -> None:
    key = service.new_key(publisher_id, end_call_cutoff=timedelta(minutes=5))
    started_at = now() - timedelta(minutes=10)
    call = PhoneCall(caller_number=caller_number, started_at=started_at)
    service.end(call, call.ended(started_at + timedelta(minutes=1)))

    response = service.tag(key, call, age="39")

    assert response.status_code == 422
    assert response.params == ["call_uuid"]
    assert service.tags(call) == {}
    assert service.pending(call) == []
    stored, refused = service.log_rows(key)
    assert stored["outcome"] == "stored"
    assert refused["outcome"] == "refused"
    assert refused["sk"] == stored["posting_id"] + "#decided"
    assert refused["status_code"] == 422
    assert refused["call_uuid"] == call.call_uuid
