"""Warnings about repaired, guessed and left-out values: in the response, in the postback log, and
by kind in the log line, without the values."""

import json
from datetime import UTC, datetime

import pytest

from shared.domain.keys import PostbackKey
from tests.integration import events
from tests.integration.events import SECOND
from tests.integration.service import Service

NUMBER = "+15551230142"


def test_a_usual_posting_is_answered_byte_for_byte_as_ever(
    service: Service, key: PostbackKey
) -> None:
    query = f"key={key.key}&caller_number=+10123456789&0=&example_tag=value123"

    answer = service.request(events.http("GET", "/data_writing", query))

    assert answer.text == (
        '{"tag_values":{"0":"","example_tag":"value123"},"caller_number":"+10123456789",'
        '"status":"call not found, tags stored"}'
    )
    assert "warnings" not in service.rows(key)[""]
    assert "warnings" not in service.lines()[0]


def test_a_warning_is_in_the_response_the_log_and_by_kind_in_the_log_line(
    service: Service, key: PostbackKey
) -> None:
    query = f"key={key.key}&caller_number=5551230142+x7&zip=%7B%7Bzip%7D%7D"

    answer = service.request(events.http("GET", "/data_writing", query))

    assert list(answer.json) == ["tag_values", "caller_number", "status", "warnings"]
    assert answer.json["tag_values"] == {"zip": "{{zip}}"}
    assert answer.json["warnings"] == [
        {
            "param": "caller_number",
            "message": "has an extension, which was ignored; send the number without the extension",
        },
        {
            "param": "zip",
            "message": "looks like an unfilled placeholder, and was kept as sent",
        },
    ]
    assert service.rows(key)[""]["warnings"] == [
        {"kind": "caller_number_repaired", **answer.json["warnings"][0]},
        {"kind": "placeholder_not_filled_in", **answer.json["warnings"][1]},
    ]
    (line,) = service.lines()
    assert line["warnings"] == ["caller_number_repaired", "placeholder_not_filled_in"]
    assert "{{zip}}" not in json.dumps(line)


def test_operators_read_the_warnings_of_a_posting(service: Service, key: PostbackKey) -> None:
    now = datetime.now(UTC)
    service.post(key, caller_number="5551230142 x7", zip="1", at=now - SECOND)
    service.post(key, caller_number=NUMBER, zip="1", at=now)

    usual, warned = service.read("/postbacks", key_id=key.key_id).json["postbacks"]

    assert usual["warnings"] == []
    assert warned["warnings"] == [
        {
            "kind": "caller_number_repaired",
            "param": "caller_number",
            "message": "has an extension, which was ignored; send the number without the extension",
        }
    ]


def test_a_refused_posting_keeps_its_warnings_in_the_log(
    service: Service, key: PostbackKey
) -> None:
    query = f"key={key.key}&caller_number=12&zip=1&zip=2"

    answer = service.request(events.http("GET", "/data_writing", query))

    assert answer.status_code == 422
    assert "warnings" not in answer.json
    assert [w["kind"] for w in service.rows(key)[""]["warnings"]] == ["parameter_repeated"]


@pytest.mark.parametrize("headers", [{"sec-purpose": "prefetch"}, {"user-agent": "Slackbot 1.0"}])
def test_a_link_preview_stores_nothing_and_is_in_the_log(
    service: Service, key: PostbackKey, headers: dict[str, str]
) -> None:
    event = events.http("GET", f"/data_writing/{key.key}", "caller_number=5551230142&zip=1")

    answer = service.request(event | {"headers": headers})

    assert answer.status_code == 403
    assert "preview" in answer.json["errors"][0]["message"]
    assert service.pending() == []
    assert service.rows(key)[""]["outcome"] == "refused"


@pytest.mark.parametrize("unfilled_first", [True, False])
@pytest.mark.parametrize("call_first", [True, False])
def test_a_placeholder_never_replaces_a_real_value_of_an_earlier_posting(
    service: Service, key: PostbackKey, unfilled_first: bool, call_first: bool
) -> None:
    if call_first:
        call_uuid = service.start_call(NUMBER)
    posted = [("30301", SECOND), ("{{zip}}", 2 * SECOND)]
    for value, after in reversed(posted) if unfilled_first else posted:
        service.post(key, caller_number=NUMBER, zip=value, at=events.NOON + after)
    if not call_first:
        call_uuid = service.start_call(NUMBER, at=events.NOON + 3 * SECOND)

    assert service.call(call_uuid).tags["zip"].value == "30301"


def test_a_call_of_any_id_takes_the_tags_that_name_it(service: Service, key: PostbackKey) -> None:
    service.handle(
        events.call_event("Call Started", call_uuid="1795421131.42", started_at=events.NOON)
    )

    answer = service.post(key, call_uuid=" 1795421131.42", zip="1", at=events.NOON + SECOND)

    assert answer.json["call_uuid"] == "1795421131.42"
    assert answer.json["status"] == "in progress call found, tags applied"
    call = service.read("/calls/1795421131.42").json
    assert call["tags"][0]["name"] == "zip"
    assert call["announced"]


def test_a_phone_number_as_call_id_is_a_warning_and_masked_in_the_log_line(
    service: Service, key: PostbackKey
) -> None:
    answer = service.post(key, call_uuid=NUMBER, zip="1")

    assert answer.json["warnings"] == [
        {"param": "call_uuid", "message": "is a phone number; send it as caller_number"}
    ]
    (line,) = service.lines()
    assert line["call_uuid"] == "+1***42"


@pytest.mark.parametrize(
    ("call_uuid", "caller_number", "is_warned"),
    [
        ("14155550142", "", True),
        ("4155550142", "", True),
        ("415-555-0142", "", True),
        ("442079460142", "", True),
        ("14155550142", "12", True),
        ("14155550142", NUMBER, False),
        # IDs of phone systems, with the seconds or milliseconds of a call's start.
        ("1795421131", "", False),
        ("1795421131.42", "", False),
        ("1795421131042", "", False),
        ("29912345", "", False),
        ("415555014", "", False),
        ("00000000-1415-4555-8014-000000000042", "", False),
    ],
)
def test_a_call_id_that_could_be_the_missing_caller_number_is_a_warning(
    service: Service, key: PostbackKey, call_uuid: str, caller_number: str, is_warned: bool
) -> None:
    answer = service.post(key, call_uuid=call_uuid, caller_number=caller_number, zip="1").json

    message = "looks like a phone number; did you mean caller_number?"
    assert answer["call_uuid"] == call_uuid
    warned = [{"param": "call_uuid", "message": message}] if is_warned else []
    assert answer.get("warnings", []) == warned


@pytest.mark.parametrize("call_uuid", ["14155550142", "4155550142", "+14155550142", "415-555-0142"])
def test_a_call_id_that_is_the_callers_own_number_is_ignored_with_a_warning(
    service: Service, key: PostbackKey, call_uuid: str
) -> None:
    answer = service.post(key, call_uuid=call_uuid, caller_number="+14155550142", zip="1").json
    call = service.start_call("+14155550142")

    assert [warning["param"] for warning in answer["warnings"]] == ["call_uuid"]
    assert answer["warnings"][0]["message"].startswith("is the same number as caller_number")
    assert answer["caller_number"] == "+14155550142"
    assert service.tags(call) == {"zip": "1"}


def test_a_call_whose_id_has_a_slash_is_read_by_its_id_in_the_query(
    service: Service, key: PostbackKey
) -> None:
    service.handle(
        events.call_event("Call Started", call_uuid="ab/cd/ef@pbx", started_at=events.NOON)
    )

    assert service.read("/calls", call_uuid="ab/cd/ef@pbx").json["call_uuid"] == "ab/cd/ef@pbx"
    assert service.read("/calls", call_uuid="ab/cd").json["errors"][0]["param"] == "call_uuid"
