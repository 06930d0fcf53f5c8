"""`make run DEMO=1`: three publishers with a week of postings and calls.

Today's postings are sent as publishers send them. Earlier ones are rows of the log, written as the
service writes them, because a posting cannot be sent in the past.
"""

import random
import uuid
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from infra.local import web
from infra.local.embedded_aws import EmbeddedAws
from infra.local.service import Service
from shared.stores import tables

_DAYS = 7
_STORED_SECONDS = 7200
"""Short, so that pending postings expire within the day."""
_ABROAD = 0.06
"""The share of callers with a London number."""
_RETENTION = timedelta(days=90)
_PUBLISHERS = (
    ("Harbor Home Quotes", ("Landing page", "Dialer"), 14, 0.85, 0),
    ("Coast Insurance Quotes", ("Quote form",), 7, 0.2, 0),
    ("Bright Path Media", ("Newsletter",), 3, 0.6, 3),
)
"""Name, keys, postings per hour, the share applied to a call, and days of silence until now."""
_TIMES = [8, 6, 5, 4, 4, 5, 7, 10, 14, 18, 20, 19, 18, 17, 18, 19, 18, 16, 14, 12, 11, 10, 9, 8]
_REFUSAL = {
    "param": "caller_number",
    "message": "means that the caller withheld their number; skip this caller, or send call_uuid "
    "instead",
}
_WARNING = {
    "kind": "placeholder_not_filled_in",
    "param": "zip",
    "message": "looks like an unfilled placeholder, and was kept as sent",
}


def fill(aws: EmbeddedAws, service: Service) -> None:
    """Create the demo data. It is the same every time, except for IDs and times."""
    chance = random.Random(7)  # noqa: S311  # not for secrets
    now = datetime.now(UTC)
    rows: list[dict[str, Any]] = []
    for name, keys, an_hour, matching, silent_days in _PUBLISHERS:
        made = service.operate("POST", "/publishers", {"name": name}).json()
        for key_name in keys:
            key = service.operate(
                "POST",
                f"/publishers/{made['publisher_id']}/postback-keys",
                {"name": key_name, "storage_duration": _STORED_SECONDS},
            ).json()
            share = an_hour / len(keys)
            rows += _week(chance, key, share, matching, now - timedelta(days=silent_days))
            if not silent_days:
                _post_now(service, key["posting_link"], chance)
    _write(aws, service.outputs["PostbackLogTableName"], rows)


def _week(
    chance: random.Random, key: dict[str, Any], an_hour: float, matching: float, until: datetime
) -> Iterator[dict[str, Any]]:
    for hours in range(1, _DAYS * 24):
        at = until - timedelta(hours=hours)
        for _ in range(round(an_hour * _TIMES[at.hour] / 12 * chance.uniform(0.6, 1.4))):
            posted_at = at + timedelta(seconds=chance.uniform(0, 3500))
            yield from _posting(chance, key, posted_at, matching)


def _posting(
    chance: random.Random, key: dict[str, Any], at: datetime, matching: float
) -> Iterator[dict[str, Any]]:
    milliseconds = int(at.timestamp() * 1000)
    posting_id = f"{milliseconds:013d}-{uuid.UUID(int=chance.getrandbits(128), version=4)}"
    number = f"+1555{chance.randrange(2_000_000, 9_999_999)}"
    if chance.random() < _ABROAD:
        number = f"+442079460{chance.randrange(1000):03}"
    shard = zlib.crc32(posting_id.encode()) % tables.LOG_SHARDS
    row: dict[str, Any] = {
        "pk": f"{key['key_id']}#{at:%Y-%m-%d}#{shard}",
        "sk": posting_id,
        "posting_id": posting_id,
        "posted_at": _text(at),
        "key_id": key["key_id"],
        "publisher_id": key["publisher_id"],
        "expires_at": int((at + _RETENTION).timestamp()),
    }
    if chance.random() < 0.04:
        parameters = {"caller_number": "anonymous", "zip": "90210"}
        yield row | {
            "outcome": "refused", "status_code": 422, "reason": "invalid_input",
            "problems": [_REFUSAL], "parameters": parameters,
        }  # fmt: skip
        return
    is_warned = chance.random() < 0.06
    tags = {
        "zip": "{{zip}}" if is_warned else f"{chance.randrange(10_000, 99_999)}",
        "age": str(chance.randrange(21, 79)),
        "campaign": chance.choice(("spring", "brand", "retargeting")),
    }
    yield (
        row
        | {
            "outcome": "stored",
            "caller_number": number,
            "stored_until": _text(at + timedelta(seconds=_STORED_SECONDS)),
            "tags": tags,
        }
        | ({"warnings": [_WARNING]} if is_warned else {})
    )
    if chance.random() < matching:
        yield row | {
            "sk": f"{posting_id}#decided",
            "outcome": "applied",
            "call_uuid": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "caller_number": number,
            "decided_at": _text(at + timedelta(seconds=chance.uniform(1, 300))),
            "decided_by": "call_started",
        }


def _post_now(service: Service, link: str, chance: random.Random) -> None:
    """Send a few postings: pending, repaired, refused, and applied to calls, one of them ended."""
    for number in range(4):
        caller = f"+1555{chance.randrange(2_000_000, 9_999_999)}"
        tags = {"caller_number": caller, "zip": f"9021{number}", "age": str(30 + number)}
        web.send("GET", f"{link}&{urlencode(tags)}")
        if number < 2:
            now = _text(datetime.now(UTC))
            call = {"call_uuid": str(uuid.uuid4()), "caller_number": caller, "started_at": now}
            call |= {"campaign_id": "c-42", "dialed_number": "+18005550100"}
            service.put_event("Call Started", call)
            web.send("GET", f"{link}&{urlencode(tags | {'zip': '10001'})}")
            if number:
                service.put_event("Call Ended", call | {"ended_at": _text(datetime.now(UTC))})
    web.send("GET", f"{link}&{urlencode({'caller_number': '+1 1 555 123 0102', 'zip': '{{zip}}'})}")
    web.send("GET", f"{link}&{urlencode({'caller_number': 'anonymous', 'zip': '90210'})}")


def _write(aws: EmbeddedAws, table: str, rows: list[dict[str, Any]]) -> None:
    client = aws.client("dynamodb")
    batches = [rows[start : start + 25] for start in range(0, len(rows), 25)]

    def put(batch: list[dict[str, Any]]) -> None:
        items = [
            {"PutRequest": {"Item": {name: _attribute(v) for name, v in row.items()}}}
            for row in batch
        ]
        client.batch_write_item(RequestItems={table: items})

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(put, batches))


def _attribute(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"M": {name: _attribute(each) for name, each in value.items()}}
    if isinstance(value, list):
        return {"L": [_attribute(each) for each in value]}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def _text(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
