"""Conversion of records to items: a form for each type, and defaults for missing attributes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.stores.layout import Layout

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    name: str
    lasts: timedelta
    paused: bool
    since: datetime
    until: datetime | None = None
    share: float | None = None
    note: str = "none yet"


LEASE = Lease(
    name="main", lasts=timedelta(hours=1), paused=False, since=NOON, until=NOON, note="", share=0.1
)
ATTRIBUTES = {
    "name": "main",
    "lasts_seconds": 3600,
    "paused": False,
    "since": "2026-11-23T12:00:00.000Z",
    "until": "2026-11-23T12:00:00.000Z",
    "note": "",
    "share": "0.1",
}
LAYOUT = Layout(Lease)


def test_attributes_are_named_as_the_fields_with_durations_in_seconds() -> None:
    assert LAYOUT.store_all(LEASE) == ATTRIBUTES
    assert LAYOUT.read(ATTRIBUTES | {"pk": "KEY#a", "type": "lease"}) == LEASE


@pytest.mark.parametrize("left_out", ["until", "note"])
def test_a_field_that_an_older_item_lacks_has_its_default(left_out: str) -> None:
    older = {name: value for name, value in ATTRIBUTES.items() if name != left_out}

    assert getattr(LAYOUT.read(older), left_out) == {"until": None, "note": "none yet"}[left_out]


def test_a_field_without_a_default_is_required() -> None:
    with pytest.raises(TypeError, match="lasts"):
        LAYOUT.read({name: v for name, v in ATTRIBUTES.items() if name != "lasts_seconds"})


def test_a_subset_of_fields_can_be_stored() -> None:
    some: dict[str, Any] = {"lasts": timedelta(0), "until": None}

    assert LAYOUT.store(some) == {"lasts_seconds": 0, "until": None}


def test_a_field_of_a_type_without_a_form_is_refused_when_the_layout_is_made() -> None:
    @dataclass
    class Odd:
        share: complex

    with pytest.raises(KeyError):
        Layout(Odd)
