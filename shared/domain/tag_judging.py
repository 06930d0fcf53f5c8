"""Judges a posting's tags by a tag plan: canonical names and values, violations, refusals. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.domain import placeholders, tag_types
from shared.domain.errors import Problem
from shared.domain.postings import shown_name
from shared.domain.tag_plans import (
    OnViolation,
    PlannedTag,
    TagPlan,
    Unplanned,
    fold,
    fold_choice,
)
from shared.domain.tag_types import Canonical, TagType


class FindingKind(StrEnum):
    """What a finding is about, without what was sent, so that findings can be counted."""

    VIOLATION = "tag_plan_violated"
    MISSING = "required_tag_missing"
    UNPLANNED = "tag_not_in_plan"
    DROPPED = "tag_dropped"
    REPEATED = "tag_repeated"
    REPAIRED = "tag_value_repaired"


@dataclass(frozen=True, slots=True)
class Finding:
    """One warning about a tag. Its message repeats no value."""

    kind: FindingKind
    param: str
    message: str


@dataclass(frozen=True, slots=True)
class SentTag:
    """A tag as it was sent, if it differs; `applied_as` is None if it was left out."""

    name: str
    value: str
    applied_as: str | None


@dataclass(slots=True)
class Judgment:
    """A posting's tags by the plan, and how they were sent. `problems` refuse the posting."""

    tags: dict[str, str] = field(default_factory=dict)
    sent: list[SentTag] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def judge(plan: TagPlan, tags: Mapping[str, str], *, region: str) -> Judgment:
    """Return the tags under canonical names, with canonical values.

    An empty value or an unfilled placeholder is no value: it violates no type, gives way to
    another spelling of its tag, and leaves a required tag missing. Phone numbers without a country
    code are read in `region`.
    """
    judgment = Judgment()
    planned = _by_spelling(plan)
    sent = _by_tag(planned, tags)
    for name, value in tags.items():
        tag = planned.get(fold(name))
        if tag is None:
            _judge_unplanned(judgment, plan.unplanned, name, value)
        elif (spellings := sent.pop(tag.name, None)) is not None:
            _judge_planned(judgment, plan, tag, spellings, region)
    for tag in plan.tags:
        if tag.required and not _has_value(judgment.tags.get(tag.name, "")):
            message = "is required, and was not sent"
            _violate(judgment, tag, FindingKind.MISSING, message)
    if tags and not judgment.tags and not judgment.problems:
        judgment.problems.append(Problem(None, "none of the tags sent is in the tag plan"))
    return judgment


def rebuild(tags: Mapping[str, str], sent: list[SentTag]) -> dict[str, str]:
    """Return the tags as they were sent, from canonical ones and what differed."""
    differing = {tag.applied_as for tag in sent}
    same = {name: value for name, value in tags.items() if name not in differing}
    return same | {tag.name: tag.value for tag in sent}


def _by_spelling(plan: TagPlan) -> dict[str, PlannedTag]:
    return {fold(s): tag for tag in plan.tags for s in (tag.name, *tag.aliases)}


def _by_tag(
    planned: Mapping[str, PlannedTag], tags: Mapping[str, str]
) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for name, value in tags.items():
        if (tag := planned.get(fold(name))) is not None:
            found.setdefault(tag.name, []).append((name, value))
    return found


def _judge_unplanned(judgment: Judgment, rule: Unplanned, name: str, value: str) -> None:
    param = shown_name(name)
    if rule is Unplanned.REFUSE:
        judgment.problems.append(Problem(param, "is not in the tag plan; remove it"))
    elif rule is Unplanned.DROP:
        message = "is not in the tag plan, and was left out"
        judgment.findings.append(Finding(FindingKind.DROPPED, param, message))
        judgment.sent.append(SentTag(name, value, None))
    else:
        judgment.tags[name] = value
        if rule is Unplanned.WARN:
            message = "is not in the tag plan, and was kept"
            judgment.findings.append(Finding(FindingKind.UNPLANNED, param, message))


def _judge_planned(
    judgment: Judgment,
    plan: TagPlan,
    tag: PlannedTag,
    spellings: list[tuple[str, str]],
    region: str,
) -> None:
    # Sorting is stable: among equals, the first in the posting's order wins.
    ranked = sorted(spellings, key=lambda sent: (not _has_value(sent[1]), sent[0] != tag.name))
    (name, value), *others = ranked
    canonical = _canonical(judgment, plan, tag, value, region)
    judgment.tags[tag.name] = canonical
    if (name, value) != (tag.name, canonical):
        judgment.sent.append(SentTag(name, value, tag.name))
    if others:
        listed = ", ".join(shown_name(other) for other, _ in others)
        message = f"was sent more than once; {shown_name(name)} was kept, and not {listed}"
        judgment.findings.append(Finding(FindingKind.REPEATED, tag.name, message))
        judgment.sent.extend(SentTag(other, text, None) for other, text in others)


def _canonical(judgment: Judgment, plan: TagPlan, tag: PlannedTag, value: str, region: str) -> str:
    if not _has_value(value):
        return value
    try:
        read = _read(plan, tag, value, region)
    except ValueError as error:
        _violate(judgment, tag, FindingKind.VIOLATION, str(error))
        return value
    if read.repair:
        judgment.findings.append(Finding(FindingKind.REPAIRED, tag.name, read.repair))
    return read.value


def _read(plan: TagPlan, tag: PlannedTag, value: str, region: str) -> Canonical:
    if tag.type is not TagType.CHOICE:
        return tag_types.read(tag.type, value, region=region, day_first=plan.day_first)
    folded = fold_choice(value)
    for choice in tag.values:
        if folded in map(fold_choice, (choice.value, *choice.aliases)):
            return Canonical(choice.value)
    message = "is not one of the values in the tag plan"
    raise ValueError(message)


def _violate(judgment: Judgment, tag: PlannedTag, kind: FindingKind, message: str) -> None:
    if tag.on_violation is OnViolation.REFUSE:
        judgment.problems.append(Problem(tag.name, message))
    else:
        judgment.findings.append(Finding(kind, tag.name, message))


def _has_value(value: str) -> bool:
    return bool(value.strip()) and not placeholders.is_unfilled(value)
