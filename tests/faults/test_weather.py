"""What a fault run counts as a killed function."""

import pytest

from tests.faults.weather import NOT_KILLED, kills

BEFORE, AFTER = "function killed before it took effect", "function killed after it took effect"


@pytest.mark.parametrize(
    ("struck", "expected"),
    [
        ({("503", "Query"): 4}, 0),
        ({(BEFORE, "Query"): 1}, 1),
        ({(BEFORE, "Query"): 1, (AFTER, "PutItem"): 2, (AFTER, "Query"): 1}, 4),
        ({(BEFORE, "Query"): 2, (NOT_KILLED, "Query"): 1}, 1),
        ({(AFTER, "PutItem"): 1, (NOT_KILLED, "PutItem"): 1}, 0),
    ],
)
def test_a_function_that_had_given_up_its_request_was_not_killed(
    struck: dict[tuple[str, str], int], expected: int
) -> None:
    assert kills(struck) == expected
