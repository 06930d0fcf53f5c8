"""The proof finds out what is wrong with each protocol that is broken on purpose."""

import pytest

from tests.proof import proving, sabotage
from tests.proof.sabotage import SABOTAGES, Sabotage


@pytest.mark.parametrize("broken", SABOTAGES, ids=lambda broken: broken.what)
def test_a_broken_protocol_is_found_out_and_the_one_that_is_kept_is_not(broken: Sabotage) -> None:
    failures = sabotage.find_out(broken)

    assert failures
    assert all(failure.flaws for failure in failures)
    # In the very same schedules nothing is wrong with the protocol as it is.
    assert [proving.replay(failure.run).flaws for failure in failures] == [[] for _ in failures]
    assert sabotage.find_nothing(broken) == []
