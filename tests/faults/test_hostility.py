"""Every harm that a hostile publisher could do is found."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.accounts import Account
from tests.faults.hostility import Sent, Visit, settle_hostility

NUMBER = "+15557770000"
SENT = [Sent("before", [200], 2), Sent("report", [200], 3), Sent("during", [200], 3)]
QUIET = Visit("+15557770001", False, SENT, {"before": "+15557770001"}, {}, [])
QUIET = replace(QUIET, tags={"before": "+15557770001", "during": "+15557770001"})
ATTACKED = Visit(
    NUMBER,
    True,
    SENT,
    {"before": NUMBER},
    {"before": NUMBER, "during": NUMBER, "hostile1": "x" * 3600},
    [200, 422],
)
FLOODING = [200, 429]


def _found(visit: Visit, flooding: list[int]) -> list[str]:
    account = Account()
    settle_hostility(account, [QUIET, visit], flooding)
    return account.discrepancies


def test_a_hostile_publisher_that_harms_nobody_is_no_discrepancy() -> None:
    assert _found(ATTACKED, FLOODING) == []


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"sent": [*SENT[:2], Sent("during", [422], 3)]}, "during got [422]"),
        ({"sent": [*SENT[:2], Sent("during", [503, 200], 3)]}, "during got [503, 200]"),
        ({"sent": [*SENT[:2], Sent("during", [200], 5)]}, "during took 5 requests, not 3"),
        ({"sent": [SENT[0], Sent("report", [200], 4), SENT[2]]}, "report took 4 requests, not 3"),
        ({"tags": {"before": NUMBER}}, "a tag is lost"),
        ({"answered": {}}, "the platform missed a tag"),
        (
            {"tags": ATTACKED.tags | {"hostile2": "x" * 96_000}},  # type: ignore[operator]
            "has 100,116 bytes",
        ),
        ({"hostile_codes": [200, 200]}, "0 refused"),
        ({"hostile_codes": [422, 422]}, "2 refused"),
    ],
)
def test_harm_is_found(changes: Mapping[str, Any], shown: str) -> None:
    (found,) = _found(replace(ATTACKED, **changes), FLOODING)

    assert shown in found


def test_a_flood_that_is_not_braked_is_found() -> None:
    assert "none braked" in _found(ATTACKED, [200, 200])[0]
