"""No secret or personal data of any request gets into a log."""

import json
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest

from shared.domain.keys import PostbackKey
from tests.integration import events
from tests.integration.events import HOUR, MINUTE, NOON, SECOND, call_event
from tests.integration.service import Service
from tests.integration.wire import Wire, failing

NUMBER = "+15558675309"
DIGITS = "8675309"
"""Digits of the number that must not appear together in a log."""
VALUE = "MARKED-VALUE"
UNKNOWN_KEY = "feedf00d-8c1d-4d2e-9f3a-5b6c7d8e9f0a"
NO_KEY = "MARKED-KEY"

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"


def _post(service: Service, query: str, body: str | None = None, content_type: str = FORM) -> int:
    method = "GET" if body is None else "POST"
    event = events.http(method, "/data_writing", query, body=body, content_type=content_type)
    return service.request(event).status_code


def _post_all_kinds(service: Service, key: PostbackKey, paused: PostbackKey) -> set[int]:
    """Send valid and invalid postings; returns the responses' status codes."""
    sent = {"key": key.key, "caller_number": NUMBER, "note": VALUE}
    as_json = json.dumps(sent)
    by_key = urlencode({"key": key.key})
    part = f'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n{VALUE}\r\n--b--\r\n'
    file = part.replace('name="note"', f'name="note"; filename="{VALUE}{NUMBER}"')
    return {
        _post(service, urlencode(sent)),
        _post(service, "", urlencode(sent)),
        _post(service, "", as_json, "application/json"),
        _post(service, urlencode(sent), part, MULTIPART),
        _post(service, urlencode(sent), file, MULTIPART),
        # JSON declared as a form: refused, or read as one tag's name if it is incomplete.
        _post(service, "", as_json),
        _post(service, by_key, as_json),
        _post(service, urlencode(sent), f"{as_json}&a=b"),
        _post(service, f"{urlencode(sent)}&{quote(as_json)}"),
        _post(service, urlencode(sent), f"[{as_json}]"),
        _post(service, by_key, f"{as_json}.", "application/json"),
        _post(
            service,
            by_key,
            json.dumps(sent | {"n": {"x": VALUE, "y": [NUMBER]}}),
            "application/json",
        ),
        _post(service, by_key, as_json, f"text/{VALUE}"),
        _post(service, by_key, f"{VALUE} {NUMBER}", f"text/{VALUE}"),
        # Values with warnings.
        _post(service, f"{by_key}&CALLER_NUMBER={quote(NUMBER)} x7&note={VALUE}&note=2"),
        _post(service, urlencode(sent | {"n": f"{{{{{VALUE}}}}}"}), f"{VALUE} {NUMBER}", "text/x"),
        _post(service, by_key, f"note={VALUE}" * 10_000),
        # Numbers and keys as names.
        _post(service, urlencode(sent | {NUMBER: "yes", NUMBER[1:]: "yes", key.key: "yes"})),
        _post(service, urlencode({"key": key.key, "caller_number": f"{NUMBER}{VALUE}", "a": "b"})),
        _post(service, urlencode(sent | {"call_uuid": f"{VALUE}#{NUMBER}"})),
        _post(service, urlencode(sent | {"call_uuid": f"call-{NUMBER}"})),
        _post(service, urlencode(sent | {"call_uuid": str(uuid4())})),
        _post(service, urlencode(sent | {f"{VALUE} {NUMBER}\n": f"{VALUE}\n"})),
        _post(service, urlencode(sent | {"key": paused.key})),
        _post(service, urlencode(sent | {"key": UNKNOWN_KEY})),
        _post(service, urlencode(sent | {"key": NO_KEY})),
        _post(service, urlencode({"caller_number": NUMBER, key.key: VALUE})),
        service.request(events.http("GET", f"/data_writing/{key.key}/{VALUE}")).status_code,
        service.request(events.http("PUT", f"/data_writing/{key.key}")).status_code,
    }


def _send_all_kinds_of_events(service: Service) -> None:
    call_uuid = service.start_call(NUMBER, at=NOON + SECOND)
    service.end_call(call_uuid, NUMBER, at=NOON + HOUR, started_at=NOON + SECOND)
    marked = {"caller_number": NUMBER, "campaign_id": VALUE, "dialed_number": NUMBER}
    service.handle(
        call_event("Call Started", call_uuid=str(uuid4()), started_at=NOON, **marked),
        call_event("Call Started", call_uuid=VALUE, started_at=NUMBER, **marked),
        call_event("Call Ended", call_uuid=str(uuid4()), started_at=NOON, ended_at=VALUE, **marked),
        json.dumps({"detail-type": "Call Started", "time": NUMBER, "detail": {NUMBER: VALUE}}),
        f"{NUMBER} {VALUE}",
    )


def _break_everything(service: Service, key: PostbackKey, wire: Wire) -> None:
    """Fail with messages that quote the request, as those of AWS do."""
    message = {"Error": {"Code": "ValidationException", "Message": f"{key.key} {NUMBER} {VALUE}"}}
    broken = failing("ValidationException", **message)
    service.post(key, at=NOON + 2 * HOUR, caller_number=NUMBER, note=VALUE)
    for function in (service.data_writing, service.call_events):
        for operation in ("Query", "BatchWriteItem", "PutItem", "UpdateItem"):
            wire.tap(function._client, operation, broken)
    service.post(key, caller_number=NUMBER, note=VALUE)
    service.post(key, caller_number=VALUE, note=VALUE)
    detail = {"call_uuid": str(uuid4()), "caller_number": NUMBER, "started_at": NOON}
    service.handle(call_event("Call Started", **detail))
    wire.tap(service.call_feed.bus, "PutEvents", broken)
    service.call_feed.lambda_handler({"Records": service.stream.read()}, None)


def test_no_line_holds_a_key_a_number_or_what_a_tag_says(
    service: Service,
    key: PostbackKey,
    wire: Wire,
    no_pauses: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    paused = service.add_key(paused=True)

    status_codes = _post_all_kinds(service, key, paused)
    _send_all_kinds_of_events(service)
    service.post(key, at=NOON + MINUTE, caller_number=NUMBER, note=VALUE)
    service.announce()
    _break_everything(service, key, wire)

    assert status_codes == {200, 401, 403, 404, 405, 413, 415, 422}
    written = capsys.readouterr()
    lines = service.log.getvalue().splitlines() + written.out.splitlines()
    assert written.err == ""
    assert {json.loads(line).get("message") for line in lines} >= {
        "posting accepted",
        "posting refused",
        "posting failed",
        "refused posting not logged",
        "call report handled",
        "call event malformed",
        "call event failed",
        "call announced",
        "calls not announced",
    }
    markers = (key.key, paused.key, UNKNOWN_KEY, NO_KEY, NUMBER, DIGITS, VALUE)
    assert [(marker, line) for line in lines for marker in markers if marker in line] == []
