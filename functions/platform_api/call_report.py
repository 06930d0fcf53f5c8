"""Reads a call report: by the API's own members, or as the webhook of a phone system."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from functions.platform_api import plain_report
from functions.platform_api.plain_report import (
    CALLER_NUMBER,
    CAMPAIGN_ID,
    DIALED_NUMBER,
    DIRECTION,
    ENDED_AT,
    STARTED_AT,
)
from shared.domain import reported_calls
from shared.domain.call_reports import CallReport, Ignored
from shared.domain.errors import InvalidInput, Problem
from shared.domain.postings import shown_name
from shared.domain.reported_calls import ReportedCall

_OURS = frozenset((CALLER_NUMBER, CAMPAIGN_ID, DIALED_NUMBER, STARTED_AT, ENDED_AT))
"""Names that no phone system uses."""

_NOT_WARNED_OF = (plain_report.CALL_UUID, CAMPAIGN_ID, DIRECTION)
"""Members whose names, nearly spelled, are those of phone systems, too."""

NOT_READ = "is not read beside {}, which makes this a phone system's report; send call_uuid too"
NO_DIRECTION = (
    "is missing, so the call was read as inbound; add direction=inbound or direction=outbound to "
    "the callback address"
)


def read(
    members: Mapping[str, Any],
    in_path: str | None,
    *,
    in_query: Mapping[str, str],
    default_region: str,
    arrived_at: datetime,
    reported_by: str,
) -> ReportedCall | Ignored:
    """Return the reported call, or why the body says nothing about one.

    `in_path` is the call ID in the path, if there is one. `in_query` are `campaign_id` and
    `direction` of a callback address, for bodies that do not have them. A caller number that cannot
    be read makes the caller anonymous. Raises InvalidInput with every problem.
    """
    warnings: list[Problem] = []
    report = _of_phone_system(members, in_path)
    if isinstance(report, Ignored):
        return report
    is_plain = report is None
    known = frozenset[str]()
    if report is None:
        report, known = plain_report.read({**in_query, **members}, in_path, warnings)
    else:
        report = _completed(report, _own_members(report, members, warnings), in_query, warnings)
    reported = reported_calls.read(
        report,
        default_region=default_region,
        arrived_at=arrived_at,
        reported_by=reported_by,
        in_path=in_path,
        names={} if is_plain else _names(report, members),
    )
    warnings += reported.warnings
    if not _has_caller(reported):
        warnings += _of_other_numbers(members, known, report, is_plain=is_plain)
    return replace(reported, warnings=tuple(warnings))


def _has_caller(reported: ReportedCall) -> bool:
    leg = reported.leg
    sides = (leg.inbound, leg.outbound) if leg else (reported.call,)
    return any(side.caller_number for side in sides)


def _of_phone_system(
    members: Mapping[str, Any], in_path: str | None
) -> CallReport | Ignored | None:
    """Return the report of a phone system; None for a plain report."""
    if not members or (in_path and _OURS & members.keys()):
        return None
    from shared.phone_systems import recognition  # noqa: PLC0415  # most reports are plain

    try:
        return recognition.read(members)
    except ValueError as error:
        param, _, rule = str(error).partition(" must ")
        raise InvalidInput(
            Problem(param, f"must {rule}") if rule else Problem(None, str(error))
        ) from error


def _own_members(
    report: CallReport, members: Mapping[str, Any], warnings: list[Problem]
) -> Mapping[str, Any]:
    """Return the campaign that was added to a phone system's body. Adds to `warnings`, also about
    other members of the API, which are not read there."""
    own: dict[str, Any] = {}
    for name, value in members.items():
        member = plain_report.near(name)
        if member is None or value in (None, "", report.parent_call_uuid):
            continue
        if name == CAMPAIGN_ID:
            own[CAMPAIGN_ID] = value
        elif member == CAMPAIGN_ID and not members.get(CAMPAIGN_ID):
            own[CAMPAIGN_ID] = value
            message = plain_report.READ_FROM.format(shown_name(name), member)
            warnings.append(Problem(member, message))
        elif member not in _NOT_WARNED_OF:
            warnings.append(Problem(shown_name(name), NOT_READ.format(report.id_member)))
    return own


def _completed(
    report: CallReport,
    own: Mapping[str, Any],
    in_query: Mapping[str, str],
    warnings: list[Problem],
) -> CallReport:
    """Add what the body or a callback address says to the report of a phone system.

    Adds to `warnings`, also about a direction that is known neither way.
    """
    if report.campaign_id in (None, ""):
        report = replace(report, campaign_id=own.get(CAMPAIGN_ID) or in_query.get(CAMPAIGN_ID))
    if report.direction is not None or report.leg_id is not None:
        return report
    is_leg = report.parent_call_uuid not in (None, "")
    has_both = report.caller_number and report.dialed_number
    if has_both and not is_leg and not in_query.get(DIRECTION):
        warnings.append(Problem(DIRECTION, NO_DIRECTION))
    return replace(report, direction=plain_report.read_direction(in_query.get(DIRECTION), warnings))


def _names(report: CallReport, members: Mapping[str, Any]) -> dict[str, str]:
    """Return the names under which a phone system has sent the report's times, for messages."""
    return {
        ours: name
        for ours in (STARTED_AT, ENDED_AT, "seconds")
        if (value := getattr(report, ours)) not in (None, "") and (name := _name_of(value, members))
    }


def _name_of(value: object, members: Mapping[str, Any]) -> str | None:
    for name, each in members.items():
        if each == value:
            return name
        if isinstance(each, Mapping) and (within := _name_of(value, each)):
            return within
    return None


def _of_other_numbers(
    members: Mapping[str, Any], known: frozenset[str], report: CallReport, *, is_plain: bool
) -> list[Problem]:
    """Return warnings of members that hold a phone number, which no caller was read from."""
    others = {name: value for name, value in members.items() if name not in known}
    if not others:
        return []
    from functions.platform_api import stray_numbers  # noqa: PLC0415

    parties = (report.caller_number, report.dialed_number)
    return stray_numbers.warnings(others, parties, is_plain=is_plain)
