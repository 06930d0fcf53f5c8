"""The items of the call data table: their keys, and conversion of calls and postings."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.domain import timestamps
from shared.domain.calls import MOST_DELAY, Call, Source, Tag
from shared.domain.postings import Posting, posted_at
from shared.stores import tables
from shared.stores.dynamodb import Item, from_item, to_item
from shared.stores.log import ROW_RETENTION

CALL_RETENTION = timedelta(days=90)
PENDING_GRACE = timedelta(days=15)
"""How long a pending item outlives its posting: an event can be 14 days in a dead-letter queue, and
must find its tags then."""


def call_partition(call_uuid: str) -> str:
    return f"CALL#{call_uuid}"


def caller_partition(caller_number: str) -> str:
    return f"CALLER#{caller_number}"


def _log_rows_deleted_at(posting_id: str) -> datetime:
    """Return when the posting's rows are surely gone: DynamoDB deletes expired items late."""
    return posted_at(posting_id) + ROW_RETENTION + PENDING_GRACE


def _key(partition: str, sort: str) -> Item:
    return to_item({tables.PARTITION_KEY: partition, tables.SORT_KEY: sort})


def call_key(call_uuid: str) -> Item:
    return _key(call_partition(call_uuid), tables.CALL_SORT_KEY)


def caller_list_item(caller_number: str, call: Call) -> Item:
    """Return a call's entry in its caller's list, which sorts by start and has no tags."""
    return caller_list_key(caller_number, call) | to_item(facts(call))


def caller_list_key(caller_number: str, call: Call) -> Item:
    sort_key = f"{tables.CALLER_CALL_PREFIX}{timestamps.to_text(call.started_at)}#{call.call_uuid}"
    return _key(caller_partition(caller_number), sort_key)


def listed_call(sort_key: str) -> str:
    """Return the ID of the call whose entry in its caller's list has this sort key."""
    return sort_key.split("#", 2)[2]


def pending_partition(posting: Posting) -> str:
    """Return the partition of the call that the posting names, or else of its caller."""
    if posting.call_uuid:
        return call_partition(posting.call_uuid)
    return caller_partition(posting.caller_number or "")


def pending_key(posting: Posting) -> Item:
    return _key(pending_partition(posting), tables.PENDING_PREFIX + posting.posting_id)


def log_pointer_item(call_uuid: str, posting_id: str, key_id: str) -> Item:
    """Return the item by which a posting's log rows are found from its call.

    Nothing else points to them if the posting named only the call, and the caller was unknown then.
    """
    key = _key(call_partition(call_uuid), tables.LOGGED_PREFIX + posting_id)
    return key | to_item(
        {
            "posting_id": posting_id,
            "key_id": key_id,
            tables.TTL_ATTRIBUTE: timestamps.to_epoch_seconds(_log_rows_deleted_at(posting_id)),
        }
    )


def pending_item(posting: Posting) -> Item:
    """Return the item of a pending posting.

    If the posting names only its call, the item is also the pointer to its log rows, and is kept as
    long as they are.
    """
    kept_until = posting.stored_until + PENDING_GRACE
    if not posting.caller_number:
        kept_until = max(kept_until, _log_rows_deleted_at(posting.posting_id))
    return pending_key(posting) | to_item(
        {
            "posting_id": posting.posting_id,
            "key_id": posting.key_id,
            "publisher_id": posting.publisher_id,
            "posted_at": timestamps.to_text(posting.posted_at),
            "stored_until": timestamps.to_text(posting.stored_until),
            "end_call_cutoff_seconds": int(posting.end_call_cutoff.total_seconds()),
            "tags": dict(posting.tags),
            "caller_number": posting.caller_number,
            "call_uuid": posting.call_uuid,
            tables.TTL_ATTRIBUTE: timestamps.to_epoch_seconds(kept_until),
        }
    )


def to_posting(item: Mapping[str, Any]) -> Posting:
    values = from_item(item)
    return Posting(
        posting_id=values["posting_id"],
        key_id=values["key_id"],
        publisher_id=values["publisher_id"],
        posted_at=timestamps.from_text(values["posted_at"]),
        stored_until=timestamps.from_text(values["stored_until"]),
        end_call_cutoff=timedelta(seconds=int(values["end_call_cutoff_seconds"])),
        tags=values["tags"],
        caller_number=values.get("caller_number"),
        call_uuid=values.get("call_uuid"),
    )


def is_call(item: Mapping[str, Any]) -> bool:
    """Whether an item of a call's ID is a call: it may be a leg, or remember legs only."""
    return "started_at" in item


def facts(call: Call) -> dict[str, Any]:
    """Return the attributes of a call that platforms report; None for what is unknown."""
    return {
        "call_uuid": call.call_uuid,
        "caller_number": call.caller_number,
        "campaign_id": call.campaign_id,
        "dialed_number": call.dialed_number,
        "direction": call.direction,
        "started_at": timestamps.to_text(call.started_at),
        "ended_at": timestamps.to_text(call.ended_at) if call.ended_at else None,
        tables.TTL_ATTRIBUTE: timestamps.to_epoch_seconds(call.started_at + CALL_RETENTION),
    }


def assumed_start(call: Call) -> dict[str, Any]:
    """Return the attribute that says that a call's start was assumed, if it was."""
    if not call.is_start_assumed:
        return {}
    return {tables.ASSUMED_START_ATTRIBUTE: timestamps.to_epoch_ms(call.started_at)}


def fitting_times(reported: Call) -> tuple[list[str], dict[str, str]]:
    """Return the conditions, with their values, that a report's times fit a known call: the report
    neither moves an assumed start nor ends the call before its start."""
    conditions, values = [], {}
    if reported.ended_at:
        conditions.append("#started_at <= :end")
        values[":end"] = timestamps.to_text(reported.ended_at)
    if not reported.is_start_assumed:
        is_known = f"attribute_not_exists({tables.ASSUMED_START_ATTRIBUTE})"
        conditions.append(f"({is_known} OR #started_at <= :latest_start)")
        values[":latest_start"] = timestamps.to_text(reported.started_at + MOST_DELAY)
    return conditions, values


def tagging(call: Call) -> dict[str, Any]:
    """Return the attributes of a call that change when postings are applied to it."""
    values: dict[str, Any] = {
        "version": call.version,
        "tags": {name: _tag_item(tag) for name, tag in call.tags.items()},
        "sources": {
            tag.posting_id: {
                "key_id": tag.source.key_id,
                "publisher_id": tag.source.publisher_id,
            }
            for shown in call.tags.values()
            for tag in (shown, shown.replaced)
            if tag
        },
    }
    return values | (
        {tables.ANNOUNCED_AT_ATTRIBUTE: call.announced_at} if call.announced_at else {}
    )


def to_call(item: Mapping[str, Any]) -> Call:
    """Return the call in an item of the table, or in an image of the table's stream."""
    values = from_item(item)
    sources = {
        posting_id: Source(posting_id=posting_id, posted_at=posted_at(posting_id), **source)
        for posting_id, source in values.get("sources", {}).items()
    }
    tags = {name: _to_tag(tag, sources) for name, tag in values.get("tags", {}).items()}
    ended_at = values.get("ended_at")
    forgotten_at = values.get(tables.FORGOTTEN_AT_ATTRIBUTE)
    announced_at = values.get(tables.ANNOUNCED_AT_ATTRIBUTE)
    main_leg_started_at = values.get("main_leg_started_at")
    started_at = timestamps.from_text(values["started_at"])
    assumed = values.get(tables.ASSUMED_START_ATTRIBUTE)
    return Call(
        call_uuid=values["call_uuid"],
        caller_number=values.get("caller_number"),
        campaign_id=values.get("campaign_id"),
        dialed_number=values.get("dialed_number"),
        started_at=started_at,
        ended_at=timestamps.from_text(ended_at) if ended_at else None,
        forgotten_at=timestamps.from_text(forgotten_at) if forgotten_at else None,
        version=int(values.get("version", 0)),
        announced_at=int(announced_at) if announced_at is not None else None,
        tags=tags,
        direction=values.get("direction"),
        main_leg=values.get("main_leg"),
        main_leg_started_at=(
            timestamps.from_text(main_leg_started_at) if main_leg_started_at else None
        ),
        reported_by=values.get("reported_by", frozenset()),
        is_start_assumed=assumed is not None and assumed == timestamps.to_epoch_ms(started_at),
    )


def _tag_item(tag: Tag) -> dict[str, Any]:
    item: dict[str, Any] = {"value": tag.value, "posting_id": tag.posting_id}
    return item | ({"replaced": _tag_item(tag.replaced)} if tag.replaced else {})


def _to_tag(item: Mapping[str, Any], sources: Mapping[str, Source]) -> Tag:
    replaced = item.get("replaced")
    return Tag(
        item["value"],
        sources[item["posting_id"]],
        _to_tag(replaced, sources) if replaced else None,
    )
