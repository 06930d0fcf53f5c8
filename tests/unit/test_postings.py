"""The limits of a posting's tags, and posting IDs."""

from datetime import UTC, datetime

import pytest

from shared.domain import postings

ACCEPTED = [
    {"age": "39"},
    {"0": ""},
    {"Age": "1", "age": "2"},
    {"n" * 128: "v" * 8192},
    {"\U0001f600" * 128: "\U0001f600" * 8192},
    {f"tag_{i}": str(i) for i in range(100)},
    {"na\u00efve": "caf\u00e9 \u2028 \u200b"},
    {"with space": " kept as sent "},
    {"address": "1 Main St\r\nApt 4", "note": "a\tb"},
]

REFUSED = [
    ({}, None, "no tags were sent"),
    (
        {f"tag_{i}": "" for i in range(101)},
        None,
        "101 tags were sent; send 100 or fewer, and the rest in another posting",
    ),
    ({"": "x"}, None, "a tag has no name"),
    ({"n" * 129: ""}, "n" * 128, "the name has 129 characters; send at most 128"),
    ({"a": "v" * 8193}, "a", "the value has 8193 characters; send at most 8192"),
    ({"a\nb": ""}, r"a\nb", "the name has the control character U+000A; remove it"),
    ({"a\x00": ""}, r"a\x00", "the name has the control character U+0000; remove it"),
    (
        {"a\ud800": ""},
        r"a\ud800",
        "the name is not valid UTF-8, or has half a surrogate pair; send it in",
    ),
    ({"a": "b\x0bc"}, "a", "the value has the control character U+000B; remove it"),
    ({"a": "\x7f"}, "a", "the value has the control character U+007F; remove it"),
    ({"a": "\x85"}, "a", "the value has the control character U+0085; remove it"),
    ({"a": "\uffff"}, "a", "the value has U+FFFF, which is not a character; remove it"),
    (
        {"a": "\udcff"},
        "a",
        "the value is not valid UTF-8, or has half a surrogate pair; send it in UTF-8",
    ),
]


@pytest.mark.parametrize("tags", ACCEPTED)
def test_tags_within_the_limits_are_accepted(tags: dict[str, str]) -> None:
    assert postings.problems_with_tags(tags) == []


@pytest.mark.parametrize(("tags", "param", "message"), REFUSED)
def test_a_refusal_names_the_tag_and_what_is_wrong_with_it(
    tags: dict[str, str], param: str | None, message: str
) -> None:
    (problem,) = postings.problems_with_tags(tags)

    assert problem.param == param
    assert problem.message.startswith(message)


def test_all_problems_of_a_tag_are_reported_at_once() -> None:
    problems = postings.problems_with_tags({"n" * 129: "v" * 8193, "b": "\x00"})

    assert [problem.message.split()[1] for problem in problems] == ["name", "value", "value"]


def test_a_posting_with_many_problems_gets_the_first_ten() -> None:
    problems = postings.problems_with_tags({f"tag_{i:02}": "\0" for i in range(50)})

    assert [problem.param for problem in problems] == [f"tag_{i:02}" for i in range(10)]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("age", "age"), ("n" * 200, "n" * 128), ("a\r\n", r"a\r\n"), ("\ud800", r"\ud800")],
)
def test_a_name_is_shown_escaped_and_shortened(name: str, shown: str) -> None:
    assert postings.shown_name(name) == shown


def test_posting_ids_sort_by_time() -> None:
    earlier = postings.posting_id(999_999_999_999, "zzz=")
    later = postings.posting_id(1_000_000_000_000, "aaa=")

    assert earlier < later


@pytest.mark.parametrize("request_id", ["JKJaXmPLvHcESHA=", "a-b-c", ""])
def test_a_posting_id_carries_its_time_to_the_millisecond(request_id: str) -> None:
    posting_id = postings.posting_id(1_741_608_000_007, request_id)

    assert postings.posted_at(posting_id) == datetime(2025, 3, 10, 12, 0, 0, 7000, UTC)


def test_the_statuses_equal_the_publishers_contract() -> None:
    assert [str(status) for status in postings.Status] == [
        "call not found, tags stored",
        "in progress call found, tags applied",
        "completed call found, tags applied",
    ]
