"""The timeline of a posting in the console."""

from typing import Any

import pytest

from functions.console import timeline

POSTED = {
    "posting_id": "2-b", "posted_at": "2026-11-25T08:00:00.000Z", "status_code": 200,
    "outcome": "applied", "applied_to": "call", "decided_at": "2026-11-25T08:01:00.000Z",
    "decided_by": "call_started", "tags": {"zip": "1", "age": "2"}, "stored_until": None,
}  # fmt: skip


CALL = {
    "started_at": "2026-11-25T08:00:59.000Z", "ended_at": "2026-11-25T09:00:00.000Z",
    "announced": True,
}  # fmt: skip


def _tag(name: str, posting_id: str, replaced: str | None = None) -> dict[str, Any]:
    before = {"posting_id": replaced, "value": "0"} if replaced else None
    at = f"2026-11-25T08:3{posting_id[0]}:00.000Z"
    return {"name": name, "posting_id": posting_id, "posted_at": at, "replaced": before}


def _lines(call: dict[str, Any], **changed: Any) -> list[str]:
    steps = timeline.steps(POSTED | changed, CALL | call)
    return [" | ".join(filter(None, (step["what"], step["more"]))) for step in steps]


def test_a_timeline_runs_from_the_posting_to_the_end_of_its_call() -> None:
    assert _lines({"tags": [_tag("zip", "2-b"), _tag("age", "2-b")]}) == [
        "Received and stored",
        "The call started",
        "Applied to call | when the platform reported the start of the call",
        "Sent to the platform | as Call Tagged, within seconds",
        "The call ended",
    ]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([_tag("zip", "2-b", "1-a")], "replaced 1 value from earlier postings"),
        ([_tag("zip", "2-b", "1-a"), _tag("age", "2-b", "1-a")], "replaced 2 values from earlier"),
        (
            [_tag("zip", "1-a", "2-b")],
            "kept 1 value, because a placeholder does not replace a value",
        ),
        ([_tag("zip", "3-c", "2-b"), _tag("age", "3-c")], "2 values replaced"),
    ],
)
def test_a_timeline_counts_replaced_values(tags: list[dict[str, Any]], expected: str) -> None:
    assert expected in "\n".join(_lines({"tags": tags}))


@pytest.mark.parametrize("tags", [[_tag("zip", "2-b", "3-c")], [_tag("other", "3-c", "1-a")], []])
def test_placeholders_and_other_tags_count_as_nothing_replaced(
    tags: list[dict[str, Any]],
) -> None:
    assert "replaced" not in "\n".join(_lines({"tags": tags}))


def test_a_replaced_value_links_to_the_first_posting_that_replaced_it() -> None:
    tags = [_tag("zip", "4-d"), _tag("age", "3-c")]

    (step,) = (s for s in timeline.steps(POSTED, CALL | {"tags": tags}) if "posting" in s)

    assert step["posting"]["posting_id"] == "3-c"


def test_tags_are_not_sent_before_the_calls_first_event() -> None:
    assert _lines({"tags": [], "announced": False})[-1].startswith("Not sent to the platform yet")


@pytest.mark.parametrize(
    ("changed", "last"),
    [
        ({"status_code": 422}, "Refused with 422"),
        ({"outcome": "stored"}, "Waiting for a call until"),
        ({"outcome": "expired"}, "Expired | the caller did not call in time"),
        ({"outcome": "refused"}, "Refused | see Problems"),
    ],
)
def test_a_posting_without_a_call_ends_with_its_outcome(changed: dict[str, Any], last: str) -> None:
    until = {"applied_to": None, "stored_until": "2026-11-26T08:00:00.000Z"}

    assert _lines({}, **until | changed)[-1] == last
