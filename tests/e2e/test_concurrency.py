"""Concurrent postings and events: every tag is applied to the call exactly once, in any order."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from infra.local.waiting import eventually
from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import PostbackKey, Service

POSTINGS = 40
AT_ONCE = 5
TAGS = {f"tag{number}": str(number) for number in range(POSTINGS)}


def post_at_once(post: Callable[[int], int]) -> list[int]:
    """Send all postings, retrying after a 503 as publishers must, and return their status codes."""

    def post_until_answered(number: int) -> int:
        status_code = post(number)
        return post_until_answered(number) if status_code == 503 else status_code

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(post_until_answered, range(POSTINGS)))


def assert_applied_once(service: Service, key: PostbackKey) -> None:
    rows = service.log_rows(key)
    stored = [row["posting_id"] for row in rows if row["sk"] == row["posting_id"]]
    applied = [
        row["posting_id"]
        for row in rows
        if row["sk"].endswith("#decided") and row["outcome"] == "applied"
    ]
    assert len(stored) >= POSTINGS
    assert applied == stored
    assert "refused" not in service.outcomes(key)


def test_concurrent_postings_to_one_call_are_all_applied(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    call = PhoneCall(caller_number=caller_number)
    service.start(call)

    def post(number: int) -> int:
        return service.tag(key, caller_number, **{f"tag{number}": str(number)}).status_code

    status_codes = post_at_once(post)

    assert status_codes == [200] * POSTINGS
    assert service.tags(call) == TAGS
    service.wait_for_tagged(call, TAGS)
    service.put(call.ended())
    service.wait_until_handled(call, 2)  # applies postings that were stored but got a 503
    assert service.pending(caller_number) == []
    assert_applied_once(service, key)


def test_postings_concurrent_with_their_calls_events_are_all_applied(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    call = PhoneCall(caller_number=caller_number)

    def post(number: int) -> int:
        if number == POSTINGS // 4:
            service.put(call.started())
        if number == POSTINGS // 2:
            service.put(call.started(), call.ended())
        return service.tag(key, caller_number, **{f"tag{number}": str(number)}).status_code

    status_codes = post_at_once(post)

    assert status_codes == [200] * POSTINGS
    eventually(lambda: service.tags(call) == TAGS or None, "all tags")
    service.wait_for_tagged(call, TAGS)
    service.put(call.ended())
    eventually(lambda: service.pending(caller_number) == [] or None, "the postings that got a 503")
    assert_applied_once(service, key)
    versions = [announced["version"] for announced in service.all_tagged(call)]
    assert versions == sorted(set(versions))
