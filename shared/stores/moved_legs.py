"""Legs that go on under another call ID, such as those that move between Vonage's conversations.

The ID that a leg moves to, and the leg's own ID, are stored as legs of the call: neither is ever a
call, and a report about the leg under its new ID finds the call that the leg began.
"""

from dataclasses import replace
from datetime import datetime

from shared.domain import call_ids, legs
from shared.domain.calls import Call
from shared.domain.legs import IgnoredReport, Leg
from shared.stores.call_records import CallRecords, RecordedCall
from shared.stores.leg_records import LegRecords


def move(
    records: CallRecords,
    leg_records: LegRecords,
    leg_id: str,
    from_uuid: str,
    to_uuid: str,
    at: datetime,
) -> IgnoredReport:
    """Record that a call's main leg goes on under another call ID.

    Nothing changes if the call is unknown, or the leg is another one: it may take part in several
    calls, as an agent's does.
    """
    call = records.find(from_uuid)
    if not isinstance(call, Call) or not _is_main_leg(leg_id, call):
        return IgnoredReport(
            reason=legs.MOVED_OTHER_LEG, call_uuid=to_uuid, parent_call_uuid=from_uuid
        )
    leg_records.record_child(leg_id, call.call_uuid, at=at)
    return leg_records.record_child(to_uuid, call.call_uuid, at=at)


def record(
    records: CallRecords, leg_records: LegRecords, reported: Call, leg: Leg, at: datetime
) -> RecordedCall | IgnoredReport:
    """Record a report about one of a call's legs, which may have moved to the reported ID."""
    recorded = leg_records.record(reported, leg, at=at)
    if isinstance(recorded, RecordedCall) or recorded.parent_call_uuid == reported.call_uuid:
        return recorded
    leg_id = call_ids.canonical(leg.leg_id)
    call = records.find(leg_id) if leg_id else None
    if not isinstance(call, Call) or not _is_main_leg(leg_id or "", call):
        return recorded
    return leg_records.record(replace(reported, call_uuid=call.call_uuid), leg, at=at)


def _is_main_leg(leg_id: str, call: Call) -> bool:
    return call_ids.canonical(call.main_leg or "") == leg_id
