"""A paused key accepts no postings until it is resumed."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from infra.local.waiting import eventually
from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import PAUSE_TAKES_SECONDS, PostbackKey, Service

AT_ONCE = 4


def set_paused(service: Service, key: PostbackKey, action: str) -> None:
    response = service.operate("POST", f"/postback-keys/{key.key_id}/{action}")
    assert response.status_code == 200
    assert response.json()["paused"] is (action == "pause")


def test_a_paused_key_is_403(service: Service, key: PostbackKey, caller_number: str) -> None:
    set_paused(service, key, "pause")

    response = service.tag(key, caller_number, age="39")

    assert response.status_code == 403
    assert response.params == ["key"]
    assert response.headers["Content-Type"] == "application/json"
    assert service.pending(caller_number) == []
    [row] = service.log_rows(key)
    assert (row["outcome"], row["status_code"]) == ("refused", 403)


def test_a_key_paused_by_patch_is_403(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.operate("PATCH", f"/postback-keys/{key.key_id}", {"paused": True})

    assert service.tag(key, caller_number, age="39").status_code == 403


def test_a_resumed_key_accepts_postings_again(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    set_paused(service, key, "pause")
    set_paused(service, key, "resume")

    assert service.tag(key, caller_number, age="39").status_code == 200


def test_a_posting_before_a_pause_is_still_applied(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")
    set_paused(service, key, "pause")

    assert service.start(PhoneCall(caller_number=caller_number))["tags"] == {"age": "39"}


def test_a_pause_takes_effect_when_no_process_has_the_key_cached(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    def post_at_once() -> set[int]:
        """Post concurrently, so that several of the function's processes have the key cached."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            post = partial(service.tag, key, caller_number, age="39")
            responses = [threads.submit(post) for _ in range(AT_ONCE)]
        return {response.result().status_code for response in responses}

    assert post_at_once() == {200}

    set_paused(service, key, "pause")

    eventually(
        lambda: post_at_once() == {403} or None,
        "the pause",
        within=PAUSE_TAKES_SECONDS,
        every=0.5,
    )
