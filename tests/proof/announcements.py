"""The events that a schedule causes: the real call feed reads its changes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.domain.platform_events import DETAIL_TYPE
from shared.stores import tables
from tests.proof.database import Body, Change, Reply
from tests.proof.operations import LATER
from tests.proof.processes import CALL_DATA, Process


class Feed:
    def __init__(self) -> None:
        self._put: list[dict[str, Any]] = []
        self._process = Process("call_feed", self._take, client="bus")

    def announce(self, journal: Iterable[Change]) -> Sequence[Mapping[str, Any]]:
        """Return the details of the `Call Tagged` events, in the order in which they are put."""
        self._put = []
        records = [_record(i, change) for i, change in enumerate(journal) if _is_fed(change)]
        answer = self._process.run({"Records": records})
        if answer["batchItemFailures"]:
            raise AssertionError(answer)
        return self._put

    def _take(self, _: str, body: Body) -> Reply:
        entries = body["Entries"]
        tagged = (entry for entry in entries if entry["DetailType"] == DETAIL_TYPE)
        self._put += [json.loads(entry["Detail"]) for entry in tagged]
        return Reply(200, {"FailedEntryCount": 0, "Entries": [{"EventId": "e"} for _ in entries]})


def _is_fed(change: Change) -> bool:
    """Apply the filter of infra/call_feed.py."""
    is_call = change.table == CALL_DATA and change.key[1] == tables.CALL_SORT_KEY
    return is_call and tables.ANNOUNCED_AT_ATTRIBUTE in (change.after or {})


def _record(number: int, change: Change) -> dict[str, Any]:
    pk, sk = change.key
    images = {"NewImage": change.after} | ({"OldImage": change.before} if change.before else {})
    return {
        "eventName": "MODIFY" if change.before else "INSERT",
        "dynamodb": {
            "ApproximateCreationDateTime": LATER.timestamp(),
            "Keys": {tables.PARTITION_KEY: {"S": pk}, tables.SORT_KEY: {"S": sk}},
            "SequenceNumber": str(number),
            **images,
        },
    }
