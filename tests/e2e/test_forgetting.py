"""A caller is read, then forgotten: the number and its tags are deleted from every table."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from infra.local.waiting import eventually
from tests import described
from tests.e2e.mailbox import Letter
from tests.e2e.phone_calls import PhoneCall, new_uuid, now
from tests.e2e.service import PostbackKey, Service

_FUNCTIONS = ("DataWriting", "CallEvents", "CallFeed", "OperatorApi", "Activity", "PlatformApi")
_NO_TIME = timedelta(0)


def _ask(service: Service, method: str, number: str) -> dict[str, Any]:
    response = service.operate(method, f"/callers/{quote(number, safe='')}")
    assert response.status_code == 200, response.body
    body: dict[str, Any] = response.json()
    return body


def _left(service: Service, *secrets: str) -> list[str]:
    """Return every item in any table that contains one of these secrets."""
    return [
        f"{secret} in {table}: {item}"
        for table in service.dynamodb.list_tables()["TableNames"]
        for page in service.dynamodb.get_paginator("scan").paginate(TableName=table)
        for item in page["Items"]
        for secret in secrets
        if secret in json.dumps(item)
    ]


def _post_in_every_way(
    service: Service, publisher_id: str, ended: PhoneCall, going_on: PhoneCall, secret: str
) -> int:
    """Send pending, applied and refused postings about these calls' caller; return their number."""
    number = str(going_on.caller_number)
    key = service.new_key(publisher_id)
    strict = service.new_key(publisher_id, end_call_cutoff=_NO_TIME)
    paused = service.new_key(publisher_id)
    service.operate("POST", f"/postback-keys/{paused.key_id}/pause")
    uuid = new_uuid()
    queries: list[tuple[PostbackKey, dict[str, str], int]] = [
        (key, {"caller_number": number, "age": secret}, 200),
        (key, {"caller_number": f"({number[2:5]}) {number[5:8]}-{number[8:]}", "a": secret}, 200),
        (key, {"call_uuid": going_on.call_uuid, "zip": f"{secret}-1"}, 200),
        (key, {"call_uuid": going_on.call_uuid, "zip": f"{secret}-2"}, 200),
        (key, {"call_uuid": going_on.call_uuid, "zip": f"{secret}-3"}, 200),
        (key, {"call_uuid": uuid, "caller_number": number, "city": secret}, 200),
        (strict, {"call_uuid": ended.call_uuid, "late": secret}, 422),
        (key, {"caller_number": number, "": secret}, 422),
        (key, {"phone": number, "age": secret}, 422),
        (paused, {"caller_number": number, "age": secret}, 403),
        (paused, {"call_uuid": going_on.call_uuid, "age": secret}, 403),
    ]
    for sender, query, expected in queries:
        response = service.get(urlencode({"key": sender.key} | query))
        assert response.status_code == expected, (query, response.body)
    return len(queries)


def test_a_forgotten_caller_is_deleted_from_every_table(
    service: Service, publisher_id: str, key: PostbackKey, caller_number: str
) -> None:
    secret = f"secret-{new_uuid()}"
    digits = caller_number[2:]
    earlier = now() - timedelta(minutes=1)
    ended = PhoneCall(caller_number=caller_number, started_at=earlier)
    service.tag(key, caller_number, before=secret)
    service.start(ended)
    service.end(ended)
    going_on = PhoneCall(caller_number=caller_number)
    service.start(going_on)
    posted = 1 + _post_in_every_way(service, publisher_id, ended, going_on, secret)

    known = _ask(service, "GET", caller_number)
    assert len(known["postbacks"]) == posted
    assert [call["call_uuid"] for call in known["calls"]] == [going_on.call_uuid, ended.call_uuid]
    assert _left(service, digits)

    erased = _ask(service, "DELETE", f"{caller_number[:2]} {digits[:3]} {digits[3:6]} {digits[6:]}")

    assert (erased["complete"], erased["erased"]["calls"]) == (True, 2)
    assert erased["erased"]["log_rows"] == posted
    assert _left(service, digits, secret) == []
    gone = _ask(service, "GET", caller_number)
    assert gone["waiting"] == gone["calls"] == gone["postbacks"] == []
    lines = [line for function in _FUNCTIONS for line in service.log_lines(function)]
    assert [line for line in lines if digits in line or secret in line] == []


def test_a_call_forgotten_while_in_progress_accepts_tags_but_has_no_number(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    call = PhoneCall(caller_number=caller_number)
    service.start(call)
    service.tag(key, call, zip="secret-zip")
    before = service.wait_for_tagged(call, {"zip": "secret-zip"})

    assert _ask(service, "DELETE", caller_number)["complete"] is True
    announced = service.wait_for_tagged(call, {}, version=before["version"] + 1)
    letter = service.announced.wait_for(
        lambda letter: _has_forgotten(letter, call), "Caller Forgotten"
    )
    service.put(call.started(), call.ended())
    response = service.tag(key, call, zip="90210")
    by_number = service.tag(key, caller_number, age="39")

    assert announced["caller_number"] is None
    assert described.flaws(letter.event["detail"], described.event("caller-forgotten")) == []
    assert response.json()["status"].endswith("call found, tags applied")
    assert by_number.json()["status"] == "call not found, tags stored"
    eventually(lambda: service.call(call).get("ended_at"), "the call's end")
    assert service.tags(call) == {"zip": "90210"}
    assert "caller_number" not in service.call(call)


def _has_forgotten(letter: Letter, call: PhoneCall) -> bool:
    return call.call_uuid in letter.event["detail"].get("call_uuids", [])
