"""Converts a row of the postback log, as the stream has it, to what is counted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from shared.domain import log_entries, timestamps
from shared.domain.activity import OTHER, LogRow, Reason, Tally
from shared.domain.log_entries import DECIDED_SUFFIX, Cause, Outcome
from shared.domain.postings import posted_at
from shared.stores import tables
from shared.stores.activity import KeyName
from shared.stores.dynamodb import from_attribute

# Tags and parameters are most of a row, and are not read.
_READ = (
    tables.PARTITION_KEY,
    tables.SORT_KEY,
    "posting_id",
    "key_id",
    "publisher_id",
    "outcome",
    "decided_by",
    "stored_until",
    "reason",
    "problems",
    "warnings",
)


@dataclass(frozen=True, slots=True)
class Counted:
    """A row, and the key and day that it counts for."""

    name: KeyName
    day: date
    row: LogRow


def read(record: Mapping[str, Any]) -> Counted | None:
    """Return what a record counts for; None for a row about a response, which is not counted."""
    image = record["dynamodb"]["NewImage"]
    values = {name: from_attribute(image[name]) for name in _READ if name in image}
    suffix = values[tables.SORT_KEY].removeprefix(values["posting_id"])
    if suffix not in ("", DECIDED_SUFFIX):
        return None
    posted = posted_at(values["posting_id"])
    row = LogRow(
        # The log's partition, whose rows come in order in any shard of the stream.
        lane=int(values[tables.PARTITION_KEY].rpartition("#")[2]),
        sequence=int(record["dynamodb"]["SequenceNumber"]),
        posted_at=posted,
        is_first=suffix == "",
        tally=_decision(values) if suffix else _first(values),
        reasons=tuple(_reasons(values)),
    )
    return Counted((values["publisher_id"], values["key_id"]), posted.astimezone(UTC).date(), row)


def _first(values: Mapping[str, Any]) -> Tally:
    warned = int("warnings" in values)
    if values["outcome"] == Outcome.REFUSED:
        return Tally(refused=1, warned=warned)
    stored_until = timestamps.from_text(values["stored_until"])
    return Tally(stored=1, warned=warned, stored_until=timestamps.to_epoch_seconds(stored_until))


def _decision(values: Mapping[str, Any]) -> Tally:
    is_at_once = values["decided_by"] == Cause.POSTING
    if log_entries.is_applied(values):
        return Tally(applied_at_once=1) if is_at_once else Tally(applied_later=1)
    return Tally(withdrawn=1) if is_at_once else Tally(left_out=1)


def _reasons(values: Mapping[str, Any]) -> Iterator[Reason]:
    if values["outcome"] == Outcome.REFUSED:
        kind = values.get("reason", OTHER)
        for param in dict.fromkeys(problem["param"] for problem in values["problems"]):
            yield Reason(False, kind, param)
    for warning in values.get("warnings", []):
        yield Reason(True, warning["kind"], warning["param"])
