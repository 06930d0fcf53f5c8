"""Schedules that were found flawed once, and what a failure shows. `make prove` runs many more."""

import pytest

from tests.proof import proving, sabotage
from tests.proof.exploration import Run
from tests.proof.proving import Piece
from tests.proof.sabotage import SABOTAGES

FIXED = (
    # A late copy of a write restored a posting that a full call had refused. It was then applied
    # to the caller's next call.
    "started heavy heavy heavy heavy heavy heavy / next-started + heavy | 1.0=doubled | 0",
    # An event in progress put a forgotten call back into its caller's list.
    (
        "nothing / started + started + forget | no faults | "
        "1,3,1,1,2,2,2,0,4,0,3,3,2,3,3,3,2,2,2,2,2,2,2,2,2,0,0,0,0"
    ),
    (
        "nothing / ended + started + forget | no faults | "
        "1,3,1,1,2,2,2,0,4,0,3,3,2,3,3,3,2,2,2,2,2,2,2,2,2,0,0,0"
    ),
    # Forgetting a caller left rows of the log that no pointer led to: those of a refused posting
    # that named its call, of postings whose tags were replaced twice on a call without a number,
    # of postings that came too late for such a call, and of one that could not be stored.
    "refused-by-uuid started / forget in turn | no faults | 0",
    "started / forget + common-by-uuid + common-by-uuid + common-by-uuid in turn | no faults | 0",
    (
        "anonymous-started common-by-uuid common-by-uuid common-by-uuid ended / forget in turn | "
        "no faults | 0"
    ),
    "started ended / forget-later + too-late-by-uuid in turn | no faults | 0",
    "started / forget + before-by-uuid in turn | 1.0=fails | 0",
    # The report of a call's start died after a transfer had been added to the call. Its retry was
    # ignored as another leg's, and the call was neither listed nor announced.
    (
        "before / caller-started + caller-ended + transferred + during | "
        "3.5=doubled,0.5=reply-lost,0.4=conflicts | 2,3,2,2,2,1,1,1,0"
    ),
    # An agent's report in progress announced the caller's call without the caller's tags.
    (
        "before / caller-started + agent-started in turn | no faults | "
        "1,0,0,0,0,0,1,1,1,1,1,1,0,0,0,0,0"
    ),
)


@pytest.mark.parametrize("schedule", FIXED)
def test_a_schedule_that_was_flawed_once_stays_fixed(schedule: str) -> None:
    assert proving.replay(schedule).flaws == []


def test_every_schedule_of_a_small_scenario_is_run() -> None:
    _, tally = proving.work(Piece("pairs", "before / before + next-started"))

    assert tally.schedules >= tally.runs // 2 > 0
    assert [str(failure) for failure in tally.failures] == []


def test_a_sabotage_is_found_and_its_failure_can_be_replayed() -> None:
    finding = sabotage.try_out(SABOTAGES[-1].name)

    assert finding.is_clear
    failure = finding.found[0]
    assert str(Run.parse(failure.run)) == failure.run
    assert failure.trace
    # Without the sabotage the same schedule has no flaw.
    assert proving.replay(failure.run).flaws == []


def test_a_sabotage_that_breaks_nothing_is_reported() -> None:
    finding = sabotage.Finding("a sabotage", found=(), false_alarms=())

    assert not finding.is_clear
