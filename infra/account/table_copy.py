"""Copies the items of a restored table into another one, in parallel, and resumes after a kill."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.stores import tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]
Key = dict[str, Any]

SEGMENTS = 16
"""Parts of the source that are scanned at the same time. A progress file is for as many."""
_BATCH_ITEMS = 100
"""DynamoDB's maximum of keys in a BatchGetItem, and of actions in a transaction."""
_BATCH_CHARACTERS = 3_000_000
"""Maximum size of a batch as JSON, below the 4 MB of a transaction."""


@dataclass(frozen=True, slots=True)
class Copied:
    """The numbers of items put, and of items that existed already and were kept."""

    put: int
    kept: int


@dataclass(slots=True)
class _Segment:
    """How far a segment is: the last key whose page was copied, and the items so far."""

    after: Key | None = None
    is_done: bool = False
    put: int = 0
    kept: int = 0


@dataclass
class Progress:
    """How far a copy is. With a path, it is kept in that file, and read from it."""

    path: Path | None = None
    _segments: list[_Segment] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.path and self.path.exists():
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            self._segments = [_Segment(**each) for each in kept]
        else:
            self._segments = [_Segment() for _ in range(SEGMENTS)]

    @property
    def copied(self) -> Copied:
        with self._lock:
            return Copied(
                sum(each.put for each in self._segments), sum(each.kept for each in self._segments)
            )

    def of(self, number: int) -> _Segment:
        return self._segments[number]

    def add(self, number: int, copied: Copied, *, after: Key | None) -> None:
        """Record a copied page of a segment. `after` is None if it was the last one."""
        with self._lock:
            segment = self._segments[number]
            segment.put, segment.kept = segment.put + copied.put, segment.kept + copied.kept
            segment.after, segment.is_done = after, after is None
            if self.path:
                unfinished = self.path.with_suffix(".tmp")
                state = json.dumps([asdict(each) for each in self._segments])
                unfinished.write_text(state, encoding="utf-8")
                unfinished.replace(self.path)

    def forget(self) -> None:
        """Delete the file. The next copy starts at the beginning."""
        if self.path:
            self.path.unlink(missing_ok=True)


def copy(
    client: "DynamoDBClient",
    source: str,
    target: str,
    *,
    is_rehearsal: bool,
    progress: Progress | None = None,
    threads: int = SEGMENTS,
) -> Copied:
    """Put each item of `source` that `target` lacks. Running it again puts what is still missing.

    Items in `target` are newer than the copy, and stay. A copy that was killed continues after the
    last pages that `progress` knows.
    """
    progress = progress or Progress()
    missing = _is_missing if is_rehearsal else _put
    stop = threading.Event()

    def copy_segment(number: int) -> None:
        if stop.is_set():
            return
        for items, after in _pages(client, source, number, progress.of(number)):
            put = sum(missing(client, target, batch) for batch in _batches(items))
            progress.add(number, Copied(put, len(items) - put), after=after)
            if stop.is_set():
                return

    with ThreadPoolExecutor(threads) as pool:
        try:
            for segment in [pool.submit(copy_segment, number) for number in range(SEGMENTS)]:
                segment.result()
        finally:
            stop.set()
    progress.forget()
    return progress.copied


def _pages(
    client: "DynamoDBClient", table: str, number: int, segment: _Segment
) -> Iterator[tuple[Sequence[Item], Key | None]]:
    """Yield the pages that are left of a segment, each with the key to continue after."""
    after, is_done = segment.after, segment.is_done
    while not is_done:
        start: Any = {"ExclusiveStartKey": after} if after else {}
        page = client.scan(TableName=table, Segment=number, TotalSegments=SEGMENTS, **start)
        after = page.get("LastEvaluatedKey")
        is_done = after is None
        yield page["Items"], after


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    batch: list[Item] = []
    size = 0
    for item in items:
        own = len(json.dumps(item, default=str))
        if batch and (len(batch) == _BATCH_ITEMS or size + own > _BATCH_CHARACTERS):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += own
    if batch:
        yield batch


def _is_missing(client: "DynamoDBClient", table: str, items: Sequence[Item]) -> int:
    return len(_missing(client, table, items))


def _put(client: "DynamoDBClient", table: str, items: Sequence[Item]) -> int:
    """Put the items that the table lacks. Returns their number."""
    missing = _missing(client, table, items)
    if not missing:
        return 0
    puts: Any = [{"Put": _conditional(table, item)} for item in missing]
    try:
        client.transact_write_items(TransactItems=puts)
    except client.exceptions.TransactionCanceledException:
        # Something else wrote one of them meanwhile.
        return sum(_put_one(client, table, item) for item in missing)
    return len(missing)


def _put_one(client: "DynamoDBClient", table: str, item: Item) -> bool:
    try:
        client.put_item(**_conditional(table, item))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def _conditional(table: str, item: Item) -> Any:
    condition = f"attribute_not_exists({tables.PARTITION_KEY})"
    return {"TableName": table, "Item": item, "ConditionExpression": condition}


def _missing(client: "DynamoDBClient", table: str, items: Sequence[Item]) -> list[Item]:
    """Return the items whose keys the table lacks."""
    wanted: Any = {
        table: {
            "Keys": [_key(item) for item in items],
            "ProjectionExpression": f"{tables.PARTITION_KEY}, {tables.SORT_KEY}",
            "ConsistentRead": True,
        }
    }
    existing: set[str] = set()
    while wanted:
        response = client.batch_get_item(RequestItems=wanted)
        existing.update(json.dumps(_key(each)) for each in response["Responses"].get(table, ()))
        wanted = response.get("UnprocessedKeys")
    return [item for item in items if json.dumps(_key(item)) not in existing]


def _key(item: Item) -> Key:
    return {name: item[name] for name in (tables.PARTITION_KEY, tables.SORT_KEY)}


def watch(progress: Progress, say: Callable[[Copied], None], *, seconds: float) -> threading.Event:
    """Call `say` every `seconds` in the background, until the returned event is set."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(seconds):
            say(progress.copied)

    threading.Thread(target=run, daemon=True).start()
    return ended
