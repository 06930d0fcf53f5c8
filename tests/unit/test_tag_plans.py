"""Tag plans: which plans are valid, and how a posting's tags are judged by one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.tag_judging import FindingKind, judge, rebuild
from shared.domain.tag_plans import (
    MAX_ALIASES,
    MAX_CHOICES,
    MAX_PLAN_BYTES,
    MAX_PLANNED_TAGS,
    Choice,
    OnViolation,
    PlannedTag,
    TagPlan,
    Unplanned,
    problems_with_plan,
)
from shared.domain.tag_types import TagType

ZIP = PlannedTag(name="zip", type=TagType.ZIP, aliases=("zipcode", "postal"), required=True)
ROOF = PlannedTag(
    name="roof",
    type=TagType.CHOICE,
    values=(Choice(value="Flat"), Choice(value="5-10", aliases=("five to ten",))),
)
PLAN = TagPlan(name="Solar", tags=(ZIP, ROOF))


def _plan(*tags: PlannedTag, **settings: Any) -> TagPlan:
    return TagPlan(name="Solar", tags=tags, **settings)


def _kinds(plan: TagPlan, tags: Mapping[str, str]) -> list[FindingKind]:
    return [finding.kind for finding in judge(plan, tags, region="US").findings]


def _choices(count: int) -> PlannedTag:
    values = tuple(Choice(value=f"v{n}") for n in range(count))
    return PlannedTag(name="pick", type=TagType.CHOICE, values=values)


def _tags(count: int) -> TagPlan:
    return _plan(*(PlannedTag(name=f"t{n}") for n in range(count)))


def _aliases(count: int) -> PlannedTag:
    return PlannedTag(name="a", aliases=tuple(f"a{n}" for n in range(count)))


def _described(length: int) -> TagPlan:
    return _plan(PlannedTag(name="a", description="d" * (length - len("Solar") - 1)))


@pytest.mark.parametrize(
    "plan",
    [
        PLAN,
        _tags(MAX_PLANNED_TAGS),
        _plan(_aliases(MAX_ALIASES)),
        _plan(_choices(MAX_CHOICES)),
        _described(MAX_PLAN_BYTES),
        _plan(PlannedTag(name="zip_code", aliases=("ZipCode",))),
    ],
)
def test_a_plan_within_the_limits_is_valid(plan: TagPlan) -> None:
    assert problems_with_plan(plan) == []


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (_plan(), "list 1 to"),
        (_tags(MAX_PLANNED_TAGS + 1), "list 1 to"),
        (_plan(_aliases(MAX_ALIASES + 1)), "aliases"),
        (_plan(_choices(MAX_CHOICES + 1)), "values"),
        (_plan(_choices(0)), "values"),
        (_described(MAX_PLAN_BYTES + 1), "bytes"),
        (_plan(replace(ZIP, values=(Choice(value="60614"),))), "only the type choice"),
        (_plan(ZIP, PlannedTag(name="code", aliases=("Zip-Code",))), "also means zip"),
        (_plan(ZIP, PlannedTag(name="zip")), "also means zip"),
        (_plan(PlannedTag(name="")), "no name"),
        (_plan(PlannedTag(name="a", aliases=("_-",))), "only separators"),
        (_plan(PlannedTag(name="Caller-Number")), "never a tag"),
        (_plan(replace(ROOF, values=(Choice(value="a b"), Choice(value="A_B")))), "one spelling"),
        (_plan(replace(ROOF, values=(Choice(value=" "),))), "empty"),
    ],
)
def test_an_invalid_plan_is_refused(plan: TagPlan, message: str) -> None:
    assert any(message in problem.message for problem in problems_with_plan(plan))


@pytest.mark.parametrize("sent", ["zip", "ZIP", "Z-i p", "zipcode", "Zip_Code", "POSTAL"])
def test_a_name_is_matched_by_alias_and_folding(sent: str) -> None:
    judgment = judge(PLAN, {sent: "60614"}, region="US")

    assert judgment.tags == {"zip": "60614"}
    assert (judgment.findings, judgment.problems) == ([], [])


@pytest.mark.parametrize(
    ("sent", "applied"),
    [
        ("flat", "Flat"),
        (" FLAT ", "Flat"),
        ("5 - 10", "5-10"),
        ("Five-To Ten", "5-10"),
        ("510", None),
        ("-5-10", None),
        ("steep", None),
    ],
)
def test_a_choice_is_matched_by_folding_that_keeps_digits_apart(
    sent: str, applied: str | None
) -> None:
    tags = {"zip": "60614", "roof": sent}

    assert judge(PLAN, tags, region="US").tags["roof"] == (applied or sent)
    assert _kinds(PLAN, tags) == ([] if applied else [FindingKind.VIOLATION])


@pytest.mark.parametrize(
    ("tags", "applied", "loser"),
    [
        ({"zipcode": "60614", "zip": "60615"}, "60615", "zipcode"),
        ({"postal": "60614", "zipcode": "60615"}, "60614", "zipcode"),
        ({"zip": "{{zip}}", "zipcode": "60615"}, "60615", "zip"),
        ({"zip": "", "zipcode": "60615"}, "60615", "zip"),
    ],
)
def test_one_spelling_of_a_tag_wins_with_a_warning(
    tags: Mapping[str, str], applied: str, loser: str
) -> None:
    judgment = judge(PLAN, tags, region="US")

    assert judgment.tags == {"zip": applied}
    assert [finding.kind for finding in judgment.findings] == [FindingKind.REPEATED]
    assert f"and not {loser}" in judgment.findings[0].message


@pytest.mark.parametrize("sent", [{"roof": "flat"}, {"zip": "", "roof": "flat"}, {"zip": "{{z}}"}])
def test_a_required_tag_without_a_value_is_missing(sent: Mapping[str, str]) -> None:
    assert _kinds(PLAN, sent) == [FindingKind.MISSING]
    strict = _plan(replace(ZIP, on_violation=OnViolation.REFUSE), ROOF)
    assert [problem.param for problem in judge(strict, sent, region="US").problems] == ["zip"]


def test_a_violation_keeps_the_value_as_sent_or_refuses_the_posting() -> None:
    assert judge(PLAN, {"zip": "none"}, region="US").tags == {"zip": "none"}
    assert _kinds(PLAN, {"zip": "none"}) == [FindingKind.VIOLATION]
    strict = _plan(replace(ZIP, on_violation=OnViolation.REFUSE))
    assert [p.param for p in judge(strict, {"zip": "none"}, region="US").problems] == ["zip"]


def test_a_restored_zero_is_a_warning_of_its_own_kind() -> None:
    assert _kinds(PLAN, {"zip": "2134"}) == [FindingKind.REPAIRED]


@pytest.mark.parametrize(
    ("rule", "kept", "kinds", "refused"),
    [
        (Unplanned.KEEP, True, [], False),
        (Unplanned.WARN, True, [FindingKind.UNPLANNED], False),
        (Unplanned.DROP, False, [FindingKind.DROPPED], False),
        (Unplanned.REFUSE, False, [], True),
    ],
)
def test_a_plan_says_what_happens_to_other_tags(
    rule: Unplanned, kept: bool, kinds: list[FindingKind], refused: bool
) -> None:
    plan = replace(PLAN, unplanned=rule)
    judgment = judge(plan, {"zip": "60614", "sub": "x"}, region="US")

    assert ("sub" in judgment.tags) is kept
    assert [finding.kind for finding in judgment.findings] == kinds
    assert bool(judgment.problems) is refused


def test_a_posting_of_which_nothing_is_left_is_refused() -> None:
    plan = _plan(ROOF, unplanned=Unplanned.DROP)

    assert judge(plan, {"sub": "x"}, region="US").problems
    assert not judge(plan, {"sub": "x", "roof": "flat"}, region="US").problems


SENT = st.dictionaries(
    st.sampled_from(["zip", "Zip", "zipcode", "zip code", "roof", "ROOF", "sub", "s-ub"]),
    st.sampled_from(["60614", " 2134", "FLAT", "steep", "", "{{zip}}", "5 10"]),
    min_size=1,
)


@given(sent=SENT, rule=st.sampled_from([Unplanned.KEEP, Unplanned.WARN, Unplanned.DROP]))
def test_what_was_sent_can_be_rebuilt(sent: Mapping[str, str], rule: Unplanned) -> None:
    judgment = judge(replace(PLAN, unplanned=rule), sent, region="US")

    assert rebuild(judgment.tags, judgment.sent) == sent


@given(sent=SENT)
def test_a_plan_that_keeps_other_tags_loses_none(sent: Mapping[str, str]) -> None:
    judgment = judge(PLAN, sent, region="US")
    lost = {tag.name for tag in judgment.sent if tag.applied_as is None}

    assert {name for name in sent if name in ("sub", "s-ub")} <= judgment.tags.keys()
    assert not lost or FindingKind.REPEATED in {finding.kind for finding in judgment.findings}


@given(sent=SENT)
def test_the_order_of_aliases_does_not_matter(sent: Mapping[str, str]) -> None:
    turned = _plan(replace(ZIP, aliases=ZIP.aliases[::-1]), ROOF)

    assert judge(turned, sent, region="US") == judge(PLAN, sent, region="US")


@given(sent=SENT)
def test_canonical_tags_are_judged_as_they_are(sent: Mapping[str, str]) -> None:
    canonical = judge(PLAN, sent, region="US").tags
    again = judge(PLAN, canonical, region="US")

    assert (again.tags, again.sent) == (canonical, [])
