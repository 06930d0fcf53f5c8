"""Ratios, goals and the report, and when a run fails."""

from datetime import UTC, datetime

import pytest

from tests.bench import samples
from tests.bench.report import Goal, Kind, Section, document, goals_section, table


def test_an_outlier_does_not_change_a_ratio() -> None:
    found = samples.ratio([2.0, 2.0, 4.0, 4.0, 900.0], [2.0, 2.0, 2.0, 900.0])

    assert found.median == 2.0
    assert found.quartiles == (1.0, 2.0)
    assert str(found) == "2.00 (1.00–2.00)"


def test_a_common_part_can_be_subtracted_before_the_ratio() -> None:
    assert samples.ratio([5.0, 5.0], [3.0, 3.0], less=1.0).median == 2.0


def test_one_sample_has_no_quartiles() -> None:
    with pytest.raises(ValueError, match="two samples"):
        samples.ratio([1.0], [1.0])


@pytest.mark.parametrize(
    ("measured", "kind", "is_met", "fails"),
    [
        (2.0, Kind.COUNTED, True, False),
        (2.1, Kind.COUNTED, False, True),
        (2.1, Kind.TIMED, False, False),
        (None, Kind.COUNTED, None, False),
    ],
)
def test_a_run_fails_only_if_a_counted_figure_misses_its_goal(
    measured: float | None, kind: Kind, is_met: bool | None, fails: bool
) -> None:
    goal = Goal("requests", measured, 2, kind)

    assert (goal.is_met, goal.fails) == (is_met, fails)


def test_goals_are_shown_with_their_measured_figures() -> None:
    shown = goals_section(
        [Goal("size", 9.456, 10, Kind.COUNTED, " MB"), Goal("cold", 0.9, 0.85, Kind.TIMED)]
    )

    assert "| size | 9.46 MB | ≤ 10 MB | counted | met |" in shown
    assert "| cold | 0.90 | ≤ 0.85 | timed | **missed** |" in shown


def test_a_section_is_markdown() -> None:
    shown = str(Section("Sizes", [table(["what", "MB"], [["all", 1]])], ["A remark."]))

    assert shown == "## Sizes\n\n| what | MB |\n| --- | ---: |\n| all | 1 |\n\nA remark."


def test_the_results_of_a_whole_run_say_when_they_were_measured_and_have_all_goals() -> None:
    sections = [
        Section("Sizes", goals=[Goal("size", 9, 10, Kind.COUNTED, " MB")]),
        Section("Cold", remarks=["A remark."], goals=[Goal("cold", 0.8, 0.85, Kind.TIMED)]),
    ]

    shown = document(sections, datetime(2026, 11, 30, tzinfo=UTC))

    assert shown.startswith("# Results of `make bench`\n\nWritten by `make bench` on 2026-11-30, ")
    assert shown.index("| size |") < shown.index("| cold |") < shown.index("## Sizes")
    assert shown.endswith("## Cold\n\nA remark.\n")
