"""The platform API: the campaign platform reports calls and gets their tags in the response."""

import base64
import codecs
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from shared.domain import platform_keys
from shared.domain.keys import PostbackKey
from shared.stores.key_cache import MAX_UNKNOWN_KEYS
from shared.stores.platform_keys import PlatformKeyStore
from tests import described
from tests.integration import events
from tests.integration.events import MINUTE, NOON, SECOND
from tests.integration.service import CALL_TAGGED, Response, Service
from tests.integration.wire import TRANSACTION_CONFLICT, Wire, failing, first_do, once

CALL = "9b653cf0-4835-493b-860c-aed9b7af2a4a"
TWILIO_CALL = "CA7d0c1d2e3f405162738495a6b7c8d9e0"


class Platform:
    """A campaign platform with its own platform key."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.store = PlatformKeyStore(service.dynamodb, service.environment["POSTBACK_KEYS_TABLE"])
        self.key = self.add_key()

    def add_key(self, **changes: Any) -> str:
        credential = platform_keys.credential(events.new_caller_number().encode())
        self.store.add(events.example_platform_key(credential, **changes))
        return credential

    def send(
        self,
        method: str,
        path: str,
        members: dict[str, Any] | None = None,
        *,
        key: str | None = None,
        **changes: Any,
    ) -> Response:
        event = events.platform(method, path, key or self.key, members)
        event["headers"] |= changes.pop("headers", {})
        return self._service.request(event | changes, function="platform_api")

    def form(self, path: str, body: str, **headers: str) -> Response:
        declared = {"content-type": "application/x-www-form-urlencoded"} | headers
        return self.send("POST", path, body=body, headers=declared)

    def report(self, call_uuid: str = CALL, **members: Any) -> dict[str, Any]:
        """Report a call. Returns the response, after checking it against the event's schema."""
        answer = self.send("PUT", f"/platform/calls/{call_uuid}", members)
        assert answer.status_code == 200, answer.text
        assert described.flaws(answer.json, CALL_TAGGED) == []
        detail: dict[str, Any] = answer.json
        return detail


@pytest.fixture(autouse=True)
def wall() -> Iterator[time_machine.Traveller]:
    """The wall clock, stopped at noon."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def platform(service: Service) -> Platform:
    return Platform(service)


def _problem(answer: Response) -> tuple[int, str | None, str]:
    (problem,) = answer.json["errors"]
    return answer.status_code, problem["param"], problem["message"]


def test_the_response_to_a_start_has_all_pending_tags(
    service: Service, platform: Platform, key: PostbackKey
) -> None:
    number = events.new_caller_number()
    by_number = service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    by_id = service.post(key, at=NOON - SECOND, call_uuid=CALL, zip="90210")

    detail = platform.report(caller_number=number, campaign_id="c-7", started_at=NOON)

    assert (by_number.status_code, by_id.status_code) == (200, 200)
    assert detail["tags"] == {"age": "39", "zip": "90210"}
    assert detail["attribution"]["age"]["key_id"] == key.key_id
    assert (detail["call_status"], detail["campaign_id"]) == ("in_progress", "c-7")
    assert service.tags(CALL) == detail["tags"]
    assert service.pending() == []
    # The bus gets the same detail, once.
    assert service.announce() == [detail]


def test_the_end_of_a_call_is_reported_with_ended_at(service: Service, platform: Platform) -> None:
    number = events.new_caller_number()
    platform.report(caller_number=number, started_at=NOON)

    detail = platform.report(ended_at=NOON + MINUTE)

    assert detail["call_status"] == "completed"
    assert service.call(CALL).ended_at == NOON + MINUTE
    assert detail["caller_number"] == number


def test_a_call_of_which_only_the_end_is_reported_is_known(
    service: Service, platform: Platform, key: PostbackKey
) -> None:
    number = events.new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")

    detail = platform.report(caller_number=number, ended_at=NOON)

    assert detail["tags"] == {"age": "39"}
    assert service.call(CALL).started_at == NOON


def test_without_started_at_a_call_starts_when_it_is_reported(
    service: Service, platform: Platform, wall: time_machine.Traveller
) -> None:
    wall.move_to(NOON + 3 * SECOND)
    platform.report(caller_number=events.new_caller_number())
    wall.move_to(NOON + MINUTE)
    platform.report()

    assert service.call(CALL).started_at == NOON + 3 * SECOND


def test_repeating_a_start_does_no_harm_and_is_answered_in_full(
    service: Service, platform: Platform, key: PostbackKey
) -> None:
    number = events.new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    first = platform.report(caller_number=number, started_at=NOON)
    service.post(key, at=NOON + SECOND, caller_number=number, zip="90210")

    again = platform.report(caller_number=number, started_at=NOON)

    assert again["tags"] == first["tags"] | {"zip": "90210"}
    assert again["version"] > first["version"]


def test_events_and_http_report_the_same_calls(
    service: Service, platform: Platform, key: PostbackKey
) -> None:
    number = events.new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    service.start_call(number, call_uuid=CALL)

    detail = platform.report(caller_number=number, started_at=NOON + SECOND)
    service.end_call(CALL, number, at=NOON + MINUTE)

    assert detail["tags"] == {"age": "39"}
    assert platform.send("GET", f"/platform/calls/{CALL}").json["call_status"] == "completed"
    assert service.call(CALL).started_at == NOON


@pytest.mark.parametrize("told_first", [{"caller_number": None}, {}])
def test_a_number_that_is_reported_later_gets_its_pending_tags(
    service: Service, platform: Platform, key: PostbackKey, told_first: dict[str, Any]
) -> None:
    number = events.new_caller_number()
    platform.report(started_at=NOON, **told_first)
    service.post(key, at=NOON + SECOND, caller_number=number, age="39")

    detail = platform.report(caller_number=number, started_at=NOON)
    after = service.post(key, at=NOON + MINUTE, caller_number=number, zip="90210")

    assert detail["tags"] == {"age": "39"}
    assert after.status == "in progress call found, tags applied"


def test_a_posting_finds_a_call_that_outlasts_the_longest(
    service: Service, platform: Platform, key: PostbackKey, wall: time_machine.Traveller
) -> None:
    number = events.new_caller_number()
    platform.report(caller_number=number, started_at=NOON)
    wall.move_to(NOON + timedelta(hours=6))
    platform.report(ended_at=NOON + timedelta(hours=6))

    late = service.post(key, at=NOON + timedelta(hours=6), caller_number=number, sale="yes")

    assert late.status == "completed call found, tags applied"


def test_a_path_that_a_domain_maps_before_ours_changes_nothing(platform: Platform) -> None:
    path = f"/platform/calls/{CALL}"
    platform.report(caller_number="+15551234567")

    answer = platform.send("GET", path, rawPath=f"/tags{path}")

    assert answer.status_code == 200
    assert answer.json["call_uuid"] == CALL


@pytest.mark.parametrize(
    "call_uuid", [TWILIO_CALL, "v3:abc-DEF_1", "1795421131.42", "8438@10.0.0.1", "a/b/c/d+e"]
)
def test_ids_of_phone_systems_stand_in_the_path(platform: Platform, call_uuid: str) -> None:
    platform.report(call_uuid, started_at=NOON)

    assert platform.send("GET", f"/platform/calls/{call_uuid}").json["call_uuid"] == call_uuid


def test_a_form_is_read_as_json_is(platform: Platform) -> None:
    number = events.new_caller_number()
    body = f"caller_number=%2B{number[1:]}&campaign_id=&started_at=2025-03-10T12%3A00%3A00Z"

    answer = platform.form(f"/platform/calls/{CALL}", body)

    assert answer.json["caller_number"] == number
    assert answer.json["campaign_id"] is None


def test_the_id_may_stand_in_the_body(platform: Platform) -> None:
    answer = platform.send("POST", "/platform/calls", {"call_uuid": CALL.upper()})

    assert answer.json["call_uuid"] == CALL


TWILIO = (
    f"CallSid={TWILIO_CALL}&AccountSid=AC1&From=%2B15550100123&To=%2B18005550100"
    "&Timestamp=Mon%2C+10+Mar+2025+12%3A00%3A30+%2B0000"
)


@pytest.mark.parametrize("status", ["queued", "initiated", "ringing", "in-progress"])
def test_a_twilio_callback_starts_a_call(service: Service, platform: Platform, status: str) -> None:
    answer = platform.form("/platform/calls", f"{TWILIO}&CallStatus={status}")

    assert (answer.json["call_uuid"], answer.json["call_status"]) == (TWILIO_CALL, "in_progress")
    assert answer.json["caller_number"] == "+15550100123"
    assert service.call(TWILIO_CALL).started_at == NOON + 30 * SECOND
    assert service.call(TWILIO_CALL).dialed_number == "+18005550100"


@pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled"])
def test_a_twilio_callback_ends_a_call(service: Service, platform: Platform, status: str) -> None:
    answer = platform.form("/platform/calls", f"{TWILIO}&CallStatus={status}&CallDuration=20")

    assert answer.json["call_status"] == "completed"
    call = service.call(TWILIO_CALL)
    assert (call.started_at, call.ended_at) == (NOON + 10 * SECOND, NOON + 30 * SECOND)


def test_an_unknown_twilio_status_is_ignored_and_named(platform: Platform) -> None:
    answer = platform.form("/platform/calls", f"{TWILIO}&CallStatus=over")

    assert answer.status_code == 202
    assert answer.json["status"] == "ignored"
    assert "over" in answer.json["reason"]


@pytest.mark.parametrize(
    ("members", "param", "words"),
    [
        ({"started_at": "yesterday"}, "started_at", "must be a time"),
        ({"started_at": "2025-03-10T12:00:00"}, "started_at", "offset"),
        ({"parent_call_uuid": "short"}, "parent_call_uuid", "a call ID"),
        ({"ended_at": 0}, "ended_at", "must be a time"),
        ({"call_uuid": "1c0ffee0-4835-493b-860c-aed9b7af2a4a"}, "call_uuid", "differs"),
        ({"call_uuid": "short"}, "call_uuid", "a call ID"),
        ({"callerid": "+15550100123"}, "caller_number", "callerid was sent"),
        ({"From": "+15550100123"}, "caller_number", "From was sent"),
    ],
)
def test_each_problem_names_its_member(
    service: Service, platform: Platform, members: dict[str, Any], param: str, words: str
) -> None:
    answer = platform.send("PUT", f"/platform/calls/{CALL}", members)

    status_code, named, message = _problem(answer)
    assert (status_code, named) == (422, param)
    assert words in message
    assert platform.send("GET", f"/platform/calls/{CALL}").status_code == 404


def test_a_call_without_an_id_is_refused(platform: Platform) -> None:
    assert _problem(platform.send("POST", "/platform/calls", {}))[:2] == (422, "call_uuid")


@pytest.mark.parametrize(
    ("body", "content_type", "status_code"),
    [
        ('{"caller_number":', "application/json", 400),
        ("[1]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        ("<call/>", "application/xml", 415),
        ("<cdr><variables>", "text/xml", 400),
        ("cdr=1", "application/x-www-form-urlencoded", 400),
        ("x" * 262_145, "application/json", 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    platform: Platform, body: str | bytes, content_type: str, status_code: int
) -> None:
    sent = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    answer = platform.send(
        "PUT",
        f"/platform/calls/{CALL}",
        body=sent,
        isBase64Encoded=isinstance(body, bytes),
        headers={"content-type": content_type},
    )

    assert answer.status_code == status_code


def test_a_byte_order_mark_before_the_body_is_passed_over(platform: Platform) -> None:
    body = base64.b64encode(codecs.BOM_UTF8 + b'{"campaign_id":"c-7"}').decode()

    answer = platform.send("PUT", f"/platform/calls/{CALL}", body=body, isBase64Encoded=True)

    assert (answer.status_code, answer.json["campaign_id"]) == (200, "c-7")


def test_a_body_of_the_most_bytes_is_read(platform: Platform) -> None:
    note = "x" * (262_144 - len('{"note":""}'))
    answer = platform.send(
        "PUT", f"/platform/calls/{CALL}", body=f'{{"note":"{note}"}}', headers={"content-type": ""}
    )

    assert answer.status_code == 200


def test_a_number_that_cannot_be_read_is_an_anonymous_callers(platform: Platform) -> None:
    assert platform.report(caller_number="anonymous")["caller_number"] is None


def test_the_key_may_be_the_password_of_basic(platform: Platform) -> None:
    basic = base64.b64encode(f"anybody:{platform.key}".encode()).decode()
    answer = platform.send(
        "PUT", f"/platform/calls/{CALL}", {}, headers={"authorization": f"Basic {basic}"}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("authorization", "words"),
    [
        ("", "is missing"),
        ("Digest abc", "an unsupported scheme"),
        ("Basic !", "invalid Basic credentials"),
        ("Bearer 3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f", "a postback key"),
        ("Bearer something", "is not a platform key"),
        ("Bearer cdw_" + "a" * 52, "unknown"),
    ],
)
def test_without_a_platform_key_a_request_is_refused(
    platform: Platform, authorization: str, words: str
) -> None:
    answer = platform.send(
        "PUT", f"/platform/calls/{CALL}", {}, headers={"authorization": authorization}
    )

    status_code, param, message = _problem(answer)
    assert (status_code, param) == (401, "Authorization")
    assert words in message
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_a_paused_key_opens_nothing(platform: Platform) -> None:
    paused = platform.add_key(paused=True)
    answer = platform.send("PUT", f"/platform/calls/{CALL}", {}, key=paused)

    assert _problem(answer)[0] == 403
    assert platform.send("GET", f"/platform/calls/{CALL}").status_code == 404


def test_too_many_unknown_keys_get_a_429_that_names_the_header(
    service: Service, platform: Platform
) -> None:
    def send(key: str) -> Response:
        event = events.platform("GET", f"/platform/calls/{CALL}", key, None)
        event["requestContext"]["http"]["sourceIp"] = "192.0.2.68"
        return service.request(event, function="platform_api")

    guesses = [platform_keys.credential(f"guess {n}".encode()) for n in range(MAX_UNKNOWN_KEYS)]
    assert {send(guess).status_code for guess in guesses} == {401}

    refused = send(platform.add_key())

    assert _problem(refused)[:2] == (429, "Authorization")
    assert refused.headers["Retry-After"] == "30"


def test_a_platform_key_opens_no_posting(service: Service, platform: Platform) -> None:
    query = f"key={platform.key}&caller_number=%2B15550100123&age=39"

    assert service.request(events.http("GET", "/data_writing", query)).status_code == 401


def test_what_was_changed_of_a_key_counts_within_thirty_seconds(
    platform: Platform, wall: time_machine.Traveller
) -> None:
    platform.report()
    platform.store.change(platform_keys.platform_key_id(platform.key), {"paused": True})

    wall.move_to(NOON + 29 * SECOND)
    assert platform.send("GET", f"/platform/calls/{CALL}").status_code == 200
    wall.move_to(NOON + 30 * SECOND)
    assert platform.send("GET", f"/platform/calls/{CALL}").status_code == 403


@pytest.mark.parametrize("path", ["/platform/", "/platform/call/x", "/platform/keys"])
def test_an_unknown_path_is_answered_in_our_form(platform: Platform, path: str) -> None:
    assert _problem(platform.send("GET", path))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", f"/platform/calls/{CALL}", "GET, PUT, POST"),
        ("GET", "/platform/calls", "POST"),
        ("POST", "/platform/callers/+15550100123", "GET"),
    ],
)
def test_another_method_is_refused_with_those_that_are_answered(
    platform: Platform, method: str, path: str, allowed: str
) -> None:
    answer = platform.send(method, path)

    assert answer.status_code == 405
    assert answer.headers["Allow"] == allowed


def test_an_unreported_call_is_not_found(platform: Platform) -> None:
    assert _problem(platform.send("GET", f"/platform/calls/{CALL}"))[:2] == (404, "call_uuid")


def test_reading_a_caller_consumes_nothing(service: Service, platform: Platform) -> None:
    number = events.new_caller_number()
    platform.report(caller_number=number, started_at=NOON - MINUTE, ended_at=NOON - 30 * SECOND)
    strict = service.add_key(end_call_cutoff=timedelta(0))
    posted = service.post(strict, at=NOON - SECOND, caller_number=number, age="39")

    found = [platform.send("GET", f"/platform/callers/{number}").json for _ in range(2)]

    assert posted.status == "call not found, tags stored"
    assert found[0] == found[1]
    assert found[0]["tags"] == {"age": "39"}
    assert found[0]["attribution"]["age"]["stored_until"] == "2025-03-11T11:59:59.000Z"
    (call,) = found[0]["calls"]
    assert (call["call_uuid"], call["call_status"]) == (CALL, "completed")
    assert len(service.pending()) == 1


def test_expired_tags_are_not_returned(
    service: Service, platform: Platform, wall: time_machine.Traveller
) -> None:
    number = events.new_caller_number()
    brief = service.add_key(storage_duration=MINUTE)
    service.post(brief, at=NOON, caller_number=number, age="39")

    wall.move_to(NOON + MINUTE)
    assert platform.send("GET", f"/platform/callers/{number}").json["tags"] == {"age": "39"}
    wall.move_to(NOON + MINUTE + timedelta(milliseconds=1))
    assert platform.send("GET", f"/platform/callers/{number}").json["tags"] == {}


def test_a_callers_number_that_cannot_be_read_is_refused(platform: Platform) -> None:
    assert _problem(platform.send("GET", "/platform/callers/12"))[:2] == (422, "caller_number")


def _posted(service: Service, key: PostbackKey) -> str:
    number = events.new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    return number


def test_a_start_takes_three_round_trips(
    service: Service, platform: Platform, key: PostbackKey, wire: Wire
) -> None:
    number = _posted(service, key)
    platform.send("GET", f"/platform/calls/{CALL}")  # from now on the key is known
    sent = wire.sent(service.platform_api._client)

    platform.report(caller_number=number, started_at=NOON)

    # The first three run in parallel, and so do the last two.
    assert sent[0] == "UpdateItem"
    assert sorted(sent[1:4]) == ["PutItem", "Query", "Query"]
    assert sorted(sent[4:]) == ["Query", "TransactWriteItems"]


def test_an_end_takes_two_round_trips_where_nothing_waits(
    service: Service, platform: Platform, key: PostbackKey, wire: Wire
) -> None:
    number = events.new_caller_number()
    platform.report(caller_number=number, started_at=NOON)
    sent = wire.sent(service.platform_api._client)

    platform.report(ended_at=NOON + MINUTE)

    assert sent == ["UpdateItem", "Query", "Query"]


def test_a_repeated_start_takes_three_round_trips(
    service: Service, platform: Platform, wire: Wire
) -> None:
    number = events.new_caller_number()
    platform.report(caller_number=number, started_at=NOON)
    sent = wire.sent(service.platform_api._client)

    platform.report(caller_number=number, started_at=NOON)

    assert sent == ["UpdateItem", "Query", "Query", "TransactWriteItems"]


def test_a_conflict_is_tried_again(
    service: Service, platform: Platform, key: PostbackKey, wire: Wire, no_pauses: None
) -> None:
    number = _posted(service, key)
    conflict = failing("TransactionCanceledException", **TRANSACTION_CONFLICT)
    wire.tap(service.platform_api._client, "TransactWriteItems", once(conflict))

    assert platform.report(caller_number=number, started_at=NOON)["tags"] == {"age": "39"}


def test_an_event_of_the_same_call_in_between_does_no_harm(
    service: Service, platform: Platform, key: PostbackKey, wire: Wire
) -> None:
    number = _posted(service, key)
    wire.tap(
        service.platform_api._client,
        "TransactWriteItems",
        first_do(lambda: service.start_call(number, call_uuid=CALL)),
    )

    assert platform.report(caller_number=number, started_at=NOON)["tags"] == {"age": "39"}


@pytest.mark.parametrize("operation", ["TransactWriteItems", "Query"])
def test_what_could_not_be_done_is_a_503_and_the_repeat_is_answered_in_full(
    service: Service,
    platform: Platform,
    key: PostbackKey,
    wire: Wire,
    no_pauses: None,
    operation: str,
) -> None:
    number = _posted(service, key)
    wire.tap(service.platform_api._client, operation, once(failing("InternalServerError")))

    failed = platform.send("PUT", f"/platform/calls/{CALL}", {"caller_number": number})
    wire.remove_taps()

    assert failed.status_code == 503
    assert failed.headers["Retry-After"] == "1"
    assert platform.report(caller_number=number)["tags"] == {"age": "39"}


def test_no_line_has_the_key_a_tag_or_the_whole_number(
    service: Service, platform: Platform, key: PostbackKey
) -> None:
    number = _posted(service, key)
    platform.report(caller_number=number, started_at=NOON)
    platform.send("PUT", f"/platform/calls/{CALL}", {"started_at": "39"})

    lines = [line for line in service.lines() if line.get("service") == "platform_api"]
    assert [line["message"] for line in lines] == [
        "call report handled",
        "platform request refused",
    ]
    assert lines[0]["platform_key_id"] == platform_keys.platform_key_id(platform.key)
    found = service.log.getvalue()
    assert platform.key not in found
    assert number not in found


@pytest.mark.parametrize(
    ("method", "path", "counted"),
    [
        ("GET", f"/platform/calls/{CALL}", []),
        ("GET", "/platform/callers/12", []),
        ("PUT", f"/platform/calls/{CALL}", ["malformed"]),
    ],
)
def test_a_refused_read_does_not_count_as_a_malformed_report(
    platform: Platform,
    capsys: pytest.CaptureFixture[str],
    method: str,
    path: str,
    counted: list[str],
) -> None:
    members = {"started_at": "yesterday"} if method == "PUT" else None

    assert platform.send(method, path, members).status_code in (404, 422)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["outcome"] for line in lines if "CallEvents" in line] == counted


def test_every_read_of_the_platform_is_an_audit_line_with_its_key_and_no_number(
    service: Service, platform: Platform
) -> None:
    number = "+14155552671"
    platform.report(caller_number=number)
    platform.send("GET", "/platform/callers/%2B14155552671")
    platform.send("GET", f"/platform/calls/{CALL}")
    platform.send("GET", "/platform/calls/9b653cf0-0000-4000-8000-000000000000")

    lines = [line for line in service.lines() if line["message"] == "audit"]
    assert [
        (line["action"], line.get("caller_number"), line.get("call_uuid")) for line in lines
    ] == [
        ("GET /platform/callers/{caller_number}", "+1***71", None),
        ("GET /platform/calls/{call_uuid}", None, CALL),
    ]
    assert {line["platform_key_id"] for line in lines} == {
        platform_keys.platform_key_id(platform.key)
    }
    assert {line["source_ip"] for line in lines} == {"203.0.113.7"}
    assert "5552671" not in service.log.getvalue()
