"""What holds of every request, whatever was sent: it becomes a posting or a refusal."""

import base64
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.data_writing import bodies, text_repairs
from functions.data_writing.parameters import RESERVED, folded
from functions.data_writing.request import Request
from shared.domain.errors import InvalidInput, Refusal
from shared.domain.keys import canonical_uuid
from shared.domain.posting_warnings import WarningKind
from shared.domain.postings import Posting
from tests.unit import gateway, wild
from tests.unit.gateway import KEY

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=frontier"

NUMBER = "+15551234567"
CALL_UUID = "9b653cf0-4835-493b-860c-aed9b7af2a4a"

Pairs = Sequence[tuple[str, str]]


def _event(
    query: str = "",
    body: str | bytes | None = None,
    content_type: str = FORM,
    *,
    method: str = "POST",
    path: str = "/data_writing",
    **changes: Any,
) -> dict[str, Any]:
    event: dict[str, Any] = {
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"content-type": content_type},
        "requestContext": {
            "http": {"method": method},
            "requestId": "r",
            "timeEpoch": 1_741_608_000_007,
        },
    }
    if isinstance(body, bytes):
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    elif body is not None:
        event |= {"body": body, "isBase64Encoded": False}
    return event | changes


def _tags(event: Mapping[str, Any]) -> Mapping[str, str]:
    return gateway.read(event).to_posting(KEY).tags


def _multipart(pairs: Pairs) -> bytes:
    """As browsers write it: of a name, quotes and line ends are percent-encoded and no more."""
    parts = (
        '--frontier\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'.format(
            name.replace('"', "%22"), value
        )
        for name, value in pairs
    )
    return ("".join(parts) + "--frontier--\r\n").encode()


def _json(pairs: Pairs) -> str:
    members = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in pairs)
    return "{" + ", ".join(members) + "}"


# What is read, is read right.


@given(wild.tags)
def test_tags_in_the_query_string_come_out_as_they_went_in(tags: dict[str, str]) -> None:
    query = urlencode({"caller_number": NUMBER} | tags)

    assert _tags(_event(query, method="GET")) == tags


@given(wild.tags, st.booleans())
def test_tags_in_a_form_come_out_as_they_went_in(tags: dict[str, str], as_bytes: bool) -> None:
    body = urlencode({"caller_number": NUMBER} | tags)

    assert _tags(_event(body=body.encode() if as_bytes else body)) == tags


@given(wild.tags, st.booleans(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_tags_in_json_come_out_as_they_went_in(
    tags: dict[str, str], escaped: bool, encoding: str
) -> None:
    body = json.dumps({"caller_number": NUMBER} | tags, ensure_ascii=escaped).encode(encoding)

    assert _tags(_event(body=body, content_type=JSON)) == tags


@given(
    # HTML says that %22 in a name is a quote, and has no way to write the three characters.
    st.dictionaries(wild.tag_names.filter(lambda n: "%" not in n), wild.tag_values, min_size=1)
)
def test_tags_in_multipart_come_out_as_they_went_in(tags: dict[str, str]) -> None:
    body = _multipart([("caller_number", NUMBER), *tags.items()])

    assert _tags(_event(body=body, content_type=MULTIPART)) == tags


pairs = st.lists(
    st.tuples(
        st.sampled_from(["key", "caller_number", "a", "b", "A"]),
        st.text("xyz", min_size=1, max_size=2),
    ),
    max_size=6,
)


@given(pairs, pairs, st.none() | st.text("xyz", min_size=1), st.sampled_from([FORM, JSON]))
def test_of_the_same_parameter_the_last_wins_the_body_over_the_query_and_the_path_over_both(
    in_query: Pairs, in_body: Pairs, in_path: str | None, content_type: str
) -> None:
    body = urlencode(in_body) if content_type == FORM else _json(in_body)
    path = f"/data_writing/{in_path}" if in_path else "/data_writing"

    read = gateway.read(_event(urlencode(in_query), body, content_type, path=path))

    expected = dict(in_query) | dict(in_body) | ({"key": in_path} if in_path else {})
    assert read.parameters == expected


# A name that ends with a bracket is read as a list or a member in every format, and our own names
# are read in any spelling.
json_names = wild.text.filter(lambda name: not name.endswith("]") and folded(name) not in RESERVED)


@given(st.dictionaries(json_names, wild.scalars, max_size=4))
def test_json_scalars_become_their_json_text(members: dict[str, Any]) -> None:
    text = wild.to_json(members)
    read = gateway.read(_event(body=text, content_type=JSON))

    if {"NaN", "Infinity", "-Infinity"} & {repr_of(value) for value in members.values()}:
        assert isinstance(read.refusal, InvalidInput)
    else:
        texts = {n: v if isinstance(v, str) else repr_of(v) for n, v in members.items()}
        # Written as two escapes, two surrogates are one character.
        assert read.parameters == text_repairs.repaired(json.loads(json.dumps(texts)), [])


@pytest.mark.parametrize(
    ("name", "read_as"), [("0[]", "0"), ("a[0]", "a"), ("a[b]", "a.b"), ("a[b", "a[b"), ("]", "]")]
)
def test_brackets_in_names_of_json_are_read_as_in_forms(name: str, read_as: str) -> None:
    for text, kind in ((json.dumps({name: "x"}), JSON), (urlencode({name: "x"}), FORM)):
        assert gateway.read(_event(body=text, content_type=kind)).parameters == {read_as: "x"}


def repr_of(value: Any) -> str:
    return "" if value is None else json.dumps(value)


# Nothing is lost without a word.

form_names = st.builds(
    "{}{}".format,
    st.sampled_from(["a", "b", "A", "a.b"]),
    st.sampled_from(["", "[]", "[0]", "[1]", "[b]", "[b][]", "[b][0]", "[][b]", "[0][b]", "["]),
)
form_pairs = st.lists(
    st.tuples(form_names, st.sampled_from(["true", "false", "1", "x", "x y", "+"])), max_size=8
)


@given(form_pairs, st.booleans())
def test_every_value_of_a_form_is_in_a_parameter_or_in_a_warning(
    sent: Pairs, in_query: bool
) -> None:
    text = urlencode(sent)
    read = gateway.read(_event(text, method="GET") if in_query else _event(body=text))

    values = [part for value in read.parameters.values() for part in value.split(",")]
    lost = Counter(value for _, value in sent) - Counter(values)
    # A repeated equal value, and the hidden field of a ticked check box, may be dropped.
    repeated = {value for pair, times in Counter(sent).items() for value in [pair[1]] if times > 1}
    is_told = any(warning.kind is WarningKind.REPEATED for warning in read.warnings)
    assert is_told or lost.keys() <= {"false"} | repeated | _values_of_one_name(sent)
    assert not Counter(values) - Counter(value for _, value in sent)


def _values_of_one_name(sent: Pairs) -> set[str]:
    """Values that were sent under two spellings of one name, and are the same there."""
    dotted = Counter(
        (name.replace("[]", "").replace("[0]", "").replace("[1]", "").replace("[b]", ".b"), value)
        for name, value in sent
    )
    return {value for (_, value), times in dotted.items() if times > 1}


@given(st.dictionaries(st.text("abc.", min_size=1, max_size=3), wild.json_values, max_size=4))
def test_every_value_in_nested_json_is_in_a_tag_or_in_a_warning(members: dict[str, Any]) -> None:
    text = json.dumps(members)
    read = gateway.read(_event(body=text, content_type=JSON))
    if read.refusal:
        assert any(word in text for word in ("NaN", "Infinity"))
        return

    leaves = Counter(_leaves(members))
    there = "\n".join(read.parameters.values())
    lost = [leaf for leaf in leaves if leaf not in there]
    told = {w.kind for w in read.warnings if w.message != text_repairs.LEFT_OUT}
    assert not lost or told & {WarningKind.LEFT_OUT, WarningKind.REPEATED}
    assert WarningKind.LEFT_OUT not in told or len(read.tags) == 100 or _depth(members) > 6


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _leaves(member)
    else:
        # Written as two escapes, two surrogates are one character.
        text = value if isinstance(value, str) else repr_of(value)
        yield text_repairs.repaired({"": json.loads(json.dumps(text))}, [])[""]


def _depth(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    members = value.values() if isinstance(value, dict) else value
    return 1 + max(map(_depth, members), default=0)


# What is refused is refused whole, by name, and with nothing but a refusal.


@given(
    good=st.dictionaries(st.text("abc", min_size=1), st.text("xyz"), max_size=3),
    bad_names=st.sets(
        st.builds("{}{}".format, st.text("abc", max_size=3), st.sampled_from("\0\n\x7f\x85\ud800")),
        max_size=3,
    ),
    bad_values=st.dictionaries(
        st.text("ABC", min_size=1, max_size=3),
        st.sampled_from(["\0", "a\x0bb", "\x9f", "\udfff", "x" * 8193]),
        max_size=3,
    ),
    number=st.sampled_from([NUMBER, "", "12", "anonymous"]),
)
def test_a_refusal_names_everything_that_is_wrong(
    good: dict[str, str], bad_names: set[str], bad_values: dict[str, str], number: str
) -> None:
    tags = good | dict.fromkeys(bad_names, "") | bad_values
    sent = Request("1741608000007-r", {"caller_number": number} | tags, None)
    expected = {name.encode("unicode_escape").decode() for name in bad_names} | set(bad_values)
    expected |= set() if number == NUMBER else {"caller_number"}

    named = _problems(sent)

    assert {param for param in named if param} == expected
    assert (None in named) == (not tags)


def _problems(sent: Request) -> list[str | None]:
    try:
        sent.to_posting(KEY)
    except InvalidInput as refusal:
        return [problem.param for problem in refusal.problems]
    return []


sent_bodies = st.one_of(
    st.none(),
    wild.text,
    st.binary(max_size=200),
    wild.json_values.map(wild.to_json),
    st.lists(wild.awkward | st.sampled_from('&=%{}[]",:+ a1'), max_size=30).map("".join),
    st.lists(
        st.sampled_from(
            [
                b"--frontier",
                b"\r\n",
                b"--",
                b'Content-Disposition: form-data; name="a"',
                b"\n",
                b"Content-Length: 9",
                b"Content-Type: text/plain; charset=utf-16",
                b" ",
                b"\xff",
                b'; filename="x"',
                b"Content-Disposition: form-data; name*=utf-8''%00",
                b"x",
            ]
        ),
        max_size=20,
    ).map(b"".join),
)
content_types = st.one_of(
    st.sampled_from([FORM, JSON, MULTIPART, "multipart/form-data", f"{JSON}; charset=utf-16"]),
    st.sampled_from(["multipart/form-data; boundary=", 'multipart/form-data; boundary="\ud800"']),
    wild.text,
)
queries = wild.text | st.lists(
    wild.awkward | st.sampled_from(["&", "=", "%", "%ff", "%00", "%", "+", ";", "caller_number"])
).map("".join)


@given(
    query=queries,
    body=sent_bodies,
    content_type=content_types,
    is_base64=st.none() | st.booleans(),
    encoding=st.none() | wild.text,
    method=st.sampled_from(["GET", "POST", "PUT"]) | wild.text,
    path=st.just("/data_writing") | wild.text.map("/data_writing/{}".format) | wild.text,
)
def test_any_query_becomes_a_posting_within_the_limits_or_a_refusal(
    query: str,
    body: str | bytes | None,
    content_type: str,
    is_base64: bool | None,
    encoding: str | None,
    method: str,
    path: str,
) -> None:
    event = _event(query, body, content_type, method=method, path=path)
    if is_base64 is not None:
        event["isBase64Encoded"] = is_base64
    if encoding is not None:
        event["headers"]["content-encoding"] = encoding

    try:
        posting = gateway.read(event).to_posting(KEY)
    except Refusal as refusal:
        _check_refusal(refusal)
    else:
        _check_limits(posting)


@pytest.mark.parametrize("content_type", [FORM, JSON, MULTIPART])
@given(body=sent_bodies, number=st.sampled_from([NUMBER, " 15551234567", CALL_UUID]))
def test_any_body_becomes_a_posting_within_the_limits_or_a_refusal(
    content_type: str, body: str | bytes | None, number: str
) -> None:
    param = "call_uuid" if number == CALL_UUID else "caller_number"
    try:
        posting = gateway.read(_event(urlencode({param: number}), body, content_type)).to_posting(
            KEY
        )
    except Refusal as refusal:
        _check_refusal(refusal)
    else:
        _check_limits(posting)


def _check_refusal(refusal: Refusal) -> None:
    assert 1 <= len(refusal.problems) <= 11
    for problem in refusal.problems:
        shown = f"{problem.param or ''}{problem.message}"
        assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in shown)
        assert len(problem.param or "") <= 10 * 128
        assert 0 < len(problem.message) <= 10 * 128 + 200


def _check_limits(posting: Posting) -> None:
    assert posting.call_uuid or posting.caller_number
    assert 1 <= len(posting.tags) <= 100
    for name, value in posting.tags.items():
        assert 1 <= len(name) <= 128
        assert len(value) <= 8192
        plain = name + value.translate(dict.fromkeys(map(ord, "\t\r\n")))
        assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in plain)


# The work is bounded by what is read, not by what is sent.


@pytest.mark.parametrize("separator", ["&", "&a=1", "&%ff=%00", "&=="])
@pytest.mark.parametrize("many", [2_000, 100_000])
def test_of_thousands_of_parameters_none_is_parsed(separator: str, many: int) -> None:
    in_query = gateway.read(_event(separator * many, method="GET"))
    in_body = gateway.read(_event("zip=1", (separator * many)[: bodies.MAX_BYTES]))

    assert in_query.parameters == {}
    assert in_body.parameters == {"zip": "1"}
    for read in (in_query, in_body):
        with pytest.raises(
            InvalidInput, match=r"more than 2,000 parameters were sent|query string has"
        ):
            read.to_posting(KEY)


def test_a_query_string_longer_than_a_body_may_be_is_not_parsed() -> None:
    """API Gateway's limit is 10 KB. Another front end with a higher limit must cause neither a
    second of work nor an item that is too large for the table."""
    longest = "a=" + "%" * (bodies.MAX_BYTES - 2)

    assert gateway.read(_event(longest, method="GET")).refusal is None
    refused = gateway.read(_event(f"{longest}%", method="GET"))
    assert refused.parameters == {}
    with pytest.raises(InvalidInput, match="the query string has 65537 characters; send 65536"):
        refused.to_posting(KEY)


def test_repeats_up_to_two_thousand_are_read_and_the_last_wins() -> None:
    query = "&".join(f"a={number}" for number in range(2000))

    assert gateway.read(_event(query)).parameters == {"a": "1999"}


def test_a_multipart_body_of_too_many_parts_is_refused() -> None:
    body = b"--frontier\r\nContent-Disposition:form-data\r\n\r\n\r\n" * 2100

    refusal = gateway.read(_event(body=body[: bodies.MAX_BYTES], content_type=MULTIPART)).refusal

    assert isinstance(refusal, InvalidInput)


@pytest.mark.parametrize("depth", [100_000, 10_000, 500])
def test_json_of_any_depth_is_refused_rather_than_followed(depth: int) -> None:
    for opening in ("[", '{"a":'):
        body = (opening * depth)[: bodies.MAX_BYTES]

        assert isinstance(gateway.read(_event(body=body, content_type=JSON)).refusal, InvalidInput)


def test_a_number_of_any_length_is_text_and_no_number() -> None:
    """Python itself refuses to read, or to write, integers of more than 4,300 digits."""
    body = json.dumps({"a": 1}).replace("1", "9" * 60_000)

    assert gateway.read(_event(body=body, content_type=JSON)).parameters == {"a": "9" * 60_000}


def test_what_is_said_of_a_part_that_cannot_be_read_does_not_quote_it() -> None:
    part = b'--frontier\r\nContent-Disposition: form-data; name="\xff MARKED"\r\n\r\n1\r\n'

    refusal = gateway.read(_event(body=part, content_type=MULTIPART)).refusal

    assert isinstance(refusal, InvalidInput)
    assert "MARKED" not in str(refusal)
    assert "Segment header failed to decode" in str(refusal)


@pytest.mark.parametrize("body", ["abc", "é", "\ud800"])
def test_a_body_that_is_not_the_base64_it_is_said_to_be_is_refused(body: str) -> None:
    read = gateway.read(_event("a=1", body, JSON, isBase64Encoded=True))

    assert isinstance(read.refusal, InvalidInput)
    assert read.parameters == {"a": "1"}


# Keys and calls by one spelling.


@given(st.uuids(), st.data())
def test_a_uuid_is_the_same_in_any_case(uuid: UUID, data: st.DataObject) -> None:
    is_upper = data.draw(st.lists(st.booleans(), min_size=36, max_size=36))
    sent = "".join(c.upper() if up else c for c, up in zip(str(uuid), is_upper, strict=True))

    assert canonical_uuid(sent) == str(uuid)


@given(st.text(st.sampled_from("0aF-_+ {}:urnid\u0663\uff11"), min_size=34, max_size=38))
def test_what_only_resembles_a_uuid_is_none(text: str) -> None:
    parts = text.split("-")
    is_uuid = [len(part) for part in parts] == [8, 4, 4, 4, 12] and not set(text) - set("0aFd-")

    assert (canonical_uuid(text) is not None) == is_uuid


@pytest.mark.parametrize(
    "text",
    [
        "urn:" + "a" * 32,
        "{}{}" + "a" * 32,
        "+" + "a" * 31 + "----",
        "_".join(["aaaaaaaa", "aaaa", "aaaa", "aaaa", "aaaaaaaaaaaa"]),
        "-".join("\u0663" * length for length in (8, 4, 4, 4, 12)),
    ],
)
def test_a_uuid_in_a_spelling_that_only_python_reads_is_none(text: str) -> None:
    assert len(text) == 36
    assert canonical_uuid(text) is None
