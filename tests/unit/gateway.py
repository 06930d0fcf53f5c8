"""Requests as the gateway forwards them, and their postback key."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.data_writing import request
from functions.data_writing.request import Request
from shared.domain.keys import PostbackKey

KEY = PostbackKey(
    key="3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f",
    key_id="pbk_a",
    publisher_id="pub_a",
    name="main",
    storage_duration=timedelta(hours=2),
    end_call_cutoff=timedelta(minutes=5),
    default_region="US",
    paused=False,
    created_at=datetime(2025, 3, 10, 12, 0, tzinfo=UTC),
)


def read(event: Mapping[str, Any]) -> Request:
    """Read a request as the handler does, by its route."""
    return request.read(event, request.route(event).key)
