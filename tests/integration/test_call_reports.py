"""What the platform API reads in a call report, and what it warns of."""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
import time_machine

from tests.integration.events import HOUR, MINUTE, NOON, SECOND
from tests.integration.service import Response, Service
from tests.integration.test_platform_api import CALL, TWILIO_CALL, Platform

CALLER, OURS = "+15165550171", "+15165550100"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def wall() -> Iterator[time_machine.Traveller]:
    """The wall clock, stopped at noon."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def platform(service: Service) -> Platform:
    return Platform(service)


def _warned(response: Response) -> list[str | None]:
    assert response.status_code == 200, response.text
    return [warning["param"] for warning in response.json.get("warnings", [])]


def _messages(response: Response) -> str:
    return " ".join(warning["message"] for warning in response.json.get("warnings", []))


def _put(platform: Platform, members: Mapping[str, Any], call_uuid: str = CALL) -> Response:
    return platform.send("PUT", f"/platform/calls/{quote(call_uuid)}", dict(members))


def test_a_usual_report_has_no_warnings(platform: Platform) -> None:
    response = _put(platform, {"caller_number": CALLER, "started_at": NOON, "agent": "7"})

    assert "warnings" not in response.json
    assert response.json["started_at"] == "2025-03-10T12:00:00.000Z"
    assert response.json["ended_at"] is None


@pytest.mark.parametrize(
    ("sent", "member"),
    [
        ({"callerNumber": CALLER}, "caller_number"),
        ({"Caller-Number": CALLER}, "caller_number"),
        ({"CALLER.NUMBER": CALLER}, "caller_number"),
        ({"caller_number": "", "callernumber": CALLER}, "caller_number"),
    ],
)
def test_a_name_that_nearly_is_a_members_is_read_with_a_warning(
    platform: Platform, sent: Mapping[str, str], member: str
) -> None:
    response = _put(platform, sent)

    assert response.json["caller_number"] == CALLER
    assert _warned(response) == [member]
    assert [*sent][-1] in _messages(response)


@pytest.mark.parametrize("name", ["caller_number", "call_uuid", "parent_call_uuid"])
@pytest.mark.parametrize("is_json", [True, False])
def test_two_callers_or_calls_in_one_report_are_refused(
    platform: Platform, name: str, is_json: bool
) -> None:
    def send(*values: str) -> Response:
        pairs = [(name, value) for value in values]
        rest = [] if name == "call_uuid" else [("call_uuid", "PBX-4471-a")]
        if not is_json:
            return platform.form("/platform/calls", urlencode(pairs + rest))
        members = ", ".join(f"{json.dumps(n)}: {json.dumps(v)}" for n, v in pairs + rest)
        return platform.send("POST", "/platform/calls", body=f"{{{members}}}")

    assert _problem(send("PBX-4471-5550", "PBX-4471-5551")) == (
        422, name, "was sent twice with different values; send it once"
    )  # fmt: skip
    assert send("PBX-4471-5550", "PBX-4471-5550").status_code < 300
    assert send("PBX-4471-5550", "").status_code < 300


@pytest.mark.parametrize(
    ("sent", "campaign_id", "warned"),
    [
        ({"campaign_id": "c-7"}, "c-7", []),
        ({"campaignId": "c-7"}, "c-7", ["campaign_id"]),
        ({"dialed_number": OURS}, None, ["dialed_number"]),
        ({"parentCallUuid": CALL}, None, ["parentCallUuid"]),
        ({"Caller": CALLER, "CallUuid": CALL}, None, []),
    ],
)
def test_our_members_beside_a_phone_systems_are_read_or_warned_of(
    platform: Platform, sent: dict[str, str], campaign_id: str | None, warned: list[str]
) -> None:
    twilio = {"CallSid": TWILIO_CALL, "CallStatus": "ringing", "Direction": "inbound"}

    response = platform.form("/platform/calls", urlencode(twilio | {"From": CALLER} | sent))

    assert response.json["campaign_id"] == campaign_id
    assert _warned(response) == warned


def test_an_end_under_a_name_that_nearly_is_a_members_ends_the_call(
    service: Service, platform: Platform
) -> None:
    _put(platform, {"caller_number": CALLER})
    response = _put(platform, {"endedAt": NOON + MINUTE})

    assert _warned(response) == ["ended_at"]
    assert service.call(CALL).ended_at == NOON + MINUTE


def test_a_members_own_name_wins_over_one_that_nearly_is_it(platform: Platform) -> None:
    response = _put(platform, {"callerNumber": OURS, "caller_number": CALLER})

    assert response.json["caller_number"] == CALLER
    assert _warned(response) == []


@pytest.mark.parametrize(
    ("sent", "warned"),
    [
        ({"customer": CALLER}, ["customer"]),
        ({"calling_party": "(516) 555-0171"}, ["calling_party"]),
        ({"msisdn": 15165550171}, ["msisdn"]),
        ({"customer": CALLER, "dialed_number": OURS}, ["customer"]),
        ({"customer": CALLER, "caller_number": "+15165550172"}, []),
        ({"destination": OURS, "to": OURS, "called_number": OURS}, []),
        ({"queue_id": "5165550171", "start_epoch": "1741608000", "day": "2025-03-10"}, []),
        ({"extension": "5550171"}, []),
        ({"caller_number": "anonymous"}, []),
        ({"caller_number": "266696687"}, []),
        ({"caller_number": "1001"}, []),
        ({"caller_number": "0"}, []),
        ({"caller_number": "*82"}, []),
        ({"caller_number": "+"}, []),
        ({"caller_number": "Unknown Caller"}, []),
        ({"caller_number": None}, []),
        ({"caller_number": "the front desk"}, ["caller_number"]),
        ({"caller_number": "{{from}}"}, ["caller_number"]),
        ({"caller_number": [CALLER]}, ["caller_number"]),
        ({"caller_number": {"number": CALLER}}, ["caller_number"]),
        ({"caller_number": True}, ["caller_number"]),
        (
            {"caller_number": OURS, "dialed_number": ["x"], "direction": "outbound"},
            ["dialed_number"],
        ),
        ({"caller_number": CALLER, "ParentCallSid": TWILIO_CALL}, ["ParentCallSid"]),
        ({"caller_number": CALLER, "parentCallId": TWILIO_CALL}, ["parentCallId"]),
        ({"caller_number": "5165550171 or 5165550172"}, ["caller_number"]),
    ],
)
def test_a_caller_that_may_have_been_missed_is_warned_of(
    platform: Platform, sent: Mapping[str, Any], warned: list[str]
) -> None:
    assert _warned(_put(platform, sent)) == warned


def test_our_own_number_in_another_form_is_no_missed_caller(platform: Platform) -> None:
    body = {
        "CallUUID": "0f3c2b1a-7788-4a3b-9c0d-5e6f70819203",
        "CallStatus": "ringing",
        "Direction": "outbound",
        "From": OURS.removeprefix("+"),
        "To": "sip:jo20@phone.example",
    }

    assert _warned(platform.form("/platform/calls", urlencode(body))) == []


def test_a_phone_systems_caller_under_another_name_is_warned_of(platform: Platform) -> None:
    body = f"CallSid={TWILIO_CALL}&CallFrom=05165550171&CallTo=5165550100&CallStatus=ringing"

    response = platform.form("/platform/calls", body)

    assert _warned(response) == ["CallFrom"]
    assert response.json["caller_number"] is None


@pytest.mark.parametrize(
    ("sent", "warned"),
    [
        ({"status": "completed"}, ["status"]),
        ({"call_status": "No-Answer"}, ["call_status"]),
        ({"status": "completed", "ended_at": NOON}, []),
        ({"status": "ringing"}, []),
        ({"outcome": "completed"}, []),
    ],
)
def test_a_status_does_not_end_a_call_and_is_warned_of(
    service: Service, platform: Platform, sent: Mapping[str, Any], warned: list[str]
) -> None:
    response = _put(platform, {"caller_number": CALLER} | dict(sent))

    assert _warned(response) == warned
    assert (service.call(CALL).ended_at is None) == ("ended_at" not in sent)


@pytest.mark.parametrize(
    ("sent", "warned", "started_at", "ended_at"),
    [
        ({"started_at": NOON + 5 * MINUTE}, [], NOON + 5 * MINUTE, None),
        ({"started_at": NOON + 10 * HOUR}, ["started_at"], NOON, None),
        ({"ended_at": NOON + 10 * HOUR}, ["ended_at"], NOON, NOON),
        (
            {"started_at": NOON - HOUR, "ended_at": NOON - 6 * HOUR},
            ["ended_at"],
            NOON - HOUR,
            NOON,
        ),
    ],
)
def test_a_wrong_time_never_loses_a_call(
    service: Service,
    platform: Platform,
    sent: Mapping[str, Any],
    warned: list[str],
    started_at: Any,
    ended_at: Any,
) -> None:
    response = _put(platform, {"caller_number": CALLER} | dict(sent))

    assert _warned(response) == warned
    call = service.call(CALL)
    assert (call.started_at, call.ended_at) == (started_at, ended_at)


@pytest.mark.parametrize(
    ("call_uuid", "others"),
    [("1741604400.31", {}), (CALL, {"uniqueid": "1741604400.31"})],
)
def test_an_asterisk_id_shows_the_offset_of_local_times(
    service: Service, platform: Platform, call_uuid: str, others: Mapping[str, str]
) -> None:
    local = {"started_at": "2025-03-10 07:00:00", "ended_at": "2025-03-10 07:10:00"}

    response = _put(platform, {"caller_number": CALLER} | local | dict(others), call_uuid)

    assert _warned(response) == ["started_at", "ended_at"]
    assert "-04:00" in _messages(response)
    call = service.call(call_uuid)
    assert (call.started_at, call.ended_at) == (NOON - HOUR, NOON - 50 * MINUTE)


@pytest.mark.parametrize(
    ("direction", "caller_number", "dialed_number", "warned"),
    [
        (None, CALLER, OURS, []),
        ("inbound", CALLER, OURS, []),
        ("Outbound", OURS, CALLER, []),
        ("outgoing", OURS, CALLER, ["direction"]),
        ("north", CALLER, OURS, ["direction"]),
    ],
)
def test_the_caller_is_the_person_outside(
    platform: Platform,
    direction: str | None,
    caller_number: str,
    dialed_number: str,
    warned: list[str],
) -> None:
    numbers = {"caller_number": CALLER, "dialed_number": OURS, "direction": direction}

    response = _put(platform, numbers)

    assert response.json["caller_number"] == caller_number
    assert response.json["dialed_number"] == dialed_number
    assert _warned(response) == warned


def test_the_only_number_of_an_outbound_call_is_the_callers(platform: Platform) -> None:
    response = _put(platform, {"caller_number": CALLER, "direction": "outbound"})

    assert response.json["caller_number"] == CALLER
    assert _warned(response) == ["caller_number"]


@pytest.mark.parametrize(
    "caller_number",
    [
        f"client:{CALLER}",
        f"{CALLER};verstat=TN-Validation-Passed",
        f"<sip:{CALLER}@ims.example;user=phone>, <tel:{CALLER}>",
    ],
)
def test_a_caller_in_the_forms_of_phone_systems_is_read(
    platform: Platform, caller_number: str
) -> None:
    assert _put(platform, {"caller_number": caller_number}).json["caller_number"] == CALLER


def test_a_leg_is_ignored_and_is_no_call(platform: Platform) -> None:
    leg = "1c0ffee0-4835-493b-860c-aed9b7af2a4a"

    response = _put(platform, {"caller_number": CALLER, "parent_call_uuid": CALL}, leg)

    assert response.status_code == 202
    assert response.json == {
        "status": "ignored",
        "reason": f"leg of call {CALL}",
        "call_uuid": leg,
    }
    assert platform.send("GET", f"/platform/calls/{leg}").status_code == 404


def test_a_call_that_is_its_own_parent_is_no_leg(platform: Platform) -> None:
    sent = {"caller_number": CALLER, "parent_call_uuid": CALL.upper()}

    assert _put(platform, sent).json["caller_number"] == CALLER


def _problem(response: Response) -> tuple[int, str | None, str]:
    (problem,) = response.json["errors"]
    return response.status_code, problem["param"], problem["message"]


@pytest.mark.parametrize(
    ("members", "param", "words"),
    [
        ({"callId": "c-1234567", "caller_number": CALLER}, "call_uuid", "callId was sent"),
        ({"uniqueid": "1741604400.31"}, "call_uuid", "uniqueid was sent"),
        ({"AccountSid": "AC1", "CallStatus": "ringing", "From": CALLER}, "CallSid", "required"),
        ({"eventType": "initiate", "callUrl": "x", "from": CALLER}, "callId", "required"),
        ({"participantId": "p", "mediaType": "VOICE", "ani": CALLER}, "conversationId", "required"),
        (
            {"CallSid": TWILIO_CALL, "CallStatus": "ringing", "Timestamp": "soon"},
            "Timestamp",
            "must be a time",
        ),
    ],
)
def test_an_error_names_the_member_that_was_sent(
    platform: Platform, members: Mapping[str, Any], param: str, words: str
) -> None:
    status_code, named, message = _problem(platform.send("POST", "/platform/calls", dict(members)))

    assert (status_code, named) == (422, param)
    assert words in message


BOUNDARY = "x7Qm"


def _parts(*lines: str) -> str:
    """Return a multipart form of the fields, and a file."""
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data"
    file = f'{head}; name="f"; filename="a.wav"\r\n\r\n\x01\r\n'
    fields = "".join(
        f'{head}; name="{name}"\r\n\r\n{value}\r\n'
        for name, _, value in (line.partition("=") for line in lines)
    )
    return f"{file}{fields}--{BOUNDARY}--\r\n"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (f"call_uuid={CALL}&caller_number=%2B15165550171", "text/plain;charset=UTF-8"),
        (f"call_uuid={CALL}&caller_number=%2B15165550171", ""),
        (_parts(f"call_uuid={CALL}", f"caller_number={CALLER}"),
         f"multipart/form-data; boundary={BOUNDARY}"),
        (_parts(f"call_uuid={CALL}", f"caller_number={CALLER}"), "multipart/form-data"),
        (_parts(f"call_uuid={CALL}", f"caller_number={CALLER}").replace("\r", ""),
         f'Multipart/Form-Data; boundary="{BOUNDARY}"'),
    ],
)  # fmt: skip
def test_a_form_is_read_in_every_form_that_clients_send(
    platform: Platform, body: str, content_type: str
) -> None:
    response = platform.form("/platform/calls", body, **{"content-type": content_type})

    assert (response.json["call_uuid"], response.json["caller_number"]) == (CALL, CALLER)


@pytest.mark.parametrize(
    ("body", "content_type", "status_code"),
    [
        ("the caller hung up", "text/plain", 415),
        ("a = b, c = d", "text/plain", 415),
        ("--y\r\nno headers", f"multipart/form-data; boundary={BOUNDARY}", 400),
        ("", f"multipart/form-data; boundary={BOUNDARY}", 422),
        (_parts("caller_number=" + CALLER), f"multipart/form-data; boundary={BOUNDARY}", 422),
    ],
)
def test_what_is_no_form_is_refused(
    platform: Platform, body: str, content_type: str, status_code: int
) -> None:
    response = platform.form("/platform/calls", body, **{"content-type": content_type})

    assert response.status_code == status_code


def test_a_phone_systems_event_that_says_nothing_of_a_call_is_ignored(platform: Platform) -> None:
    body = {"CallSid": TWILIO_CALL, "AccountSid": "AC1", "RecordingStatus": "completed"}

    response = platform.send("POST", "/platform/calls", body)

    assert (response.status_code, response.json["status"]) == (202, "ignored")
    assert response.json["call_uuid"] == TWILIO_CALL
    assert platform.send("GET", f"/platform/calls/{TWILIO_CALL}").status_code == 404


@pytest.mark.parametrize("more", [{}, {"eventType": "START"}, {"dnis": "+18005550100"}])
def test_a_chat_with_a_number_under_a_phone_systems_name_is_ignored(
    platform: Platform, more: Mapping[str, Any]
) -> None:
    conversation = str(uuid4())
    body = {
        "conversationId": conversation,
        "participantId": str(uuid4()),
        "mediaType": "CHAT",
        "direction": "INBOUND",
        "ani": CALLER,
    }

    response = platform.send("POST", "/platform/calls", {**body, **more})

    assert (response.status_code, response.json["status"]) == (202, "ignored")
    assert response.json["call_uuid"] == conversation


def test_a_length_that_is_no_number_is_warned_of(service: Service, platform: Platform) -> None:
    ended = f"CallSid={TWILIO_CALL}&CallStatus=completed&From=%2B{CALLER[1:]}"

    response = platform.form("/platform/calls", f"{ended}&CallDuration=long")

    assert _warned(response) == ["CallDuration"]
    assert service.call(TWILIO_CALL).ended_at == NOON


def test_our_own_members_make_a_report_plain(platform: Platform) -> None:
    response = _put(platform, {"caller_number": CALLER, "call_sid": "of the agent's phone"})

    assert response.json["caller_number"] == CALLER


def _record(**variables: str) -> dict[str, Any]:
    times = {"start_epoch": f"{NOON.timestamp() - 60:.0f}", "end_epoch": f"{NOON.timestamp():.0f}"}
    return {
        "core-uuid": "0c0ffee0-0000-4000-8000-000000000001",
        "variables": {"uuid": CALL, "direction": "inbound"} | times | variables,
        "callflow": [
            {"caller_profile": {"caller_id_number": CALLER, "destination_number": OURS}},
        ],
    }


_XML = (
    "<?xml version='1.0'?><cdr core-uuid='1'><variables><uuid>{uuid}</uuid>"
    "<direction>inbound</direction><end_epoch>1741608000</end_epoch></variables><callflow>"
    "<caller_profile><caller_id_number>{caller}</caller_id_number></caller_profile></callflow></cdr>"
)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", json.dumps(_record())),
        (FORM, "cdr=" + quote(json.dumps(_record()))),
        ("text/xml", _XML.format(uuid=CALL, caller=CALLER)),
        (FORM, "cdr=" + quote(json.dumps(_record(note="x" * 50_000)))),
    ],
)
def test_a_record_of_freeswitch_is_a_whole_call(
    service: Service, platform: Platform, content_type: str, body: str
) -> None:
    headers = {"content-type": content_type}

    response = platform.send("POST", "/platform/calls", body=body, headers=headers)

    assert response.status_code == 200, response.text
    assert response.json["caller_number"] == CALLER
    assert service.call(CALL).ended_at == NOON


@pytest.mark.parametrize(
    "body",
    [
        f"caller_number=%2B{CALLER[1:]}&caller_name=Zo%EB".encode(),
        f"caller_number=%2B{CALLER[1:]}&caller_name=Zoë".encode("latin-1"),
    ],
)
def test_a_body_in_latin_1_is_read_with_a_warning(platform: Platform, body: bytes) -> None:
    response = platform.send(
        "PUT",
        f"/platform/calls/{CALL}",
        body=base64.b64encode(body).decode(),
        isBase64Encoded=True,
        headers={"content-type": FORM},
    )

    assert response.json["caller_number"] == CALLER
    assert _warned(response) == [None]


@pytest.mark.parametrize("path", [f"/platform/calls/{CALL}/", f"/platform/calls/{CALL}//"])
def test_a_slash_at_the_end_of_the_path_is_ignored(platform: Platform, path: str) -> None:
    assert platform.send("PUT", path, {"caller_number": CALLER}).json["call_uuid"] == CALL
    assert platform.send("GET", path).json["caller_number"] == CALLER


def test_a_slash_after_calls_or_a_number_is_ignored(platform: Platform) -> None:
    reported = platform.send("POST", "/platform/calls/", {"call_uuid": CALL})
    read = platform.send(
        "GET",
        "/platform/callers/x",
        routeKey="ANY /platform/{proxy+}",
        pathParameters={"proxy": f"callers/{CALLER}/"},
    )

    assert reported.json["call_uuid"] == CALL
    assert read.json["caller_number"] == CALLER


def test_an_id_may_have_brackets(platform: Platform) -> None:
    call_uuid = "8438af@[2001:db8::7]"

    assert _put(platform, {}, call_uuid).json["call_uuid"] == call_uuid


def test_a_length_is_counted_back_from_the_end(service: Service, platform: Platform) -> None:
    body = (
        f"CallSid={TWILIO_CALL}&CallStatus=completed&From=%2B{CALLER[1:]}&CallDuration=90"
        "&Timestamp=Mon%2C+10+Mar+2025+11%3A59%3A30+%2B0000"
    )
    platform.form("/platform/calls", body)

    call = service.call(TWILIO_CALL)
    assert call.ended_at == NOON - 30 * SECOND
    assert call.started_at == NOON - timedelta(minutes=2)


@pytest.mark.parametrize(
    ("before", "caller_number"),
    [
        ([], CALLER),
        ([("started", "inbound")], CALLER),
        # The events before the answer have the direction of a call that the platform makes.
        ([("started", "outbound"), ("answered", "outbound")], OURS),
    ],
)
def test_vonages_answer_webhook_gets_the_tags_of_the_person_outside(
    service: Service, platform: Platform, before: list[tuple[str, str]], caller_number: str
) -> None:
    key = service.add_key()
    service.post(key, caller_number=caller_number, zip="11501")
    answer = {
        "from": CALLER.removeprefix("+"),
        "to": OURS.removeprefix("+"),
        "uuid": "5b1ab1c2-55a5-4d0f-8f8e-7f6b1f0a2c11",
        "conversation_uuid": "CON-4a7d2b61-0c3e-4b8f-9a55-1d2e3f405162",
    }
    for status, direction in before:
        platform.send(
            "POST", "/platform/calls", answer | {"status": status, "direction": direction}
        )

    response = platform.send("POST", "/platform/calls", answer)

    assert response.json["caller_number"] == caller_number
    assert response.json["tags"] == {"zip": "11501"}
