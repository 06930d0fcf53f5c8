"""A platform that reports calls over HTTP gets each call's tags in the response."""

from urllib.parse import urlencode

from infra.local import web
from tests.e2e.phone_calls import PhoneCall, new_uuid
from tests.e2e.service import PostbackKey, Service


def test_the_response_to_a_calls_start_has_the_pending_tags(
    service: Service, key: PostbackKey, platform_key: str, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")
    call = PhoneCall(caller_number=caller_number)

    response = service.report(platform_key, call.call_uuid, {"caller_number": caller_number})

    assert response.status_code == 200, response.body
    assert response.json()["tags"] == {"age": "39"}
    assert service.pending(caller_number) == []
    assert service.outcomes(key) == ["stored", "applied"]
    # It is announced on the bus, too.
    assert service.wait_for_tagged(call, {"age": "39"})["version"] == response.json()["version"]


def test_a_call_may_be_reported_over_http_and_by_events(
    service: Service, key: PostbackKey, platform_key: str, caller_number: str
) -> None:
    call = PhoneCall(caller_number=caller_number)
    service.report(platform_key, call.call_uuid, {"caller_number": caller_number})
    service.tag(key, caller_number, zip="90210")
    service.end(call)

    read = web.send(
        "GET",
        f"{service.api_url}/platform/calls/{call.call_uuid}",
        headers={"Authorization": f"Bearer {platform_key}"},
    )

    assert read.json()["call_status"] == "completed"
    assert read.json()["tags"] == {"zip": "90210"}


def test_a_twilio_callback_with_basic_credentials_is_read(
    service: Service, key: PostbackKey, platform_key: str, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")
    call_sid = f"CA{new_uuid().replace('-', '')}"
    callback = {"CallSid": call_sid, "From": caller_number, "CallStatus": "ringing"}

    response = web.send(
        "POST",
        f"{service.api_url}/platform/calls",
        body=urlencode(callback).encode(),
        headers={
            "Authorization": web.basic("twilio", platform_key),
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )

    assert response.json()["tags"] == {"age": "39"}
    assert response.headers["Content-Type"] == "application/json"


def test_an_ivr_can_read_a_callers_pending_tags_before_the_call(
    service: Service, key: PostbackKey, platform_key: str, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")

    response = web.send(
        "GET",
        f"{service.api_url}/platform/callers/{caller_number}",
        headers={"Authorization": f"Bearer {platform_key}"},
    )

    assert response.json()["tags"] == {"age": "39"}
    assert len(service.pending(caller_number)) == 1


def test_call_ids_may_have_slashes_and_plus_signs(
    service: Service, platform_key: str, caller_number: str
) -> None:
    call_uuid = f"a/b+c@10.0.0.1:{new_uuid()[:8]}"

    response = service.report(platform_key, call_uuid, {"caller_number": caller_number})

    assert response.json()["call_uuid"] == call_uuid


def test_a_deleted_platform_key_is_refused(service: Service) -> None:
    made = service.operate("POST", "/platform-keys", {"name": "Old switch"}).json()
    path = f"/platform-keys/{made['platform_key_id']}"

    deleted = service.operate("DELETE", path)

    assert (deleted.status_code, deleted.body) == (204, b"")
    assert service.operate("GET", path).status_code == 404
    assert service.report(made["key"], new_uuid(), {}).status_code == 401


def test_a_platform_key_is_shown_only_when_it_is_created(service: Service) -> None:
    made = service.operate("POST", "/platform-keys", {"name": "Switch"}).json()
    listed = service.operate("GET", "/platform-keys?limit=100").json()["platform_keys"]

    assert made["key"].startswith("cdw_")
    (found,) = (k for k in listed if k["platform_key_id"] == made["platform_key_id"])
    secrets = ("key", "callback_url")
    assert found == {name: value for name, value in made.items() if name not in secrets}
