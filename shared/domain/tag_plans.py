"""Tag plans: what tags a platform expects of a publisher, and how they are spelled. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from shared.domain.errors import Problem
from shared.domain.postings import problems_with_tags
from shared.domain.tag_types import TagType

MAX_PLANNED_TAGS = 100
MAX_ALIASES = 20
MAX_CHOICES = 200
MAX_PLAN_BYTES = 100_000

NEVER_TAGS = frozenset(("callernumber", "calluuid"))
"""Folded names of parameters that say which call is meant."""


class Unplanned(StrEnum):
    """The treatment of tags that are not in the plan."""

    KEEP = "keep"
    WARN = "warn"
    DROP = "drop"
    REFUSE = "refuse"


class OnViolation(StrEnum):
    """The treatment of a posting whose tag violates the plan."""

    WARN = "warn"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the values of a tag, as it is listed, with its other spellings."""

    value: str
    aliases: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTag:
    """A tag that the platform expects. `on_violation` also decides if it is required and missing.

    `values` are for choices only.
    """

    name: str
    type: TagType = TagType.TEXT
    required: bool = False
    aliases: Sequence[str] = ()
    values: Sequence[Choice] = ()
    on_violation: OnViolation = OnViolation.WARN
    description: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagPlan:
    """The tags that a platform expects. `day_first` says how ambiguous dates are read."""

    name: str
    tags: Sequence[PlannedTag] = field(default_factory=tuple)
    unplanned: Unplanned = Unplanned.KEEP
    day_first: bool = False


def fold(name: str) -> str:
    """Return what spellings of one name have in common."""
    return re.sub(r"[\s_-]", "", name).casefold()


def fold_choice(value: str) -> str:
    """Return what spellings of one choice have in common. 18-24 is not 1824, and -1 is not 1."""
    without = re.sub(r"[\s_-]+(?![\s_0-9-])|(?<![0-9\s_-])[\s_]+(?=[0-9])", "", value.strip())
    return re.sub(r"[\s_-]+", "-", without).casefold()


def problems_with_plan(plan: TagPlan) -> list[Problem]:
    """Return what is wrong with a plan."""
    if not 1 <= len(plan.tags) <= MAX_PLANNED_TAGS:
        return [Problem("tags", f"has {len(plan.tags)} tags; list 1 to {MAX_PLANNED_TAGS}")]
    size = sum(len(text.encode(errors="surrogatepass")) for text in _texts(plan))
    if size > MAX_PLAN_BYTES:
        return [Problem("tags", f"has {size} bytes of text; list {MAX_PLAN_BYTES} or fewer")]
    each = [problem for tag in plan.tags for problem in _problems_with_tag(tag)]
    return each or [*_rival_names(plan.tags)]


def _texts(plan: TagPlan) -> Iterator[str]:
    yield plan.name
    for tag in plan.tags:
        yield from (tag.name, *tag.aliases, tag.description, tag.example)
        for choice in tag.values:
            yield from (choice.value, *choice.aliases)


def _problems_with_tag(tag: PlannedTag) -> Iterator[Problem]:
    for spelling in (tag.name, *tag.aliases):
        yield from problems_with_tags({spelling: ""})
        if spelling and not fold(spelling):
            yield Problem(tag.name, "a name or alias has only separators; add letters")
        if fold(spelling) in NEVER_TAGS:
            yield Problem(tag.name, f"{spelling} says which call is meant, and is never a tag")
    if len(tag.aliases) > MAX_ALIASES:
        yield Problem(tag.name, f"has {len(tag.aliases)} aliases; list {MAX_ALIASES} or fewer")
    if tag.type is not TagType.CHOICE:
        if tag.values:
            yield Problem(tag.name, "has values, which only the type choice has")
    elif not 1 <= len(tag.values) <= MAX_CHOICES:
        yield Problem(tag.name, f"has {len(tag.values)} values; list 1 to {MAX_CHOICES}")
    else:
        yield from _problems_with_choices(tag)


def _problems_with_choices(tag: PlannedTag) -> Iterator[Problem]:
    claimed: dict[str, str] = {}
    for choice in tag.values:
        if len(choice.aliases) > MAX_ALIASES:
            yield Problem(tag.name, f"a value has more than {MAX_ALIASES} aliases")
        for spelling in (choice.value, *choice.aliases):
            yield from problems_with_tags({tag.name: spelling})
            if not spelling.strip():
                yield Problem(tag.name, "a value is empty; remove it")
            elif claimed.setdefault(fold_choice(spelling), choice.value) != choice.value:
                yield Problem(tag.name, "two values have one spelling; remove it from one of them")
        if choice.value != choice.value.strip():
            yield Problem(tag.name, "a value has white space around it; remove it")


def _rival_names(tags: Sequence[PlannedTag]) -> Iterator[Problem]:
    owners: dict[str, int] = {}
    for at, tag in enumerate(tags):
        for spelling in (tag.name, *tag.aliases):
            owner = owners.setdefault(fold(spelling), at)
            if owner != at:
                message = f"{spelling} also means {tags[owner].name}; remove it from one of them"
                yield Problem(tag.name, message)
