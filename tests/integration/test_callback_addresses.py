"""Callback addresses, the scopes and expiry of platform keys, and when each was last used."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine

from shared.domain import platform_keys
from shared.domain.keys import PostbackKey
from shared.domain.platform_keys import PlatformKey
from tests.integration.events import HOUR, MINUTE, NOON, SECOND
from tests.integration.service import Response, Service
from tests.integration.test_platform_api import CALL, TWILIO_CALL, Platform
from tests.integration.wire import Wire, failing

CALLER, OURS = "+15165550171", "+15165550100"
TWILIO = {"CallSid": TWILIO_CALL, "CallStatus": "ringing", "From": CALLER, "To": OURS}


@pytest.fixture(autouse=True)
def wall() -> Iterator[time_machine.Traveller]:
    """The wall clock, stopped at noon."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def platform(service: Service) -> Platform:
    return Platform(service)


def _call_back(
    platform: Platform, token: str, body: str = "", query: str = "", **changes: Any
) -> Response:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return platform.send(
        changes.pop("method", "POST"),
        f"/platform/callbacks/{token}",
        body=body,
        rawQueryString=query,
        headers=headers | {"authorization": ""},
        **changes,
    )


def _report_key(platform: Platform) -> str:
    return platform.add_key(scopes=frozenset(("report",)))


def _problem(response: Response) -> tuple[int, str | None, str]:
    (problem,) = response.json["errors"]
    return response.status_code, problem["param"], problem["message"]


def test_a_callback_address_takes_a_phone_systems_webhook(
    service: Service, platform: Platform
) -> None:
    token = _report_key(platform)

    response = _call_back(platform, token, urlencode(TWILIO), "campaign_id=c-7")

    assert response.status_code == 200
    call = service.call(TWILIO_CALL)
    assert (call.caller_number, call.campaign_id) == (CALLER, "c-7")
    assert call.reported_by == {platform_keys.platform_key_id(token)}


def test_a_callback_may_come_by_get(service: Service, platform: Platform) -> None:
    query = urlencode(TWILIO | {"campaign_id": "c-7"})

    response = _call_back(platform, _report_key(platform), query=query, method="GET")

    assert response.status_code == 200
    assert service.call(TWILIO_CALL).campaign_id == "c-7"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("sent", "caller_number"), [({}, OURS), ({"Direction": "inbound"}, CALLER)]
)
def test_the_address_says_the_direction_if_the_system_does_not(
    platform: Platform, method: str, sent: dict[str, str], caller_number: str
) -> None:
    body = urlencode(TWILIO | sent)
    query = "direction=outbound"
    parts = (body, query) if method == "POST" else ("", f"{query}&{body}")

    response = _call_back(platform, platform.key, *parts, method=method)

    assert response.json["caller_number"] == caller_number


@pytest.mark.parametrize(
    ("address", "direction", "caller_number"),
    [("", "inbound", CALLER), ("", "outbound", OURS), ("direction=outbound&", "inbound", CALLER)],
)
def test_a_direction_in_the_query_string_of_a_get_may_be_the_phone_systems_own(
    platform: Platform, address: str, direction: str, caller_number: str
) -> None:
    event = {
        "from": CALLER.removeprefix("+"),
        "to": OURS.removeprefix("+"),
        "uuid": "5b1ab1c2-55a5-4d0f-8f8e-7f6b1f0a2c11",
        "conversation_uuid": "CON-4a7d2b61-0c3e-4b8f-9a55-1d2e3f405162",
        "status": "ringing",
        "direction": direction,
        "timestamp": "2025-03-10T11:59:58.000Z",
    }

    response = _call_back(platform, platform.key, query=address + urlencode(event), method="GET")

    assert response.json["caller_number"] == caller_number


TEXML = {
    "CallSid": "v3:k2Zp7QmTd0",
    "CallSidLegacy": "v3:k2Zp7QmTd0",
    "ConnectionId": "77001",
    "CallStatus": "initiated",
    "From": CALLER,
    "To": OURS,
}


@pytest.mark.parametrize(
    ("sent", "query", "caller_number", "warned"),
    [
        ({}, "", CALLER, ["direction"]),
        ({}, "direction=inbound", CALLER, []),
        ({}, "direction=outbound", OURS, []),
        ({}, "direction=Outgoing", OURS, ["direction"]),
        ({}, "Direction=outbound", OURS, ["direction"]),
        ({"CallStatus": "completed"}, "", CALLER, ["direction"]),
        ({"ShakenStirAttestation": "A"}, "", CALLER, []),
        ({"AnsweredBy": "human"}, "", OURS, []),
        ({"From": "sip:jo@pbx.example"}, "", OURS, []),
        ({"Direction": "outbound"}, "direction=inbound", OURS, []),
        ({"Direction": "sideways"}, "", CALLER, ["direction"]),
        ({"To": "sip:jo@pbx.example"}, "", CALLER, []),
    ],
)
def test_a_callback_without_direction_is_a_callers_unless_something_shows_it(
    platform: Platform, sent: dict[str, str], query: str, caller_number: str, warned: list[str]
) -> None:
    response = _call_back(platform, platform.key, urlencode(TEXML | sent), query)

    assert response.json["caller_number"] == caller_number
    assert [each["param"] for each in response.json.get("warnings", [])] == warned


def test_a_leg_without_direction_needs_no_warning(platform: Platform) -> None:
    response = _call_back(platform, platform.key, urlencode(TEXML | {"ParentCallSid": "v3:a7Qm"}))

    assert (response.status_code, response.json["reason"]) == (202, "leg of call v3:a7Qm")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("query", "campaign_id", "warned"),
    [
        ("campaign_id=c-7", "c-7", []),
        ("campaignId=c-7", "c-7", ["campaign_id"]),
        ("Campaign-ID=c-7", "c-7", ["campaign_id"]),
        ("campaign_id=c-7&campaignid=c-8", "c-7", []),
        ("campaign_id=caf%E9", "café", [None]),
        ("campaign_id=caf%C3%A9", "café", []),
        ("campaign=c-7", None, []),
    ],
)
def test_a_campaign_in_an_address_may_be_misspelled_or_in_latin_1(
    platform: Platform, method: str, query: str, campaign_id: str | None, warned: list[str | None]
) -> None:
    body = urlencode(TWILIO | {"Direction": "inbound"})
    parts = (body, query) if method == "POST" else ("", f"{query}&{body}")

    response = _call_back(platform, platform.key, *parts, method=method)

    assert response.json["campaign_id"] == campaign_id
    assert [each["param"] for each in response.json.get("warnings", [])] == warned


def test_an_address_with_a_campaign_takes_vonages_answer_webhook_by_get(platform: Platform) -> None:
    sent = {
        "from": CALLER.removeprefix("+"),
        "to": OURS.removeprefix("+"),
        "uuid": "5b1ab1c2-55a5-4d0f-8f8e-7f6b1f0a2c12",
        "conversation_uuid": "CON-4a7d2b61-0c3e-4b8f-9a55-1d2e3f405163",
    }
    query = "campaign_id=c-7&direction=inbound&" + urlencode(sent)

    response = _call_back(platform, platform.key, query=query, method="GET")

    assert (response.json["caller_number"], response.json["campaign_id"]) == (CALLER, "c-7")


def test_the_body_wins_over_the_address(platform: Platform) -> None:
    body = urlencode({"call_uuid": CALL, "caller_number": CALLER, "campaign_id": "c-8"})

    response = _call_back(platform, platform.key, body, "campaign_id=c-7&direction=sideways")

    assert response.json["campaign_id"] == "c-8"
    assert [each["param"] for each in response.json["warnings"]] == ["direction"]


def test_a_key_that_may_only_report_gets_no_tags_and_no_numbers_but_its_own(
    service: Service, platform: Platform, key: PostbackKey
) -> None:
    service.post(key, at=NOON - MINUTE, caller_number=CALLER, age="39")
    platform.report(TWILIO_CALL, caller_number=CALLER, campaign_id="secret")
    token = _report_key(platform)

    own = _call_back(platform, token, urlencode(TWILIO))
    others = _call_back(platform, token, urlencode({"call_uuid": TWILIO_CALL}))

    assert (own.json["tags"], own.json["tags_omitted"]) == ({}, True)
    assert own.json["caller_number"] == CALLER
    assert (others.status_code, others.json["caller_number"]) == (200, None)
    assert "39" not in own.text + others.text
    assert "secret" not in own.text + others.text


def test_a_key_with_both_scopes_gets_tags_at_its_callback_address(
    service: Service, platform: Platform, key: PostbackKey
) -> None:
    service.post(key, at=NOON - MINUTE, caller_number=CALLER, age="39")

    response = _call_back(platform, platform.key, urlencode(TWILIO))

    assert response.json["tags"] == {"age": "39"}


@pytest.mark.parametrize(
    ("scope", "method", "path", "status_code"),
    [
        ("report", "PUT", f"/platform/calls/{CALL}", 200),
        ("report", "POST", "/platform/calls", 200),
        ("report", "GET", f"/platform/calls/{CALL}", 403),
        ("report", "GET", f"/platform/callers/{CALLER}", 403),
        ("read", "GET", f"/platform/callers/{CALLER}", 200),
        ("read", "GET", f"/platform/calls/{CALL}", 200),
        ("read", "PUT", f"/platform/calls/{CALL}", 403),
        ("read", "POST", "/platform/calls", 403),
        ("read", "POST", "/platform/callbacks/TOKEN", 403),
    ],
)
def test_a_key_opens_what_its_scopes_say(
    platform: Platform, scope: str, method: str, path: str, status_code: int
) -> None:
    platform.report(CALL)
    key = platform.add_key(scopes=frozenset((scope,)))
    members = None if method == "GET" else {"call_uuid": CALL}

    response = platform.send(method, path.replace("TOKEN", key), members, key=key)

    assert response.status_code == status_code
    if status_code == 403:
        missing = "read" if scope == "report" else "report"
        assert f"scope `{missing}`" in _problem(response)[2]


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("cdw_" + "a" * 52, "unknown"),
        ("something", "not a platform key"),
        ("%20", "not a platform key"),
    ],
)
def test_an_unknown_token_is_refused(platform: Platform, token: str, words: str) -> None:
    status_code, param, message = _problem(_call_back(platform, token, urlencode(TWILIO)))

    assert (status_code, param) == (401, "token")
    assert words in message


def test_a_slash_after_a_token_is_ignored(platform: Platform) -> None:
    route: dict[str, Any] = {
        "routeKey": "ANY /platform/{proxy+}",
        "pathParameters": {"proxy": f"callbacks/{platform.key}/"},
    }

    assert _call_back(platform, platform.key, urlencode(TWILIO), **route).status_code == 200


def test_another_method_at_a_callback_address_is_refused(platform: Platform) -> None:
    response = _call_back(platform, platform.key, method="DELETE")

    assert (response.status_code, response.headers["Allow"]) == (405, "GET, POST")


def test_no_line_has_the_token(service: Service, platform: Platform) -> None:
    token = _report_key(platform)
    paused = platform.add_key(paused=True)
    for sent in (token, paused, "cdw_unknown"):
        _call_back(platform, sent, urlencode(TWILIO))
        _call_back(platform, sent, "CallStatus=over&CallSid=1")
        _call_back(platform, sent, method="DELETE")

    lines = service.log.getvalue()
    assert lines
    assert not [sent for sent in (token, paused, "cdw_unknown") if sent in lines]


def test_a_key_expires(platform: Platform, wall: time_machine.Traveller) -> None:
    key = platform.add_key(expires_at=NOON + MINUTE)

    wall.move_to(NOON + MINUTE - SECOND)
    assert platform.send("PUT", f"/platform/calls/{CALL}", {}, key=key).status_code == 200
    wall.move_to(NOON + MINUTE)
    status_code, param, message = _problem(
        platform.send("PUT", f"/platform/calls/{CALL}", {}, key=key)
    )
    assert (status_code, param) == (403, "Authorization")
    assert "2025-03-10T12:01:00.000Z" in message


def _stored(platform: Platform) -> PlatformKey:
    return platform.store.get(platform_keys.platform_key_id(platform.key))


def test_the_hour_of_a_keys_last_use_is_written_once(
    service: Service, platform: Platform, wall: time_machine.Traveller, wire: Wire
) -> None:
    wall.move_to(NOON + 20 * MINUTE)
    assert _stored(platform).last_used_at is None

    platform.report()
    assert _stored(platform).last_used_at == NOON
    sent = wire.sent(service.platform_api._client)
    wall.move_to(NOON + HOUR - SECOND)
    platform.send("GET", f"/platform/calls/{CALL}")
    assert "UpdateItem" not in sent
    wall.move_to(NOON + HOUR)
    platform.send("GET", f"/platform/calls/{CALL}")
    assert sent.count("UpdateItem") == 1
    assert _stored(platform).last_used_at == NOON + HOUR


def test_a_use_that_cannot_be_noted_fails_no_request(
    service: Service, platform: Platform, wire: Wire, no_pauses: None
) -> None:
    wire.tap(service.platform_api._client, "UpdateItem", failing("InternalServerError"))

    response = platform.send("GET", f"/platform/callers/{CALLER}")

    assert response.status_code == 200
    assert _stored(platform).last_used_at is None
    messages = [line["message"] for line in service.lines()]
    assert "platform key use not noted" in messages


def test_a_deleted_key_does_not_come_back_when_it_is_used(platform: Platform) -> None:
    platform.send("GET", "/platform/callers/12")
    key_id = platform_keys.platform_key_id(platform.key)
    platform.store.delete(key_id)

    platform.store.note_use(key_id, NOON + HOUR)

    assert platform.store.find(platform.key) is None


def test_a_rotated_key_and_its_successor_open_the_same_until_the_overlap_is_over(
    platform: Platform, wall: time_machine.Traveller
) -> None:
    old = _stored(platform)
    credential = platform_keys.credential(b"another")
    platform.store.replace(
        *platform_keys.rotate(old, credential, at=NOON, overlap=timedelta(hours=2))
    )

    for key in (platform.key, credential):
        assert platform.send("PUT", f"/platform/calls/{CALL}", {}, key=key).status_code == 200
    wall.move_to(NOON + 2 * HOUR)
    statuses = [
        platform.send("PUT", f"/platform/calls/{CALL}", {}, key=key).status_code
        for key in (platform.key, credential)
    ]
    assert statuses == [403, 200]
    assert _stored(platform).replaced_by == platform_keys.platform_key_id(credential)


def test_operators_see_a_calls_direction_and_who_reported_it(
    service: Service, platform: Platform
) -> None:
    token = _report_key(platform)
    _call_back(platform, token, urlencode(TWILIO | {"Direction": "outbound-api"}))
    service.start_call(None, call_uuid=TWILIO_CALL)

    call = service.read(f"/calls/{TWILIO_CALL}").json

    assert call["direction"] == "outbound"
    assert call["reported_by"] == ["bus", platform_keys.platform_key_id(token)]
