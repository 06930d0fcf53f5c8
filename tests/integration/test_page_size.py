"""A page of the log ends before it exceeds Lambda's limit."""

from datetime import UTC, datetime

import pytest

from shared.domain.keys import PostbackKey
from shared.stores import log_reader
from tests.integration.events import SECOND, new_caller_number
from tests.integration.service import Service


def test_a_page_ends_at_the_size_limit_and_the_next_continues_there(
    service: Service, key: PostbackKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC) - SECOND
    monkeypatch.setattr(log_reader, "MAX_BYTES", 1)
    for second in range(3):
        service.post(
            key, at=now - second * SECOND, caller_number=new_caller_number(), city="Zürich"
        )
    found, cursor = [], ""
    for _ in range(3):
        query = {"key_id": key.key_id} | ({"cursor": cursor} if cursor else {})
        page = service.read("/postbacks", **query).json
        assert "postbacks" in page, page
        found.append([entry["posting_id"] for entry in page["postbacks"]])
        cursor = page["next_cursor"]

    assert [len(ids) for ids in found] == [1, 1, 1]
    assert len({*found[0], *found[1], *found[2]}) == 3
