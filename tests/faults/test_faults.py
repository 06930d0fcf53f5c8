"""A small run of what `make faults` does at length."""

from pathlib import Path

import pytest

from shared.domain.postings import Status
from tests.faults import ledger
from tests.faults.run import OUTAGES, Plan, run
from tests.faults.weather import NOT_KILLED

pytestmark = pytest.mark.e2e


def test_whatever_goes_wrong_between_the_functions_and_aws_every_200_is_kept(
    tmp_path: Path,
) -> None:
    plan = Plan(
        stories=30,
        outage_postings=4,
        seed=1,
        rate=0.12,
        threads=8,
        visibility=3,
        forgotten=3,
        batches=60,
    )

    result = run(plan, scratch=tmp_path, say=lambda _: None)

    shown = "\n".join(ledger.lines(result))
    assert result.discrepancies == [], shown
    # It was a storm indeed, and the answers were of every kind.
    assert sum(result.faults.values()) > 20, shown
    assert {attempt.status_code for attempt in result.attempts} >= {200, 422, 503}, shown
    promised = {attempt.body["status"] for attempt in result.attempts if attempt.is_promise}
    assert promised == set(Status), shown
    assert any(story.malformed for story in result.stories), shown
    assert NOT_KILLED not in {fault for fault, _ in result.faults}, shown
    assert len(result.outages) == len(OUTAGES), shown
    assert sum(answer == 200 for each in result.forgotten for answer in each.answers) >= 3, shown
