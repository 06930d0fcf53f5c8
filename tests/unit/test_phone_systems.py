"""What the webhooks of phone systems are read as. Whose legs are whose is decided by the stores."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest

from shared.domain.call_reports import CallReport, Direction, Ignored
from shared.phone_systems import freeswitch, recognition

CALLER, OURS, AGENT = "+15165550171", "+15165550100", "+15165550190"


def _read(members: Mapping[str, Any]) -> CallReport:
    report = recognition.read(members)
    assert isinstance(report, CallReport), report
    return report


def _person(report: CallReport) -> object:
    is_outbound = report.direction is Direction.OUTBOUND
    return report.dialed_number if is_outbound else report.caller_number


def _twilio(**members: str) -> dict[str, str]:
    usual = {
        "CallSid": "CA" + "7" * 32,
        "AccountSid": "AC" + "1" * 32,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "From": CALLER,
        "To": OURS,
    }
    return usual | members


def _telnyx(event_type: str, **payload: Any) -> dict[str, Any]:
    usual = {
        "call_session_id": "5d1f0c1e-1111-1a83-a9d5-3575300000aa",
        "call_leg_id": "5d1f0c1e-2222-1a83-a9d5-3575300000bb",
        "call_control_id": "v3:abc",
        "from": CALLER,
        "to": OURS,
    }
    envelope = {"event_type": event_type, "occurred_at": "2026-03-02T10:00:05.5Z"}
    return {"data": envelope | {"payload": usual | payload}, "meta": {"attempt": 1}}


def _vonage(status: str | None, **members: Any) -> dict[str, Any]:
    usual = {
        "from": CALLER.removeprefix("+"),
        "to": OURS.removeprefix("+"),
        "uuid": "aa11bb22cc33dd44ee55ff6600112233",
        "conversation_uuid": "CON-0a0b0c0d-1111-4222-8333-444455556666",
        "direction": "inbound",
        "timestamp": "2026-03-02T10:00:00.000Z",
    }
    return usual | ({"status": status} if status else {}) | members


ANSWER = {
    name: value
    for name, value in _vonage(None, region_url="https://api-us-1.example.com").items()
    if name not in ("direction", "timestamp")
}
"""What Vonage sends to ask what to do with a call."""


def _plivo(**members: str) -> dict[str, str]:
    usual = {
        "CallUUID": "11112222-3333-4444-8555-666677778888",
        "ALegUUID": "11112222-3333-4444-8555-666677778888",
        "CallStatus": "ringing",
        "Direction": "inbound",
        "Event": "StartApp",
        "From": CALLER.removeprefix("+"),
        "To": OURS.removeprefix("+"),
    }
    return usual | members


def _bandwidth(event_type: str, **members: Any) -> dict[str, Any]:
    usual = {
        "eventType": event_type,
        "eventTime": "2026-03-02T10:00:09.000Z",
        "callId": "c-0a0b-1111",
        "direction": "inbound",
        "from": CALLER,
        "to": OURS,
        "startTime": "2026-03-02T10:00:00.000Z",
    }
    return usual | members


def _jambonz(status: str, **members: Any) -> dict[str, Any]:
    usual = {
        "call_sid": "9b2c3d4e-1111-4222-8333-444455556666",
        "direction": "inbound",
        "from": CALLER,
        "to": OURS,
        "call_status": status,
        "call_id": "sip-call-id",
    }
    return usual | members


def _contact(event_type: str, method: str = "INBOUND", **members: Any) -> dict[str, Any]:
    usual = {
        "eventType": event_type,
        "contactId": "0a0a0a0a-1111-4222-8333-444455556666",
        "channel": "VOICE",
        "initiationMethod": method,
        "initiationTimestamp": "2026-03-02T10:00:00.000Z",
        "tags": {"aws:connect:systemEndpoint": OURS},
    }
    return usual | members


def _genesys(topic: str, **members: Any) -> dict[str, Any]:
    usual = {
        "eventTime": 1772445600123,
        "conversationId": "7c7c7c7c-1111-4222-8333-444455556666",
        "participantId": "7c7c7c7c-9999-4222-8333-444455556666",
        "mediaType": "VOICE",
        "direction": "INBOUND",
        "ani": f"tel:{CALLER}",
        "dnis": f"tel:{OURS}",
    }
    name = f"v2.detail.events.conversation.7c7c7c7c-1111-4222-8333-444455556666.{topic}"
    return {"topicName": name, "version": "2", "eventBody": usual | members}


def _cdr(**variables: Any) -> dict[str, Any]:
    usual = {
        "uuid": "eaea0000-1111-4222-8333-444455556666",
        "direction": "inbound",
        "sip_from_user": quote(CALLER, safe=""),
        "start_stamp": "2026-03-02%2015%3A30%3A00",
        "start_epoch": "1772445600",
        "start_uepoch": "1772445600250000",
        "answer_epoch": "0",
        "end_epoch": "1772445660",
        "end_uepoch": "0",
    }
    profile = {"caller_id_number": CALLER, "destination_number": OURS.removeprefix("+")}
    return {
        "core-uuid": "c0c0c0c0-1111-4222-8333-444455556666",
        "variables": usual | variables,
        "callflow": [
            {"profile_index": "2", "caller_profile": profile | {"destination_number": "1003"}},
            {"profile_index": "1", "caller_profile": profile},
        ],
    }


STARTS: list[tuple[str, Mapping[str, Any]]] = [
    ("twilio, ringing", _twilio()),
    ("twilio, another spelling of the direction", _twilio(Direction="incoming")),
    ("twilio, a dialed leg that was not answered", _twilio(DialCallStatus="no-answer")),
    ("twilio, a trunk from the phone network", _twilio(Direction="trunking_originating")),
    ("twilio, a SIP call with a number", _twilio(From=f"sip:{CALLER}@192.0.2.7:5060")),
    ("cXML, its own ID", _twilio(CallSid="0a1b2c3d-1111-4222-8333-444455556666")),
    ("TeXML", _twilio(CallSidLegacy="v3:a", CallSid="v3:a", Direction="")),
    ("swml", {"call": {"call_id": "a1" * 16, "direction": "inbound", "from": CALLER, "to": OURS}}),
    ("telnyx", _telnyx("call.initiated", direction="incoming")),
    ("telnyx, version 1", _telnyx("call_initiated", direction="incoming")["data"]),
    ("vonage, started", _vonage("started")),
    ("vonage, answered, with empty times", _vonage("answered", start_time="", rate="")),
    ("vonage, the answer webhook", ANSWER),
    ("vonage, the answer webhook of a SIP caller", ANSWER | {"SipHeader_X-Team": "7"}),
    ("plivo", _plivo()),
    ("bandwidth, initiate", _bandwidth("initiate")),
    ("bandwidth, during the call", _bandwidth("gather", digits="1")),
    ("bandwidth, after a transfer", _bandwidth("transferComplete", cause="hangup")),
    ("jambonz", _jambonz("trying", sip_status=100)),
    ("jambonz, early media", _jambonz("early-media")),
    ("genesys", _genesys("customer.start")),
    (
        "connect, a flow",
        {
            "Name": "ContactFlowEvent",
            "Details": {
                "ContactData": {
                    "ContactId": "0a0a0a0a-1111-4222-8333-444455556666",
                    "Channel": "VOICE",
                    "InitiationMethod": "INBOUND",
                    "CustomerEndpoint": {"Address": CALLER, "Type": "TELEPHONE_NUMBER"},
                    "SystemEndpoint": {"Address": OURS, "Type": "TELEPHONE_NUMBER"},
                }
            },
        },
    ),
]


@pytest.mark.parametrize("members", [b for _, b in STARTS], ids=[name for name, _ in STARTS])
def test_an_inbound_call_in_progress_is_the_calling_sides(members: Mapping[str, Any]) -> None:
    report = _read(members)

    assert _person(report) == CALLER
    assert report.call_uuid
    assert report.parent_call_uuid is None
    assert not report.has_ended


ENDS: list[tuple[str, Mapping[str, Any]]] = [
    *(("twilio", _twilio(CallStatus=s)) for s in ("completed", "busy", "no-answer", "canceled")),
    ("telnyx", _telnyx("call.hangup", end_time="2026-03-02T10:01:00Z")),
    *(("vonage", _vonage(s)) for s in ("completed", "cancelled", "timeout", "unanswered")),
    *(("plivo", _plivo(CallStatus=s, Event="Hangup")) for s in ("completed", "timeout", "cancel")),
    ("bandwidth", _bandwidth("disconnect", cause="busy", endTime="2026-03-02T10:01:00Z")),
    *(("jambonz", _jambonz(s)) for s in ("completed", "failed", "busy", "no-answer")),
    ("connect", _contact("DISCONNECTED", disconnectTimestamp="2026-03-02T10:01:00Z")),
    ("connect, after the agent's work", _contact("COMPLETED")),
    ("genesys", _genesys("customer.end", disconnectType="PEER")),
    ("freeswitch", _cdr()),
]


@pytest.mark.parametrize("members", [b for _, b in ENDS], ids=[name for name, _ in ENDS])
def test_every_way_a_call_ends_is_an_end(members: Mapping[str, Any]) -> None:
    assert _read(members).has_ended


@pytest.mark.parametrize(
    "members",
    [
        _twilio(Direction="outbound-api", From=OURS, To=CALLER),
        _twilio(Direction="trunking-terminating", From=OURS, To=CALLER),
        _twilio(From="client:alice", To=CALLER),
        _twilio(From="sip:1004@pbx.example", To=f"sip:{CALLER}@pbx.example"),
        _telnyx("call.initiated", direction="outgoing", **{"from": OURS, "to": CALLER}),
        _telnyx("call.initiated", direction="incoming", **{"from": "gencredAb1x", "to": CALLER}),
        _vonage("started", direction="outbound", **{"from": OURS[1:], "to": CALLER[1:]}),
        _plivo(Direction="outbound", From=OURS[1:], To=CALLER[1:]),
        _bandwidth("answer", direction="outbound", **{"from": OURS, "to": CALLER}),
        _jambonz("ringing", direction="outbound", **{"from": OURS, "to": {"number": CALLER}}),
        _genesys("customer.start", direction="OUTBOUND", ani=OURS, dnis=CALLER),
    ],
    ids=lambda members: str(recognition.system_of(members)),
)
def test_of_an_outbound_call_the_person_is_the_called_side(members: Mapping[str, Any]) -> None:
    assert _person(_read(members)) == CALLER


STARTS_BY_CALLING_SIDE: dict[str, Callable[[str], Mapping[str, Any]]] = {
    "twilio": lambda calling: _twilio(From=calling),
    "telnyx": lambda calling: _telnyx("call.initiated", direction="incoming", **{"from": calling}),
    "vonage": lambda calling: _vonage("started", **{"from": calling}),
    "plivo": lambda calling: _plivo(From=calling),
    "bandwidth": lambda calling: _bandwidth("initiate", **{"from": calling}),
    "jambonz": lambda calling: _jambonz("ringing", **{"from": calling}),
    "genesys": lambda calling: _genesys("customer.start", ani=calling),
}
INVALID_CALLER_IDS = (
    "311", "+311", "7788", "+", "00000", "*82", "0", "#31#", "tel:311", "No Caller ID", "null",
    "sip:0@192.0.2.7", "sip:+311@carrier.example", "\"Unknown Caller\" <sip:unknown@192.0.2.7>",
    "N/A",
)  # fmt: skip


@pytest.mark.parametrize("calling", ["gencredAb1x", "2lines"])
@pytest.mark.parametrize(
    ("system", "direction"),
    [
        ("telnyx", Direction.OUTBOUND),
        ("jambonz", Direction.OUTBOUND),
        ("twilio", Direction.INBOUND),
        ("vonage", Direction.INBOUND),
        ("plivo", Direction.INBOUND),
        ("bandwidth", Direction.INBOUND),
        ("genesys", Direction.INBOUND),
    ],
)
def test_a_bare_name_is_a_sip_user_only_where_the_system_writes_them_so(
    system: str, direction: Direction, calling: str
) -> None:
    report = _read(STARTS_BY_CALLING_SIDE[system](calling))

    assert (report.direction, report.caller_number) == (direction, None)


@pytest.mark.parametrize("calling", INVALID_CALLER_IDS)
@pytest.mark.parametrize("system", STARTS_BY_CALLING_SIDE)
def test_an_invalid_caller_id_is_an_unknown_caller_and_never_our_own_number(
    system: str, calling: str
) -> None:
    report = _read(STARTS_BY_CALLING_SIDE[system](calling))

    assert report.direction is Direction.INBOUND
    assert report.caller_number is None
    assert str(report.dialed_number).endswith(OURS.removeprefix("+"))


@pytest.mark.parametrize(
    "calling",
    ["client:alice", "client:1004", "client:Anonymous", "sip:1004@pbx.example",
     "sips:jo.doe@pbx.example", '"Jo" <sip:12@pbx.example>', "jo_doe@pbx.example"],
)  # fmt: skip
@pytest.mark.parametrize("system", STARTS_BY_CALLING_SIDE)
def test_a_browser_or_sip_user_that_calls_a_number_calls_out(system: str, calling: str) -> None:
    report = _read(STARTS_BY_CALLING_SIDE[system](calling))

    assert report.direction is Direction.OUTBOUND
    assert str(_person(report)).endswith(OURS.removeprefix("+"))


@pytest.mark.parametrize(
    "members",
    [
        _twilio(From="+266696687"),
        _twilio(From="anonymous"),
        _twilio(From="client:Anonymous", To=""),
        _twilio(Direction="outbound-api", From=OURS, To="client:alice"),
        _twilio(Direction="outbound-api", From=OURS, To="sip:1003@pbx.example"),
        _telnyx("call.initiated", direction="incoming", **{"from": "anonymous"}),
        _bandwidth("initiate", **{"from": "Restricted"}),
        _plivo(Direction="outbound", From=OURS[1:], To="sip:agent7@phone.example"),
        _contact("INITIATED"),
        _contact("CONNECTED_TO_AGENT", method="OUTBOUND"),
    ],
)
def test_without_a_phone_number_of_the_person_the_caller_is_unknown(
    members: Mapping[str, Any],
) -> None:
    assert _person(_read(members)) is None


@pytest.mark.parametrize(
    ("members", "parent"),
    [
        (_twilio(ParentCallSid="CA9", Direction="outbound-dial", To=AGENT), "CA9"),
        (_twilio(ParentCallSid="CA9", CallStatus="completed"), "CA9"),
        (_twilio(CallSid="v3:b", CallSidLegacy="v3:b", ParentCallSid="v3:a"), "v3:a"),
        (_plivo(ALegUUID="99999999-3333-4444-8555-666677778888"),
         "99999999-3333-4444-8555-666677778888"),
        (_bandwidth("transferAnswer", parentCallId="c-9", direction="outbound"), "c-9"),
        (_bandwidth("transferDisconnect", parentCallId="c-9"), "c-9"),
        (_bandwidth("recordingAvailable", parentCallId="c-9"), "c-9"),
        (_jambonz("in-progress", parent_call_sid="9b2c-parent"), "9b2c-parent"),
        (_cdr(originating_leg_uuid="eaea-parent", direction="outbound"), "eaea-parent"),
        (
            {
                "event_type": "calling.call.state",
                "timestamp": 1772445600.5,
                "params": {
                    "call_id": "b1b1",
                    "call_state": "answered",
                    "direction": "outbound",
                    "parent": {"call_id": "a1a1"},
                    "device": {"params": {"from_number": CALLER, "to_number": AGENT}},
                },
            },
            "a1a1",
        ),
    ],
)  # fmt: skip
def test_a_leg_names_its_parent(members: Mapping[str, Any], parent: str) -> None:
    assert _read(members).parent_call_uuid == parent


@pytest.mark.parametrize(
    "members",
    [
        {"CallSid": "CA1", "ConferenceSid": "CF1", "StatusCallbackEvent": "participant-join"},
        {"CallSid": "CA1", "RecordingSid": "RE1", "RecordingStatus": "completed"},
        {"CallSid": "v3:a", "CallSidLegacy": "v3:a", "From": CALLER, "ConferenceSid": "c1"},
        _twilio(Direction="outbound-dial"),
        _telnyx("call.speak.ended", status="completed"),
        _telnyx("call.recording.saved", start_time="2026-03-02T10:00:00Z"),
        _telnyx("call.machine.detection.ended", result="human"),
        {"event_type": "calling.call.connect", "params": {"call_id": "a1a1"}},
        {
            "event_type": "calling.call.state",
            "params": {"call_id": "b1b1", "call_state": "ended", "direction": "outbound"},
        },
        {"AccountSid": "AC1", "ConferenceSid": "CF1", "StatusCallbackEvent": "conference-end"},
        {"AccountSid": "AC1", "ConferenceSid": "CF1", "RecordingSid": "RE1"},
        {"AccountSid": "AC1", "MessageSid": "SM1", "From": CALLER, "To": OURS, "Body": "hello"},
        _vonage(None, dtmf="1"),
        _vonage(None, reason="Syntax error in NCCO"),
        ANSWER | {"dtmf": {"digits": "5"}},
        ANSWER | {"speech": {"results": []}},
        ANSWER | {"recording_url": "https://api.example.com/r"},
        {**ANSWER, "to": ""},
        _vonage("disconnected"),
        _vonage("human", call_uuid="aa11bb22cc33dd44ee55ff6600112233"),
        {"type": "transfer", "conversation_uuid_from": "CON-1", "conversation_uuid_to": "CON-2"},
        {"type": "transfer", "conversation_uuid_from": "CON-1", "uuid": "aa11bb22"},
        _plivo(Event="DialHangup", DialBLegUUID="", DialALegUUID="1"),
        _plivo(Event="Record"),
        {"Event": "DialAnswer", "DialAction": "answer", "DialBLegHangupCause": ""},
        {"eventType": "conferenceMemberJoin", "conferenceId": "conf-1", "callId": "c-1"},
        _bandwidth("recordingAvailable", endTime="2026-03-02T10:01:00Z"),
        {"call_sid": "9b2c", "digits": "1"},
        _contact("CONTACT_DATA_UPDATED", channel="CHAT"),
        _contact("INITIATED", method="MONITOR"),
        _contact("INITIATED", channel="TASK"),
        _contact("PAUSED"),
        _genesys("user.end"),
        _genesys("customer.start", mediaType="MESSAGE"),
        _genesys("")["eventBody"] | {"mediaType": "CHAT"},
        _genesys("")["eventBody"] | {"mediaType": "CHAT", "conversationId": None},
        {"participantId": "p-1", "mediaType": "CALLBACK", "ani": "5882300"},
        _genesys("")["eventBody"] | {"mediaType": "CHAT", "eventType": "START"},
        {"participantId": "p-1", "mediaType": "CALLBACK", "disconnectType": "CLIENT"},
    ],
    ids=lambda members: str(recognition.system_of(members)),
)
def test_what_says_nothing_of_a_start_or_end_is_ignored_with_a_reason(
    members: Mapping[str, Any],
) -> None:
    report = recognition.read(members)

    assert isinstance(report, Ignored)
    assert report.reason


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"call_uuid": "abc-123", "caller_number": CALLER},
        {"call_uuid": "abc-123", "CallSid": "CA1", "CallStatus": "ringing"},
        {"call_uuid": "abc-123", "conversation_uuid": "x", "caller_number": CALLER},
        {"uniqueid": "1772445600.12", "caller_number": CALLER},
        {"data": {"a": 1}, "call": "no", "variables": {"a": 1}, "eventType": "x"},
    ],
)
def test_our_own_members_are_a_plain_report(members: Mapping[str, Any]) -> None:
    assert recognition.read(members) is None


@pytest.mark.parametrize(
    ("members", "direction", "leg"),
    [
        (_telnyx("call.answered"), None, "5d1f0c1e-2222-1a83-a9d5-3575300000bb"),
        (_telnyx("call.hangup"), None, "5d1f0c1e-2222-1a83-a9d5-3575300000bb"),
        (_vonage("completed", direction=None), None, "aa11bb22cc33dd44ee55ff6600112233"),
        (_vonage("started"), Direction.INBOUND, "aa11bb22cc33dd44ee55ff6600112233"),
        (_genesys("customer.end"), Direction.INBOUND, "7c7c7c7c-9999-4222-8333-444455556666"),
        (_contact("QUEUED"), Direction.INBOUND, "0a0a0a0a-1111-4222-8333-444455556666"),
    ],
)
def test_legs_that_share_the_calls_id_have_their_own(
    members: Mapping[str, Any], direction: Direction | None, leg: str
) -> None:
    report = _read(members)

    assert (report.direction, report.leg_id) == (direction, leg)
    assert report.call_uuid != report.leg_id or recognition.system_of(members) == "amazon_connect"


def test_a_transferred_contact_continues_the_first_ones_call() -> None:
    report = _read(
        _contact("INITIATED", method="TRANSFER", initialContactId="0f0f0f0f-1111-4222-8333-4444")
    )

    assert report.is_takeover
    assert report.call_uuid == "0f0f0f0f-1111-4222-8333-4444"


@pytest.mark.parametrize(
    ("method", "direction"),
    [
        ("INBOUND", Direction.INBOUND),
        ("WEBRTC_API", Direction.INBOUND),
        ("OUTBOUND", Direction.OUTBOUND),
        ("CALLBACK", Direction.OUTBOUND),
        ("CALLBACK_CUSTOMER_FIRST_QUEUED", Direction.OUTBOUND),
        ("CALLBACK_CUSTOMER_FIRST_DIALED", Direction.OUTBOUND),
    ],
)
def test_connect_says_the_direction_by_how_a_contact_began(
    method: str, direction: Direction
) -> None:
    assert _read(_contact("INITIATED", method=method)).direction is direction


def test_connect_writes_1970_for_a_missing_time_and_sometimes_pascal_case() -> None:
    members = _contact("DISCONNECTED", disconnectTimestamp="1970-01-01T00:00:00.001Z")

    report = _read({name[0].upper() + name[1:]: value for name, value in members.items()})

    assert report.has_ended
    assert report.ended_at is None
    assert report.started_at == "2026-03-02T10:00:00.000Z"


@pytest.mark.parametrize(
    ("times", "started_at", "ended_at"),
    [
        # 5:30 east, and Chicago's summer.
        (("2026-07-02 15:30:02", "2026-07-02 10:00:00.5", "2026-07-02 15:31:00"),
         "2026-07-02T10:00:02+00:00", "2026-07-02T10:01:00+00:00"),
        (("2026-07-02 05:00:01", "2026-07-02 10:00:00.5", "2026-07-02 05:01:00"),
         "2026-07-02T10:00:01+00:00", "2026-07-02T10:01:00+00:00"),
        # Seven minutes apart from every zone: only the UTC time can be trusted.
        (("2026-07-02 15:37:00", "2026-07-02 10:00:00", "2026-07-02 15:40:00"),
         "2026-07-02T10:00:00+00:00", None),
        (("", "2026-07-02 10:00:00", "2026-07-02 15:40:00"), "2026-07-02T10:00:00+00:00", None),
        (("2026-07-02 15:30:02", "", "2026-07-02 15:40:00"), None, None),
        (("today", "now", "later"), None, None),
    ],
)  # fmt: skip
def test_plivos_local_times_are_read_in_the_zone_that_its_utc_time_shows(
    times: tuple[str, str, str], started_at: str | None, ended_at: str | None
) -> None:
    start, session, end = times
    report = _read(
        _plivo(
            StartTime=start,
            SessionStart=session,
            EndTime=end,
            Event="Hangup",
            CallStatus="completed",
        )
    )

    def utc(value: object) -> str | None:
        return datetime.fromisoformat(str(value)).astimezone(UTC).isoformat() if value else None

    expected_start = started_at and datetime.fromisoformat(started_at).replace(microsecond=0)
    read_start = utc(report.started_at)
    assert (read_start and datetime.fromisoformat(read_start).replace(microsecond=0)) == (
        expected_start
    )
    assert utc(report.ended_at) == ended_at


def test_freeswitch_epochs_are_read_and_never_its_local_stamps() -> None:
    report = _read(_cdr())

    assert (report.started_at, report.ended_at) == ("1772445600250000", "1772445660")
    assert report.caller_number == CALLER


_XML = f"""<?xml version="1.0"?>
<cdr core-uuid="c0">
  <variables>
    <direction>inbound</direction>
    <uuid>eaea0000-1111-4222-8333-444455556666</uuid>
    <nolocal:req_uuid>x</nolocal:req_uuid>
    <start_epoch>1772445600</start_epoch><end_epoch>1772445660</end_epoch>
  </variables>
  <callflow><caller_profile><caller_id_number>{CALLER}</caller_id_number>
    <destination_number>1003</destination_number></caller_profile></callflow>
  <callflow><caller_profile><caller_id_number>{CALLER}</caller_id_number>
    <destination_number>{OURS}</destination_number></caller_profile></callflow>
</cdr>"""
_JSON = json.dumps(_cdr())


@pytest.mark.parametrize(
    ("text", "content_type"),
    [
        (_XML, "text/xml"),
        ("\ufeff\n" + _XML, "application/x-www-form-urlencoded"),
        (urlencode({"cdr": _XML}), "application/x-www-form-urlencoded"),
        (f"cdr={_XML}", "application/x-www-form-plaintext"),
        (urlencode({"cdr": _JSON}), "application/x-www-form-urlencoded"),
        (
            f"cdr={base64.b64encode(_JSON.encode()).decode()}",
            "application/x-www-form-base64-encoded",
        ),
    ],
)
def test_a_record_of_freeswitch_is_read_in_every_encoding(text: str, content_type: str) -> None:
    record = freeswitch.record(text, content_type)
    assert record is not None

    report = _read(record)

    assert report.call_uuid == "eaea0000-1111-4222-8333-444455556666"
    assert report.caller_number == CALLER
    assert str(report.dialed_number).removeprefix("+") == OURS.removeprefix("+")
    assert report.has_ended


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE cdr [<!ENTITY a "aaaa">]><cdr><variables><uuid>&a;</uuid></variables></cdr>',
        "<cdr><variables>",
        "<html><body>hello</body></html>",
        "cdr=[1]",
        "cdr=%7B",
    ],
)
def test_what_is_not_a_record_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"XML|record|Expecting"):
        freeswitch.record(text, "application/x-www-form-urlencoded")


def test_another_body_is_not_a_record() -> None:
    assert freeswitch.record("caller_number=1&cdr=2", "application/x-www-form-urlencoded") is None


@pytest.mark.parametrize(
    ("members", "named"),
    [
        (_twilio(CallStatus="whispering"), "CallStatus whispering is not"),
        (_twilio(CallStatus="dtmf", CallSidLegacy="v3:a"), "CallStatus dtmf is not"),
        (_twilio(CallStatus="analyzed", ConnectionId="1"), "CallStatus analyzed is not"),
        (_twilio(CallStatus="<b>"), "CallStatus is not"),
        (_twilio(CallStatus=""), "no CallStatus"),
        (_plivo(CallStatus="parked"), "CallStatus parked is not"),
        (_jambonz("parked"), "call_status parked is not"),
        (_vonage("parked"), "status parked is not"),
        ({"call": {"call_id": "a1" * 16, "call_state": "parked"}}, "call_state parked is not"),
    ],
    ids=lambda members: members if isinstance(members, str) else None,
)
def test_a_state_that_is_unknown_is_ignored_by_name(members: Mapping[str, Any], named: str) -> None:
    report = recognition.read(members)

    assert isinstance(report, Ignored)
    assert named in report.reason


@pytest.mark.parametrize("status", ["finished", "cancelled", "no_answer", "hangup", "Rejected"])
def test_an_end_in_another_systems_words_is_not_lost(status: str) -> None:
    assert _read(_twilio(CallStatus=status)).has_ended


def test_a_jambonz_message_by_websocket_has_the_report_in_its_data() -> None:
    message = {"type": "call:status", "msgid": "m7", "call_sid": "9b2c"}

    report = _read(message | {"data": _jambonz("completed", duration=9)})

    assert (report.has_ended, report.seconds) == (True, 9)


def test_a_form_and_json_are_read_alike() -> None:
    members = _twilio(CallStatus="completed", CallDuration="40")

    assert recognition.read(dict(parse_qsl(urlencode(members)))) == recognition.read(members)
