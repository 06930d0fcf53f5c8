"""Parameters of all kinds, drawn at random, are read as by a second reading."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import given
from hypothesis import strategies as st

from functions.data_writing.request import Request
from shared.domain.errors import InvalidInput
from tests.unit import gateway, reading_oracle
from tests.unit.gateway import KEY

Pairs = Sequence[tuple[str, str]]

K = KEY.key
KEYS = [
    K, K.upper(), f"{K}.", f"({K})", f"{{{K}}}", f"<{K}>", f"\u201c{K}\u201d", f" {K}", f"{K}),",
    K.replace("-", ""), K.replace("-", "\u2013"), f"*{K.replace('-', '')}*", "blue", "", K[1:],
]  # fmt: skip
NUMBERS = ["+15551230142", "5551230142", "(555) 123-0142", "1 555 123 0142", "5551230143", ""]
CALL_IDS = ["abc-def-1", "ABC-DEF-1", "abc-def-2", ""]
VALUES = [
    "", "x", "y", "x y", "39", "true", "false", "Jos\u00e9", "Jos\ufffd", "None", "none", "Null",
    *reading_oracle.MISSING, "(null)", "(None)", "(not_set)", "(direct)", "{{zip}}", "[zip]",
    "%zip%", "<zip>", "*|ZIP|*", "#1", "50%", "nil points", "N/A yet", "#REF", "[1]",
]  # fmt: skip
NAMES = ["a", "a[]", "a[0]", "a[1]", "a[b]", "a.b", "b", "A", "", "na\ufffdme"]

tags = st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES))
ours = st.one_of(
    st.tuples(st.sampled_from(["key", "Key", "key[]"]), st.sampled_from(KEYS)),
    st.tuples(
        st.sampled_from(["caller_number", "caller_number[]", "Caller_Number"]),
        st.sampled_from(NUMBERS),
    ),
    st.tuples(st.sampled_from(["call_uuid", "CALL_UUID"]), st.sampled_from(CALL_IDS)),
)
pairs = st.lists(tags | ours, max_size=6)


def _read(query: Pairs, body: Pairs | str, path_key: str | None) -> Request:
    event: dict[str, Any] = {
        "rawPath": "/data_writing" + ("" if path_key is None else f"/{quote(path_key)}"),
        "rawQueryString": urlencode(query),
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "requestContext": {
            "http": {"method": "POST"},
            "requestId": "r",
            "timeEpoch": 1_741_608_000_007,
        },
        "body": body if isinstance(body, str) else urlencode(body),
    }
    if isinstance(body, str):
        event["headers"]["content-type"] = "application/json"
    return gateway.read(event)


def _compare(read: Request, expected: reading_oracle.Reading) -> None:
    parameters = dict(read.parameters)
    # What is not a key stays as sent, here with the path's escapes.
    if parameters.get("key") != expected.parameters.get("key"):
        assert parameters.pop("key", "") == quote(expected.parameters.pop("key", ""))
    assert parameters == expected.parameters
    told: set[tuple[str, str | None]] = {(w.kind.value, w.param) for w in read.warnings}
    at_once = {
        w for w in expected.warnings if w[0] not in ("left_out", "placeholder_not_filled_in")
    }
    assert told == at_once
    try:
        posting = read.to_posting(KEY)
    except InvalidInput:
        return
    assert posting.tags == expected.tags
    of_tags = {w for w in posting.warnings if w.kind.value not in ("caller_number_repaired",)}
    assert {(w.kind.value, w.param) for w in of_tags} == expected.warnings


@given(pairs, pairs, st.none() | st.sampled_from([key for key in KEYS if key.strip()]))
def test_a_link_and_a_form_are_read_as_by_the_second_reading(
    query: Pairs, body: Pairs, path_key: str | None
) -> None:
    _compare(_read(query, body, path_key), reading_oracle.read(query, body, path_key))


@given(pairs, pairs)
def test_a_link_and_json_are_read_as_by_the_second_reading(query: Pairs, body: Pairs) -> None:
    members = dict(body)
    # An empty object has no parameters, like an empty form.
    read = _read(query, json.dumps(members), None)

    _compare(read, reading_oracle.read(query, list(members.items()), None))
