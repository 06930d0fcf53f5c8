"""When a console session is checked at Cognito, and what it may do until then."""

import pytest

from shared.domain.session_checks import Step, is_in_time, next_step

CHECKED = 1_800_000_000.0
FAILED = 60.0
"""When a check was sent to which Cognito never responded, in seconds after the last good one."""


@pytest.mark.parametrize(
    ("age", "reading", "changing"),
    [
        (-3, Step.USE, Step.USE),
        (0, Step.USE, Step.USE),
        (57.9, Step.USE, Step.USE),
        (58, Step.USE, Step.WAIT),
        (59.9, Step.USE, Step.WAIT),
        (60, Step.ASK, Step.ASK),
        (7_000, Step.ASK, Step.ASK),
    ],
)
def test_a_session_is_checked_after_a_minute(age: float, reading: Step, changing: Step) -> None:
    times = {"now": CHECKED + age, "checked_at": CHECKED, "asked_at": CHECKED}

    assert next_step(**times, is_change=False) is reading
    assert next_step(**times, is_change=True) is changing


@pytest.mark.parametrize(
    ("age", "reading", "changing"),
    [
        (60.1, Step.WAIT, Step.WAIT),
        (64.9, Step.WAIT, Step.WAIT),
        (65, Step.USE, Step.REFUSE),
        (119.9, Step.USE, Step.REFUSE),
        (120, Step.ASK, Step.ASK),
    ],
)
def test_without_a_response_a_session_may_read_but_make_no_changes(
    age: float, reading: Step, changing: Step
) -> None:
    times = {"now": CHECKED + age, "checked_at": CHECKED, "asked_at": CHECKED + FAILED}

    assert next_step(**times, is_change=False) is reading
    assert next_step(**times, is_change=True) is changing


@pytest.mark.parametrize(("age", "expected"), [(0, True), (59.9, True), (60, False), (90, False)])
def test_a_change_is_sent_within_a_minute_of_the_check(age: float, expected: bool) -> None:
    assert is_in_time(now=CHECKED + age, checked_at=CHECKED) is expected
