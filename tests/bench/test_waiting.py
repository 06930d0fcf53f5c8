"""The round trips of a call report grow slowly with the pending postings."""

import pytest

from tests.bench import waiting


@pytest.mark.parametrize(("pending", "trips"), [(1, 3), (49, 3), (50, 4), (400, 11), (1000, 23)])
def test_a_call_report_applies_49_postings_in_a_round_trip(pending: int, trips: int) -> None:
    _, counted = waiting.Reports().report("+15557770001", pending)

    assert counted == trips <= waiting.limit(pending)
