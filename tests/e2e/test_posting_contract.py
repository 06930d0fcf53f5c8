"""Postings and their responses, byte for byte: methods, bodies, precedence."""

from typing import Any
from urllib.parse import quote

import pytest

from infra.local.web import Response
from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import PostbackKey, Service

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=frontier"

STORED = "call not found, tags stored"


def multipart(parameters: dict[str, str]) -> bytes:
    parts = [
        f'--frontier\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parameters.items()
    ]
    return ("".join(parts) + "--frontier--\r\n").encode()


def tag_values(response: Response) -> dict[str, Any]:
    assert response.status_code == 200, response.body
    values: dict[str, Any] = response.json()["tag_values"]
    return values


def test_the_vendors_example_gets_the_documented_response(
    service: Service, key: PostbackKey
) -> None:
    response = service.get(f"key={key.key}&caller_number=+10123456789&0=&example_tag=value123")

    assert response.status_code == 200
    assert response.body == (
        b'{"tag_values":{"0":"","example_tag":"value123"},"caller_number":"+10123456789",'
        b'"status":"call not found, tags stored"}'
    )


def test_the_response_to_a_posting_by_call_id_has_the_call_id(
    service: Service, key: PostbackKey
) -> None:
    call = PhoneCall()
    service.end(call)

    response = service.get(f"key={key.key}&call_uuid={call.call_uuid}&age=39&utm_campaign=auto")

    assert response.status_code == 200
    assert response.body.decode() == (
        '{"tag_values":{"age":"39","utm_campaign":"auto"},'
        f'"call_uuid":"{call.call_uuid}","status":"completed call found, tags applied"}}'
    )


def test_a_posting_during_the_call_is_applied(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.start(PhoneCall(caller_number=caller_number))

    response = service.tag(key, caller_number, age="39")

    assert response.status_code == 200
    assert response.body.decode() == (
        f'{{"tag_values":{{"age":"39"}},"caller_number":"{caller_number}",'
        '"status":"in progress call found, tags applied"}'
    )


def test_responses_are_json_that_must_not_be_cached(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    good, bad = service.tag(key, caller_number, age="39"), service.tag(key, "12", age="39")

    for response in (good, bad):
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Cache-Control"] == "no-store"


def test_get_accepts_the_key_in_the_path(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    response = service.get(
        f"caller_number={quote(caller_number)}&age=39", path=f"/data_writing/{key.key}"
    )

    assert tag_values(response) == {"age": "39"}


def test_post_accepts_the_key_in_the_path(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    body = f"caller_number={quote(caller_number)}&age=39".encode()

    response = service.post(body=body, content_type=URLENCODED, path=f"/data_writing/{key.key}")

    assert tag_values(response) == {"age": "39"}


def test_a_key_may_be_in_upper_case(service: Service, key: PostbackKey, caller_number: str) -> None:
    response = service.get(f"key={key.key.upper()}&caller_number={quote(caller_number)}&age=39")

    assert response.status == STORED


@pytest.mark.parametrize(
    "content_type",
    [None, URLENCODED, "application/json", "multipart/form-data", "text/plain", "what/ever; x=y"],
)
def test_a_post_without_a_body_is_read_from_the_query_with_any_content_type(
    service: Service, key: PostbackKey, caller_number: str, content_type: str | None
) -> None:
    response = service.post(
        f"key={key.key}&caller_number={quote(caller_number)}&age=39",
        content_type=content_type,
    )

    assert tag_values(response) == {"age": "39"}


@pytest.mark.parametrize("content_type", [URLENCODED, f"{URLENCODED}; charset=UTF-8"])
def test_a_form_is_read(
    service: Service, key: PostbackKey, caller_number: str, content_type: str
) -> None:
    body = f"key={key.key}&caller_number={quote(caller_number)}&name=Zo%C3%AB+B&empty="

    response = service.post(body=body.encode(), content_type=content_type)

    assert tag_values(response) == {"name": "Zoë B", "empty": ""}


def test_a_multipart_form_is_read(service: Service, key: PostbackKey, caller_number: str) -> None:
    parameters = {"key": key.key, "caller_number": caller_number, "name": "Zoë & co", "empty": ""}

    response = service.post(body=multipart(parameters), content_type=MULTIPART)

    assert tag_values(response) == {"name": "Zoë & co", "empty": ""}


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_a_json_object_is_read(
    service: Service, key: PostbackKey, caller_number: str, content_type: str
) -> None:
    body = (
        f'{{"key":"{key.key}","caller_number":"{caller_number}","age":39,"score":39.10,'
        '"prequalified":true,"insured":false,"zip":null,"name":"Zoë","Name":"other"}'
    )

    response = service.post(body=body.encode(), content_type=content_type)

    assert tag_values(response) == {
        "age": "39",
        "score": "39.10",
        "prequalified": "true",
        "insured": "false",
        "zip": "",
        "name": "Zoë",
        "Name": "other",
    }


def test_a_json_number_is_read_as_a_caller_number(service: Service, key: PostbackKey) -> None:
    response = service.post_json({"key": key.key, "caller_number": 15552000001, "age": 39})

    assert response.json()["caller_number"] == "+15552000001"


@pytest.mark.parametrize("repeats", ["age=1&age=2&age=39", "age=1&zip=7&age=39&zip=7"])
def test_the_last_of_repeated_parameters_wins(
    service: Service, key: PostbackKey, caller_number: str, repeats: str
) -> None:
    in_query = service.get(f"key={key.key}&caller_number={quote(caller_number)}&{repeats}")
    in_body = service.post(
        f"key={key.key}&caller_number={quote(caller_number)}",
        repeats.encode(),
        content_type=URLENCODED,
    )

    assert tag_values(in_query)["age"] == tag_values(in_body)["age"] == "39"


def test_a_body_parameter_overrides_the_query(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    response = service.post(
        f"key={key.key}&caller_number=%2B15550009999&age=1&zip=90210",
        f"caller_number={quote(caller_number)}&age=39".encode(),
        content_type=URLENCODED,
    )

    assert tag_values(response) == {"age": "39", "zip": "90210"}
    assert response.json()["caller_number"] == caller_number


def test_the_key_in_the_path_overrides_query_and_body(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    response = service.post(
        "key=from-the-query",
        f"key=from-the-body&caller_number={quote(caller_number)}&age=39".encode(),
        content_type=URLENCODED,
        path=f"/data_writing/{key.key}",
    )

    assert tag_values(response) == {"age": "39"}
    assert [row["key_id"] for row in service.log_rows(key)] == [key.key_id]


def test_json_in_another_charset_gets_a_warning_wherever_its_bytes_are_read(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    """A gateway may replace the bytes that are not UTF-8, or leave them to the function."""
    response = service.post(
        f"key={key.key}&caller_number={quote(caller_number)}",
        b'{"name": "Jos\xe9"}',
        content_type="application/json",
    )

    assert tag_values(response)["name"] in ("Jos\u00e9", "Jos\ufffd")
    (warning,) = response.json()["warnings"]
    assert "send UTF-8" in warning["message"]


def test_a_posting_to_the_instructions_is_an_error(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    response = service.get(
        f"caller_number={quote(caller_number)}&age=39",
        path=f"/data_writing/{key.key}/instructions",
    )

    assert response.status_code == 422
    assert "nothing was stored" in response.json()["errors"][0]["message"]


def test_tag_names_and_values_reach_the_call_unchanged(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    tags = {
        "Age": "39",
        "age": "40",
        "a b": "  spaced  ",
        "comma": "1,2,3",
        "plus": "1+1",
        "café": "日本語 🎉",
        "quote": '"\\</script>',
        "n" * 128: "v" * 2048,
        "0": "",
    }

    response = service.tag(key, caller_number, **tags)
    call = PhoneCall(caller_number=caller_number)

    assert tag_values(response) == tags
    assert service.start(call)["tags"] == tags
