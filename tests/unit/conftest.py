"""Factories of postings and calls, with a default for every field."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from shared.domain import postings, timestamps
from shared.domain.calls import Call
from shared.domain.postings import Posting
from tests.unit import fake_operator_api
from tests.unit.fake_operator_api import FakeOperatorApi

# The same examples on every run, and no deadline: a busy machine fails no test.
settings.register_profile("steady", deadline=None, derandomize=True)
# HYPOTHESIS_PROFILE=thorough make test ARGS=tests/unit: ten times as many examples, others on every
# run. The nightly workflow runs this.
settings.register_profile("thorough", deadline=None, max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)

MakePosting = Callable[..., Posting]
MakeCall = Callable[..., Call]


@pytest.fixture(scope="session")
def noon() -> datetime:
    return NOON


@pytest.fixture(scope="session")
def make_posting() -> MakePosting:
    def make(
        *,
        at: datetime = NOON,
        request_id: str = "r",
        stored_for: timedelta = timedelta(hours=24),
        cutoff: timedelta = timedelta(hours=1),
        **changes: Any,
    ) -> Posting:
        epoch_ms = (at - timestamps.from_epoch_ms(0)) // timedelta(milliseconds=1)
        values: dict[str, Any] = {
            "posting_id": postings.posting_id(epoch_ms, request_id),
            "key_id": "pbk_a",
            "publisher_id": "pub_a",
            "posted_at": at,
            "stored_until": at + stored_for,
            "end_call_cutoff": cutoff,
            "tags": {"age": "39"},
            "caller_number": "+15551234567",
        }
        return Posting(**values | changes)

    return make


@pytest.fixture(scope="session")
def make_call() -> MakeCall:
    def make(**changes: Any) -> Call:
        values: dict[str, Any] = {
            "call_uuid": "9b653cf0-4835-493b-860c-aed9b7af2a4a",
            "started_at": NOON,
            "caller_number": "+15551234567",
        }
        return Call(**values | changes)

    return make


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOperatorApi]:
    """An operator API that `calltags --local` finds as if `make run` had started it."""
    (tmp_path / "subdirectory").mkdir()
    monkeypatch.chdir(tmp_path / "subdirectory")
    with fake_operator_api.serve(tmp_path) as api:
        yield api


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `calltags` print what it prints in a terminal."""
    monkeypatch.setattr("cli.output.is_terminal", lambda: True)
