"""Refusals: their status codes, their errors, and no trace but a log row."""

import json
from urllib.parse import quote

import pytest

from infra.local import web
from infra.local.web import Response
from tests.e2e.phone_calls import new_uuid
from tests.e2e.service import PostbackKey, Service

MAX_BODY_BYTES = 64 * 1024


def assert_is_error(response: Response, status_code: int, *params: str | None) -> None:
    assert response.status_code == status_code, response.body
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json()
    assert list(body) == ["status", "errors", "request_id"]
    assert body["status"] == "error"
    assert body["request_id"]
    assert all(list(error) == ["param", "message"] for error in body["errors"])
    assert all(error["message"] for error in body["errors"])
    assert response.params == list(params)


@pytest.mark.parametrize("sent", ["", "key=&", "key=not-a-uuid&", "key=" + "9" * 36 + "&"])
def test_a_missing_or_malformed_key_is_401(service: Service, caller_number: str, sent: str) -> None:
    response = service.get(f"{sent}caller_number={quote(caller_number)}&age=39")

    assert_is_error(response, 401, "key")
    assert service.pending(caller_number) == []


@pytest.mark.parametrize("in_path", [False, True])
def test_an_unknown_key_is_401(service: Service, caller_number: str, in_path: bool) -> None:
    unknown = new_uuid()
    query = f"caller_number={quote(caller_number)}&age=39"

    response = (
        service.get(query, path=f"/data_writing/{unknown}")
        if in_path
        else service.get(f"key={unknown}&{query}")
    )

    assert_is_error(response, 401, "key")
    assert service.pending(caller_number) == []


def test_a_key_id_is_not_a_key(service: Service, key: PostbackKey, caller_number: str) -> None:
    response = service.get(f"key={key.key_id}&caller_number={quote(caller_number)}&age=39")

    assert_is_error(response, 401, "key")


@pytest.mark.parametrize("path", ["/", "/nowhere", "/data_writing/a/b", "/Data_Writing"])
def test_an_unknown_path_is_404(service: Service, key: PostbackKey, path: str) -> None:
    response = service.get(f"key={key.key}&caller_number=%2B15550008888&age=39", path=path)

    assert_is_error(response, 404, None)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("in_path", [False, True])
def test_an_unsupported_method_is_405_with_the_allowed_ones(
    service: Service, key: PostbackKey, caller_number: str, method: str, in_path: bool
) -> None:
    path = f"/data_writing/{key.key}?" if in_path else f"/data_writing?key={key.key}&"
    url = f"{service.api_url}{path}caller_number={quote(caller_number)}&age=39"

    response = web.send(method, url)

    assert_is_error(response, 405, None)
    assert response.headers["Allow"] == "GET, POST"
    assert service.pending(caller_number) == []


def test_a_body_of_64_kib_is_read_and_one_byte_more_is_413(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    query = f"key={key.key}&caller_number={quote(caller_number)}"
    body = b'{"age":39}'.ljust(MAX_BODY_BYTES)

    fitting = service.post(query, body, content_type="application/json")
    too_large = service.post(query, body + b" ", content_type="application/json")

    assert fitting.json()["tag_values"] == {"age": "39"}
    assert_is_error(too_large, 413, None)
    assert len(service.pending(caller_number)) == 1


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/xml", "nonsense"])
def test_a_body_of_an_unknown_form_is_415(
    service: Service, key: PostbackKey, caller_number: str, content_type: str | None
) -> None:
    response = service.post(
        f"key={key.key}&caller_number={quote(caller_number)}",
        b"<lead age='40'/>",
        content_type=content_type,
    )

    assert_is_error(response, 415, None)
    assert service.pending(caller_number) == []


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("", None),
        ("=39", None),
        (f"{'n' * 129}=39", "n" * 128),
        (f"note={'v' * 8193}", "note"),
        ("&".join(f"t{i}=" for i in range(101)), None),
    ],
    ids=[
        "no tags",
        "no name",
        "name too long",
        "value too long",
        "too many tags",
    ],
)
def test_a_tag_beyond_the_limits_is_422(
    service: Service, key: PostbackKey, caller_number: str, query: str, param: str | None
) -> None:
    response = service.get(f"key={key.key}&caller_number={quote(caller_number)}&{query}")

    assert_is_error(response, 422, param)
    assert service.pending(caller_number) == []


def test_a_hundred_tags_are_accepted(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    response = service.tag(key, caller_number, **{f"tag{i}": str(i) for i in range(100)})

    assert response.status_code == 200
    assert len(service.pending(caller_number)[0]["tags"]) == 100


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ('{"age":39', None),
        ("[1,2]", None),
        ('[{"age":39},{"age":40}]', None),
        ('{"age":NaN}', None),
        ("[" * 5000, None),
    ],
)
def test_json_other_than_one_object_is_422(
    service: Service, key: PostbackKey, caller_number: str, body: str, param: str | None
) -> None:
    response = service.post(
        f"key={key.key}&caller_number={quote(caller_number)}",
        body.encode(),
        content_type="application/json",
    )

    assert_is_error(response, 422, param)
    assert service.pending(caller_number) == []


@pytest.mark.parametrize("boundary", ["", "; boundary=frontier"])
def test_a_truncated_multipart_body_is_422(
    service: Service, key: PostbackKey, caller_number: str, boundary: str
) -> None:
    response = service.post(
        f"key={key.key}&caller_number={quote(caller_number)}",
        b'--frontier\r\nContent-Disposition: form-data; name="age"\r\n\r\n39\r\n--front',
        content_type=f"multipart/form-data{boundary}",
    )

    assert_is_error(response, 422, None)


def test_a_malformed_call_uuid_is_422(service: Service, key: PostbackKey) -> None:
    response = service.get(f"key={key.key}&call_uuid=42&age=39")

    assert_is_error(response, 422, "call_uuid")


def test_a_posting_without_a_caller_or_call_is_422(service: Service, key: PostbackKey) -> None:
    response = service.get(f"key={key.key}&age=39")

    assert_is_error(response, 422, "caller_number")


def test_a_refusal_has_an_error_for_each_invalid_parameter(
    service: Service, key: PostbackKey
) -> None:
    response = service.get(f"key={key.key}&caller_number=12&age={'3' * 8193}&zip={'9' * 8193}")

    assert_is_error(response, 422, "caller_number", "age", "zip")


def test_a_refused_posting_leaves_only_its_log_row(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    response = service.post(
        f"key={key.key}",
        json.dumps({"caller_number": caller_number, "note": "x" * 9000}).encode(),
        content_type="application/json",
    )

    assert_is_error(response, 422, "note")
    assert service.pending(caller_number) == []
    [row] = service.log_rows(key)
    assert row["outcome"] == "refused"
    assert row["status_code"] == 422
    assert row["problems"] == response.json()["errors"]
    assert row["posting_id"].endswith(response.json()["request_id"])
    assert row["publisher_id"] == key.publisher_id
    assert row["caller_number"] == caller_number
    assert key.key not in str(row)
