"""A call's tags are limited, and so is each publisher's share of them: postings beyond a limit are
reported and don't block others."""

from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import PostbackKey, Service

CALL_HOLDS = 4
"""Maximum postings of the size below: each counts 67,500 bytes of the call's 300,000, and so of a
publisher's 100,000."""


def new_key(service: Service) -> PostbackKey:
    """Return the key of a publisher of its own."""
    return service.new_key(service.new_publisher())


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
    others = [new_key(service) for _ in "bcdef"]
    for name, own in zip("abcdef", [key, *others], strict=True):
        assert post_much(service, own, caller_number, name) == 200
    service.tag(key, caller_number, small="1")
    call = PhoneCall(caller_number=caller_number)

    announced = service.start(call)

    assert names(service.tags(call)) == {"a", "b", "c", "d", "small"}
    assert len(service.tags(call)) == CALL_HOLDS * 30 + 1
    assert service.pending(caller_number) == []
    refused = [
        row for own in others for row in service.log_rows(own) if row.get("outcome") == "refused"
    ]
    assert [row["reason"] for row in refused] == ["call_full", "call_full"]
    for row in refused:
        assert row["sk"] == row["posting_id"] + "#decided"
        assert row["call_uuid"] == call.call_uuid
        assert row["problems"][0]["message"]
    assert announced["tags"] == service.tags(call)
    assert "tags_omitted" not in announced
    assert announced["call_status"] == "in_progress"


def test_a_posting_too_big_for_its_call_gets_422_and_smaller_ones_are_applied(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    call = PhoneCall(caller_number=caller_number)
    service.start(call)
    for name in "abcd":
        assert post_much(service, new_key(service), caller_number, name) == 200

    assert post_much(service, key, caller_number, "e") == 422
    assert service.tag(key, caller_number, small="1").status_code == 200

    assert names(service.tags(call)) == {"a", "b", "c", "d", "small"}
    assert service.pending(caller_number) == []
    assert [row["sk"][-8:] for row in service.log_rows(key) if row.get("outcome") == "refused"] == [
        "#decided"
    ]


def test_changes_of_a_full_call_are_announced_with_all_tags(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    for name in "abcd":
        post_much(service, new_key(service), caller_number, name)
    call = PhoneCall(caller_number=caller_number)
    full = service.start(call)

    service.tag(key, caller_number, small="1")

    following = service.wait_for_tagged(call, version=full["version"] + 1)
    assert following["tags"] == full["tags"] | {"small": "1"}


def test_one_publisher_cannot_fill_a_call(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    """77 large tags of one publisher leave room for the next one's."""
    call = PhoneCall(caller_number=caller_number)
    service.start(call)
    hostile = new_key(service)
    codes = []
    for start in range(0, 77, 11):
        tags = {f"t{i}": "x" * 3600 for i in range(start, start + 11)}
        sent = {"key": hostile.key, "caller_number": caller_number} | tags
        codes.append(service.post_json(sent).status_code)

    assert codes == [200, 200, *[422] * 5]
    assert service.tag(key, caller_number, age="39").status_code == 200
    assert service.tags(call)["age"] == "39"
