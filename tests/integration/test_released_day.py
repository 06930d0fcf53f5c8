"""Old and new code use the same tables for minutes at each deployment, and must read each other's
items.

`contract/released/day.json`, written by `make contract RELEASE=1`, has the items that the released
code wrote on such a day, and its responses about them.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared.stores import tables
from tests.described import RELEASED
from tests.integration import history
from tests.integration.service import Service

FILE = RELEASED / "day.json"


@pytest.fixture
def released(request: pytest.FixtureRequest, service: Service) -> Any:
    if request.config.getoption("--release"):
        history.live(service)
        day = {
            "items": history.items(service),
            "events": service.announce_all(),
            "answers": history.answers(service),
        }
        FILE.write_text(json.dumps(day, ensure_ascii=False, indent=1) + "\n", "utf-8")
        pytest.skip(f"{FILE.name} is written; there is nothing to compare it with")
    return json.loads(FILE.read_text("utf-8"))


def _lost(released: Any, today: Any, where: str = "") -> Iterator[str]:
    """Return the released attributes that are missing or different today. More may exist."""
    match released, today:
        case {"N": _}, {"N": _} if where.endswith(f"/{tables.TTL_ATTRIBUTE}"):
            # How long an item is kept does not affect whether it can be read.
            return
        case str(), str() if "message" in where.split("/"):
            # The words of errors and warnings are not part of the contract.
            return
        case str(), str() if where.endswith("/request_id") and today.endswith(f"-{released}"):
            # It is the posting ID now, which ends with the gateway's request ID.
            return
        case dict(), dict():
            for name, value in released.items():
                if name in today:
                    yield from _lost(value, today[name], f"{where}/{name}")
                else:
                    yield f"{where}/{name} is gone"
        case list(), list() if len(released) == len(today):
            for number, (before, after) in enumerate(zip(released, today, strict=True)):
                yield from _lost(before, after, f"{where}/{number}")
        case _ if released != today:
            yield f"{where} is {today!r}, was {released!r}"


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


def test_items_written_today_have_all_attributes_that_the_release_reads(
    service: Service, released: Any
) -> None:
    """Attributes may be added.

    To remove or change one, a first release reads both forms, and a second writes the new one.
    """
    history.live(service)
    # Signing in stores nothing until it is finished. A sign-in that today's code begins and the
    # release finishes, within the minutes of a deployment, has to be begun again.
    sessions = released["items"][history.SESSIONS]
    sessions[:] = [item for item in sessions if item["sk"]["S"] != "SIGN-IN"]

    assert list(_lost(released["items"], _plain(history.items(service)))) == []
    assert list(_lost(released["events"], _plain(service.announce_all()))) == []


def test_items_written_by_the_release_are_read_today_with_the_same_results(
    service: Service, released: Any
) -> None:
    history.restore(service, released["items"])

    assert list(_lost(released["answers"], _plain(history.answers(service)))) == []
