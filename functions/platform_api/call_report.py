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
from shared.domain.call_reports import CallReport, Direction, Ignored
from shared.domain.errors import InvalidInput, Problem
from shared.domain.reported_calls import ReportedCall

_OURS = frozenset((CALLER_NUMBER, CAMPAIGN_ID, DIALED_NUMBER, STARTED_AT, ENDED_AT))
"""Names that no phone system uses."""


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
    `direction` of a callback address, for bodies that do not have them; the members of a GET
    include them, since its query string may be the phone system's, too. A caller number that cannot
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
        report = _completed(report, members, in_query)
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


def _completed(
    report: CallReport, members: Mapping[str, Any], in_query: Mapping[str, str]
) -> CallReport:
    """Add what a callback address says to the report of a phone system that does not say it."""
    if report.campaign_id in (None, ""):
        report = replace(report, campaign_id=in_query.get(CAMPAIGN_ID))
    own = {name: value for name, value in members.items() if in_query.get(name) != value}
    is_outbound = in_query.get(DIRECTION, "").strip().lower() == Direction.OUTBOUND
    if is_outbound and report.leg_id is None and not _says_direction(own):
        return replace(report, direction=Direction.OUTBOUND)
    return report


def _says_direction(members: Mapping[str, Any]) -> bool:
    return any(
        name.lower() == DIRECTION or (isinstance(value, Mapping) and _says_direction(value))
        for name, value in members.items()
    )


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
