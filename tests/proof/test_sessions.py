"""The proof that sessions follow their person, and that it notices a check that is broken."""

import pytest

from shared.domain import session_checks
from tests.proof.sessions import Event, run, schedules


def test_no_schedule_lets_a_person_change_anything_over_a_minute_after_losing_the_right() -> None:
    found = [(schedule, run(schedule)) for schedule in schedules(5)]

    assert {schedule: world.flaws for schedule, world in found if world.flaws} == {}
    assert sum(world.changes for _, world in found) > 10_000


@pytest.mark.parametrize(
    ("constant", "value", "flaw"),
    [
        ("CHECK_SECONDS", 90, "after the right ended"),
        ("MARGIN_SECONDS", 0, "after the right ended"),
        ("CHECK_SECONDS", 45, "two checks within a minute"),
    ],
)
def test_a_check_that_is_broken_is_found(
    monkeypatch: pytest.MonkeyPatch, constant: str, value: int, flaw: str
) -> None:
    monkeypatch.setattr(session_checks, constant, value)

    flaws = {each for schedule in schedules(4) for each in run(schedule).flaws}

    assert any(flaw in each for each in flaws)


def test_a_person_keeps_reading_while_cognito_fails_and_changes_again_after_it() -> None:
    failing = (Event.FAIL, Event.MINUTE, Event.READ, Event.CHANGE)

    assert run(failing).changes == 0
    assert run(failing).session is not None
    assert run((*failing, Event.RECOVER, Event.MINUTE, Event.CHANGE)).changes == 1
