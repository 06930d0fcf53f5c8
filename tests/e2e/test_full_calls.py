"""A call's tags are limited: postings beyond the limit are reported and don't block others."""

from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import PostbackKey, Service

CALL_HOLDS = 4
"""Maximum postings of the size below: each counts 67,500 bytes of the call's 300,000."""


def post_much(service: Service, key: PostbackKey, caller_number: str, name: str) -> int:
    tags = {f"{name}{i:02}": "x" * 2000 for i in range(30)}
    response = service.post_json({"key": key.key, "caller_number": caller_number} | tags)
    return response.status_code


def names(tags: dict[str, str]) -> set[str]:
    """Return the names of the postings that these tags come from."""
    return {name.rstrip("0123456789") for name in tags}


def test_a_call_gets_as_many_pending_postings_as_it_holds_and_the_others_are_refused(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    for name in "abcdef":
        assert post_much(service, key, caller_number, name) == 200
    service.tag(key, caller_number, small="1")
    call = PhoneCall(caller_number=caller_number)

    announced = service.start(call)

    assert names(service.tags(call)) == {"a", "b", "c", "d", "small"}
    assert len(service.tags(call)) == CALL_HOLDS * 30 + 1
    assert service.pending(caller_number) == []
    refused = [row for row in service.log_rows(key) if row.get("outcome") == "refused"]
    assert len(refused) == 2
    for row in refused:
        assert row["sk"] == row["posting_id"] + "#decided"
        assert row["call_uuid"] == call.call_uuid
        assert row["problems"][0]["message"]
    assert announced["tags_omitted"] is True
    assert announced["tags"] == announced["attribution"] == {}
    assert announced["call_status"] == "in_progress"


def test_a_posting_too_big_for_its_call_gets_422_and_smaller_ones_are_applied(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    call = PhoneCall(caller_number=caller_number)
    service.start(call)
    for name in "abcd":
        assert post_much(service, key, caller_number, name) == 200

    assert post_much(service, key, caller_number, "e") == 422
    assert service.tag(key, caller_number, small="1").status_code == 200

    assert names(service.tags(call)) == {"a", "b", "c", "d", "small"}
    assert service.pending(caller_number) == []
    assert [row["sk"][-8:] for row in service.log_rows(key) if row.get("outcome") == "refused"] == [
        "#decided"
    ]


def test_changes_of_a_call_with_omitted_tags_are_still_announced(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    for name in "abcd":
        post_much(service, key, caller_number, name)
    call = PhoneCall(caller_number=caller_number)
    full = service.start(call)

    service.tag(key, caller_number, small="1")

    following = service.wait_for_tagged(call, version=full["version"] + 1)
    assert full["tags_omitted"] is following["tags_omitted"] is True
