"""A call with the maximum of tags fits in one DynamoDB item."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.calls import Call, Tag
from shared.domain.merging import merge
from shared.domain.postings import Posting
from shared.stores.call_items import call_key, facts, tagging
from shared.stores.dynamodb import to_item

MakePosting = Callable[..., Posting]
MakeCall = Callable[..., Call]

# As long as the IDs of API Gateway and of this service.
REQUEST_ID = "JKJaXmPLvHcESHA="
KEY_ID = "pbk_aaaaaaaaaaaa"


def _size(value: Mapping[str, Any]) -> int:
    """Return the size by DynamoDB's rules: three bytes for a map, and one for each member."""
    match value:
        case {"S": text}:
            return len(text.encode())
        case {"N": number}:
            return len(number) // 2 + 2
        case {"M": members}:
            return 3 + sum(1 + len(name.encode()) + _size(v) for name, v in members.items())
    raise AssertionError(f"unknown type: {value}")


@pytest.mark.parametrize(
    "tags",
    [
        {f"t{i}": "" for i in range(1)},
        {f"t{i}": "" for i in range(100)},
        {f"t{i}": "v" * 2048 for i in range(30)},
        {f"{i:02}" + "\u20ac" * 126: "" for i in range(50)},
        {f"t{i}": "\U0001f600" * 2048 for i in range(7)},
    ],
    ids=["one", "small", "long", "wide names", "wide values"],
)
def test_a_full_call_fits_into_one_item(
    make_posting: MakePosting, make_call: MakeCall, noon: datetime, tags: dict[str, str]
) -> None:
    merged: Mapping[str, Tag] = {}
    for number in range(2000):
        posting = make_posting(
            at=noon + number * timedelta(seconds=1),
            request_id=REQUEST_ID,
            tags={f"{number}{name}"[:128]: value for name, value in tags.items()},
            key_id=KEY_ID,
            publisher_id=f"pub_{number:012}",
        )
        merge_one = merge(merged, [posting])
        merged = merge_one.tags
        if merge_one.left_out:
            break
    assert merge_one.left_out, "the call never became full"

    call = make_call(campaign_id="c" * 256, dialed_number="d" * 256, version=10**6)
    call = replace(call, ended_at=noon, announced_at=1, tags=merged)
    item = call_key(call.call_uuid) | to_item(facts(call)) | to_item(tagging(call))
    assert _size({"M": item}) < 400_000
