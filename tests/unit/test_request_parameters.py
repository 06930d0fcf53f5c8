"""Which parameters a request carries, and what posting they make."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.data_writing.request import Request
from shared.domain.errors import InvalidInput, MethodNotAllowed, Refusal, UnknownPath
from tests.unit import gateway
from tests.unit.gateway import KEY

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)
CALL_UUID = "9b653cf0-4835-493b-860c-aed9b7af2a4a"


def _event(query: str = "", path: str = "/data_writing", method: str = "GET") -> dict[str, Any]:
    return {
        "rawPath": path,
        "rawQueryString": query,
        "headers": {},
        "requestContext": {
            "http": {"method": method, "path": path},
            "requestId": "JKJaXmPLvHcESHA=",
            "timeEpoch": 1_741_608_000_007,
        },
    }


def _read(query: str, path: str = "/data_writing") -> Request:
    return gateway.read(_event(query, path))


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("", {}),
        ("age=39&zip=90210", {"age": "39", "zip": "90210"}),
        ("0=&flag", {"0": "", "flag": ""}),
        ("age=1&age=2&age=3", {"age": "3"}),
        ("caller_number=+10123456789", {"caller_number": "+10123456789"}),
        ("caller_number=%2B10123456789", {"caller_number": "+10123456789"}),
        ("city=S%C3%A3o+Paulo", {"city": "S\u00e3o Paulo"}),
        ("a%20b=c%26d%3De", {"a b": "c&d=e"}),
        ("a=1,2&b=x;y", {"a": "1,2", "b": "x;y"}),
        ("a=100%&b=%zz", {"a": "100%", "b": "%zz"}),
        ("a=x=y", {"a": "x=y"}),
        ("a=%ff", {"a": "\u00ff"}),
        ("Age=1&age=2", {"Age": "1", "age": "2"}),
        ("a=1&&b=2&", {"a": "1", "b": "2"}),
    ],
)
def test_the_query_string_is_read_as_publishers_mean_it(
    query: str, parameters: dict[str, str]
) -> None:
    assert _read(query).parameters == parameters


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/data_writing", "in-query"),
        ("/data_writing/", "in-query"),
        ("/data_writing/in-path", "in-path"),
        ("/data_writing/in-path/", "in-path"),
    ],
)
def test_a_key_in_the_path_wins_over_one_in_the_query_string(path: str, key: str) -> None:
    assert _read("key=in-query", path).parameters["key"] == key


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/data_writings",
        "/data_writing/key/more",
        "/x_data_writing",
        "/DATA_WRITING",
        "/data_writing.xml",
    ],
)
def test_other_paths_are_unknown(path: str) -> None:
    with pytest.raises(UnknownPath):
        _read("", path)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
def test_the_refusal_of_another_method_names_the_allowed_ones(method: str) -> None:
    with pytest.raises(MethodNotAllowed, match=f"{method} is not allowed here; send GET or POST"):
        gateway.read(_event(method=method))


def test_an_unknown_path_is_unknown_for_every_method() -> None:
    with pytest.raises(UnknownPath):
        gateway.read(_event(path="/elsewhere", method="DELETE"))


def test_all_other_parameters_are_tags() -> None:
    read = _read(f"key=k&caller_number=5551234567&call_uuid={CALL_UUID}&Key=1&age=39")

    assert read.tags == {"Key": "1", "age": "39"}


def test_a_posting_takes_its_time_from_the_gateway_and_its_durations_from_the_key() -> None:
    posting = _read("caller_number=(555)+123-4567&age=39").to_posting(KEY)

    assert posting.posting_id == "1741608000007-JKJaXmPLvHcESHA="
    assert posting.posted_at == NOON + timedelta(milliseconds=7)
    assert posting.stored_until == posting.posted_at + timedelta(hours=2)
    assert posting.end_call_cutoff == timedelta(minutes=5)
    assert (posting.key_id, posting.publisher_id) == ("pbk_a", "pub_a")
    assert (posting.caller_number, posting.call_uuid) == ("+15551234567", None)
    assert posting.tags == {"age": "39"}


@pytest.mark.parametrize(
    ("query", "caller_number"),
    [
        (f"call_uuid={CALL_UUID}", None),
        (f"call_uuid={CALL_UUID.upper()}", None),
        (f"call_uuid=+{CALL_UUID}+", None),
        (f"call_uuid={CALL_UUID}&caller_number=5551234567", "+15551234567"),
        (f"call_uuid={CALL_UUID}&caller_number=anonymous", None),
        (f"call_uuid={CALL_UUID}&caller_number=", None),
    ],
)
def test_the_call_uuid_decides_where_it_is_given(query: str, caller_number: str | None) -> None:
    posting = _read(f"{query}&age=39").to_posting(KEY)

    assert posting.call_uuid == CALL_UUID
    assert posting.caller_number == caller_number


@pytest.mark.parametrize(
    ("query", "problems"),
    [
        ("age=39", {"caller_number": "is missing or empty; send caller_number or call_uuid"}),
        (
            "age=39&caller_number=%20",
            {"caller_number": "is missing or empty; send caller_number or call_uuid"},
        ),
        (
            "age=39&caller_number=&call_uuid=",
            {"caller_number": "is missing or empty; send caller_number or call_uuid"},
        ),
        (
            "callerNumber=5551234567",
            {"caller_number": "is missing, but callerNumber was sent; rename it to caller_number"},
        ),
        (
            "tracking_phone=5550001234&customer_phone=5551234567",
            {"caller_number": "is missing, but customer_phone was sent; rename it to"},
        ),
        (
            "phone=&mobile=5551234567",
            {"caller_number": "is missing, but mobile was sent; rename it to caller_number"},
        ),
        (
            "age=39&amp;caller_number=5551234567",
            {"caller_number": "is missing, but amp;caller_number was sent, because the link is"},
        ),
        ("age=39&caller_number=12", {"caller_number": "is not a valid phone number in region"}),
        (
            "age=39&call_uuid=12&caller_number=5551234567",
            {"call_uuid": "is not a call ID (a UUID, or 6 to 128 letters"},
        ),
        ("caller_number=5551234567", {None: "no tags were sent; add at least one parameter"}),
        (
            f"caller_number=12&age={'x' * 8193}&{'y' * 129}=1",
            {
                "caller_number": "is not a valid phone number in region US",
                "age": "the value has 8193 characters",
                "y" * 128: "the name has 129 characters",
            },
        ),
    ],
)
def test_a_refusal_lists_every_problem(query: str, problems: dict[str | None, str]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        _read(query).to_posting(KEY)

    found = {problem.param: problem.message for problem in refusal.value.problems}
    assert found.keys() == problems.keys()
    assert all(found[param].startswith(message) for param, message in problems.items())


def test_an_unreadable_body_is_refused_with_any_query_string(
    noon: datetime,
) -> None:
    refused = Request("1741608000007-r", {"caller_number": "5551234567", "age": "39"}, Refusal())

    with pytest.raises(Refusal) as refusal:
        refused.to_posting(KEY)

    assert refusal.value is refused.refusal


@pytest.mark.parametrize(
    ("query", "number"),
    [("caller_number=5551234567", "+15551234567"), ("caller_number=x", None), ("", None)],
)
def test_a_refused_posting_has_its_caller_if_the_number_can_be_read(
    query: str, number: str | None
) -> None:
    assert _read(query).caller_number(KEY) == number


def test_the_sample_event_makes_the_vendors_example_posting(
    sample_event: Callable[[str], dict[str, Any]],
) -> None:
    posting = gateway.read(sample_event("posting")).to_posting(KEY)

    assert posting.caller_number == "+10123456789"
    assert posting.tags == {"0": "", "example_tag": "value123"}
    assert posting.posted_at == datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
