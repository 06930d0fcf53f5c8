"""Records reports about legs: those that share their call's ID, and those with an ID of their own;
and plain reports whose times do not fit those that are known.

One item per ID has all that decides, and each write is one conditional update of it, so neither the
order of reports nor their being handled at the same time matters. No number is stored of a leg.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.domain import legs, timestamps
from shared.domain.calls import Call, ends_wrongly, has_other_caller, update, without_numbers
from shared.domain.legs import (
    Ignore,
    IgnoredReport,
    KnownLegs,
    Leg,
    Record,
    Remember,
    RememberedLeg,
    decide,
)
from shared.runtime import time_limits
from shared.stores import call_items, dynamodb, tables
from shared.stores.call_records import RecordedCall, was_listed
from shared.stores.dynamodb import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NOT_A_CALL = "attribute_not_exists(#started_at)"
_NO_LEG = f"attribute_not_exists(#{tables.PARENT_ATTRIBUTE})"
_NEW = f"{_NO_LEG} AND attribute_not_exists(#version)"
_SAME_LEG = f"#main_leg = :leg AND attribute_not_exists(#{tables.FORGOTTEN_AT_ATTRIBUTE})"

_OF_ANY_SIDE = ("campaign_id", "ended_at")
"""What a report says whichever side the person outside is on."""


class LegRecords:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def record(self, reported: Call, leg: Leg, *, at: datetime) -> RecordedCall | IgnoredReport:
        """Write what a report about one of a call's legs means for the call.

        The first attempt needs no read; if it fails, it returns what has to be known. Raises
        RetriesExhausted if other writers are always faster.
        """
        found: Mapping[str, Any] | None = None
        for _ in time_limits.attempts(dynamodb.MAX_ATTEMPTS):
            try:
                if found is None:
                    return self._record_blindly(reported, leg, at)
                return self._record_knowingly(found, reported, leg, at)
            except ClientError as error:
                if dynamodb.is_conditional_failure(error):
                    found = dynamodb.found_instead(error)
                elif not dynamodb.is_transaction_conflict(error):
                    raise
        raise AssertionError("attempts() ends by raising")

    def correct(self, found: Mapping[str, Any], reported: Call, *, at: datetime) -> RecordedCall:
        """Write a plain report that moves the call's start, or has an end before it.

        `found` is the call's item. Raises RetriesExhausted if other writers are always faster.
        """
        for _ in time_limits.attempts(dynamodb.MAX_ATTEMPTS):
            known = _known(found)
            after = update(known.call, reported, at)
            try:
                self._write(known, Record(after))
            except ClientError as error:
                if dynamodb.is_conditional_failure(error):
                    found = dynamodb.found_instead(error)
                elif not dynamodb.is_transaction_conflict(error):
                    raise
            else:
                return _recorded(known.call, after, reported)
        raise AssertionError("attempts() ends by raising")

    def record_child(self, call_uuid: str, parent_call_uuid: str, *, at: datetime) -> IgnoredReport:
        """Remember that this ID is a leg of another call, unless it is known as a call itself."""
        parent = parent_call_uuid
        kept_until = timestamps.to_epoch_seconds(at + call_items.CALL_RETENTION)
        defaults = {tables.PARENT_ATTRIBUTE: parent, tables.TTL_ATTRIBUTE: kept_until}
        for _ in time_limits.attempts(dynamodb.MAX_ATTEMPTS):
            try:
                old = self._update(call_uuid, defaults=defaults, condition=_NOT_A_CALL)
                parent = from_item(old).get(tables.PARENT_ATTRIBUTE, parent)
                break
            except ClientError as error:
                if dynamodb.is_conditional_failure(error):
                    break
                if not dynamodb.is_transaction_conflict(error):
                    raise
        return _ignored(call_uuid, legs.of_call(parent), parent)

    def _record_blindly(self, reported: Call, leg: Leg, at: datetime) -> RecordedCall:
        """Write the report of a leg that is the call's main leg already, or of its first leg.

        Fails its condition for all others. A number is written only if its side is certain.
        """
        new = legs.read_as(reported, leg, leg.direction)
        values = _values(new)
        fitting, times = call_items.fitting_times(reported)
        condition = " AND ".join((_SAME_LEG, *fitting))
        markers = {":leg": leg.leg_id} | times
        if leg.direction and not leg.is_takeover:
            condition = f"{_NEW} OR {condition} AND #direction = :direction"
            markers[":direction"] = leg.direction
        else:
            condition += " AND attribute_exists(#caller_number)"
            values = {name: values[name] for name in _OF_ANY_SIDE if name in values}
        old = self._update(
            reported.call_uuid,
            defaults=values,
            added={"version": 1} | _reporters(reported),
            condition=condition,
            markers=markers,
        )
        if not call_items.is_call(old):
            return RecordedCall(replace(new, version=1), is_listed=False)
        before = call_items.to_call(old)
        report = legs.read_as(reported, leg, before.direction)
        is_sure = "started_at" in values
        after = update(before, report if is_sure else without_numbers(report), at)
        return _recorded(before, after, report)

    def _record_knowingly(
        self, found: Mapping[str, Any], reported: Call, leg: Leg, at: datetime
    ) -> RecordedCall | IgnoredReport:
        """Write what is decided about the report, on the condition that nothing has changed."""
        call_uuid = reported.call_uuid
        if parent := from_item(found).get(tables.PARENT_ATTRIBUTE):
            return _ignored(call_uuid, legs.of_call(parent), parent)
        known = _known(found)
        decision = decide(known, reported, leg, at)
        match decision:
            case Ignore():
                pass
            case Remember():
                if known.remembered.get(decision.leg_id) != decision.remembered:
                    self._remember(known, decision, reported)
            case Record():
                self._write(known, decision)
                report = legs.read_as(reported, leg, decision.call.direction)
                is_its = leg.leg_id == decision.call.main_leg
                return _recorded(known.call, decision.call, report if is_its else decision.call)
        return _ignored(call_uuid, decision.reason, call_uuid, known.call)

    def _remember(self, known: KnownLegs, decision: Remember, reported: Call) -> None:
        leg = decision.remembered
        times = {"started_at": leg.started_at} | (
            {"ended_at": leg.ended_at} if leg.ended_at else {}
        )
        values = {name: timestamps.to_text(time) for name, time in times.items()}
        marks = {"is_takeover": leg.is_takeover, "is_start_assumed": leg.is_start_assumed}
        name = tables.REMEMBERED_LEG_PREFIX + decision.leg_id
        self._update(
            reported.call_uuid,
            values={name: values | marks},
            defaults={tables.TTL_ATTRIBUTE: _values(reported)[tables.TTL_ATTRIBUTE]},
            added={"version": 1},
            **_unchanged(known),
        )

    def _write(self, known: KnownLegs, decision: Record) -> None:
        after = decision.call
        removed = [name for name, value in call_items.facts(after).items() if value is None]
        removed += [tables.REMEMBERED_LEG_PREFIX + leg_id for leg_id in decision.forgotten]
        if after.announced_at is None:
            removed.append(tables.ANNOUNCED_AT_ATTRIBUTE)
        self._update(
            after.call_uuid,
            values=_values(after),
            added={"version": after.version - known.version} | _reporters(after),
            removed=removed,
            **_unchanged(known),
        )

    def _update(
        self,
        call_uuid: str,
        *,
        condition: str,
        values: Mapping[str, Any] = MappingProxyType({}),
        defaults: Mapping[str, Any] = MappingProxyType({}),
        added: Mapping[str, Any] = MappingProxyType({}),
        removed: Sequence[str] = (),
        markers: Mapping[str, Any] = MappingProxyType({}),
    ) -> Mapping[str, Any]:
        """Update an item, and return it as it was before.

        `values` replace what is there, `defaults` do not, and `added` are added to numbers or sets.
        """
        written = {**values, **defaults, **added}
        # Names of attributes may have characters that an expression may not have.
        marks = {name: f"n{i}" for i, name in enumerate([*written, *removed])}
        sets = [f"#{marks[n]} = :{marks[n]}" for n in values]
        sets += [f"#{marks[n]} = if_not_exists(#{marks[n]}, :{marks[n]})" for n in defaults]
        clauses = {
            "SET": sets,
            "ADD": [f"#{marks[name]} :{marks[name]}" for name in added],
            "REMOVE": [f"#{marks[name]}" for name in removed],
        }
        asked = {f"#{name}": name for name in re.findall(r"#(\w+)", condition)}
        response = self._client.update_item(
            TableName=self._table_name,
            Key=call_items.call_key(call_uuid),
            UpdateExpression=" ".join(f"{k} {', '.join(v)}" for k, v in clauses.items() if v),
            ConditionExpression=condition,
            ExpressionAttributeNames={f"#{mark}": name for name, mark in marks.items()} | asked,
            ExpressionAttributeValues=to_item(
                {f":{marks[name]}": value for name, value in written.items()} | dict(markers)
            ),
            ReturnValues="ALL_OLD",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return response.get("Attributes", {})


def _values(call: Call) -> dict[str, Any]:
    """Return the attributes of a call that platforms report, with those of its main leg."""
    facts = call_items.facts(call) | call_items.assumed_start(call) | {"main_leg": call.main_leg}
    if call.main_leg_started_at:
        facts["main_leg_started_at"] = timestamps.to_text(call.main_leg_started_at)
    return {name: value for name, value in facts.items() if value is not None}


def _reporters(call: Call) -> dict[str, Any]:
    return {"reported_by": call.reported_by} if call.reported_by else {}


def _unchanged(known: KnownLegs) -> dict[str, Any]:
    """Return the condition that what is stored is still what was decided about."""
    if not known.version:
        return {"condition": _NEW}
    return {
        "condition": f"{_NO_LEG} AND #version = :before",
        "markers": {":before": known.version},
    }


def _known(item: Mapping[str, Any]) -> KnownLegs:
    attributes = from_item(item)
    return KnownLegs(
        call=call_items.to_call(item) if call_items.is_call(item) else None,
        remembered={
            name.removeprefix(tables.REMEMBERED_LEG_PREFIX): _remembered(value)
            for name, value in attributes.items()
            if name.startswith(tables.REMEMBERED_LEG_PREFIX)
        },
        version=int(attributes.get("version", 0)),
    )


def _remembered(values: Mapping[str, Any]) -> RememberedLeg:
    ended_at = values.get("ended_at")
    return RememberedLeg(
        started_at=timestamps.from_text(values["started_at"]),
        ended_at=timestamps.from_text(ended_at) if ended_at else None,
        is_takeover=values["is_takeover"],
        is_start_assumed=values.get("is_start_assumed", False),
    )


def _recorded(before: Call | None, after: Call, report: Call) -> RecordedCall:
    has_moved = before and _place(before) != _place(after)
    return RecordedCall(
        after,
        was_listed(before, after),
        has_other_caller=has_other_caller(after, report),
        ends_early=ends_wrongly(after, report),
        moved_from=before if has_moved and before and before.caller_number else None,
    )


def _place(call: Call) -> tuple[object, ...]:
    """Return what decides where a call is listed."""
    return call.caller_number, call.started_at


def _ignored(
    call_uuid: str, reason: str, parent_call_uuid: str, call: Call | None = None
) -> IgnoredReport:
    return IgnoredReport(
        reason=reason, call_uuid=call_uuid, parent_call_uuid=parent_call_uuid, call=call
    )
