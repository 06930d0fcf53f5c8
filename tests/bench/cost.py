"""What a posting and a call cost: their use of AWS at list prices. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.bench.prices import (
    ALARM_METRIC,
    COGNITO_PEOPLE,
    CUSTOM_METRIC,
    DASHBOARD,
    GIGABYTE,
    KMS_KEY,
    LIST,
    MILLION,
    Price,
)

MEMORY_GB = 0.5
PROCESSOR_SHARE = 512 / 1769
"""The share of a processor at 512 MB (AWS Lambda Developer Guide, "Configure function memory")."""
REQUEST_SECONDS = 0.005
"""How long a function waits for DynamoDB in the same region: an assumption."""

ROW_MONTHS = 3.0
"""How long log rows, calls and prod's logs are kept."""
ITEM_OVERHEAD_BYTES = 100
"""Bytes that DynamoDB adds to each item stored in a table or an index (its pricing page)."""
LOG_COMPRESSION = 0.15
"""The share of ingested bytes that CloudWatch stores (its pricing page)."""
LINE_OVERHEAD_BYTES = 26
ACCESS_LOG_BYTES = 197 + LINE_OVERHEAD_BYTES
"""The gateway's access log line of a posting, with the fields of `infra/api.py`."""
ANSWER_BYTES = 600
"""A posting's response as curl receives it, two thirds of it the gateway's headers."""

METRICS = 26
"""All metrics of `shared/runtime/metrics.py`: each name with each outcome and refusal reason."""
CONSOLE_ALARM_METRICS = 3
ALARM_METRICS = 87 + CONSOLE_ALARM_METRICS
"""Metrics that prod's alarms use (`infra/monitoring/alarms.py`)."""

Usage = Mapping[str, float]
"""What one operation uses, by the names of prices.LIST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One measured invocation; `logged_bytes` and `lines` are those of its own log."""

    requests: int
    write_units: float
    read_units: float
    cpu_seconds: float
    logged_bytes: float
    lines: int
    stored_bytes: float
    """Bytes kept in tables for ROW_MONTHS, with overhead; `indexed_bytes` are in indexes, which
    have no point-in-time recovery."""
    indexed_bytes: float = 0.0
    round_trips: int | None = None
    """Round trips, if some requests are parallel; None for one per request."""
    through_the_api: bool = False
    bus_events: float = 0.0
    queue_requests: float = 0.0


def usage(operation: Operation) -> Usage:
    logged = operation.logged_bytes + operation.lines * LINE_OVERHEAD_BYTES
    if operation.through_the_api:
        logged += ACCESS_LOG_BYTES
    gigabytes = logged / GIGABYTE
    table = operation.stored_bytes * ROW_MONTHS / GIGABYTE
    index = operation.indexed_bytes * ROW_MONTHS / GIGABYTE
    return {
        "API Gateway: HTTP API requests": float(operation.through_the_api),
        "API Gateway: GB sent": operation.through_the_api * ANSWER_BYTES / GIGABYTE,
        "Lambda: requests": 1.0,
        "Lambda: GB-seconds (arm64)": billed_seconds(operation) * MEMORY_GB,
        "DynamoDB: write units": operation.write_units,
        "DynamoDB: read units": operation.read_units,
        "DynamoDB: GB-months stored": table + index,
        "DynamoDB: GB-months of point-in-time recovery": table,
        "CloudWatch: GB of logs taken in": gigabytes,
        "CloudWatch: GB-months of logs kept": gigabytes * LOG_COMPRESSION * ROW_MONTHS,
        "EventBridge: events put": operation.bus_events,
        "SQS: requests": operation.queue_requests,
    }


def billed_seconds(operation: Operation) -> float:
    """Return processor time divided by the function's share, plus waiting."""
    waits = operation.requests if operation.round_trips is None else operation.round_trips
    return operation.cpu_seconds / PROCESSOR_SHARE + waits * REQUEST_SECONDS


def dollars(used: Usage, monthly: float, prices: Mapping[str, Price] = LIST) -> dict[str, float]:
    """Return dollars per million, by service, at a monthly volume."""
    return {
        name: prices[name].dollars(amount * monthly) / monthly * MILLION
        for name, amount in used.items()
    }


def fixed_dollars() -> float:
    """Return the fixed dollars per month, if every metric occurs."""
    return METRICS * CUSTOM_METRIC + ALARM_METRICS * ALARM_METRIC + DASHBOARD + KMS_KEY


def console_at_rest(people: int) -> float:
    """Return the console's dollars per month without requests: its alarms (which fixed_dollars
    includes) and Cognito's users."""
    return CONSOLE_ALARM_METRICS * ALARM_METRIC + COGNITO_PEOPLE.dollars(people)


def provisioned(prices: Mapping[str, Price], *, used: float = 0.7) -> dict[str, Price]:
    """Return the prices with provisioned DynamoDB capacity, of which `used` is in use: what auto
    scaling reaches under an even load."""
    hour = 3600 * used
    return dict(prices) | {
        "DynamoDB: write units": Price([(float("inf"), 0.00065 / hour)]),
        "DynamoDB: read units": Price([(float("inf"), 0.00013 / hour)]),
    }


def kept(used: Usage, *, months: float) -> dict[str, float]:
    """Return the usage with log rows kept for this many months."""
    share = months / ROW_MONTHS
    stored = ("DynamoDB: GB-months stored", "DynamoDB: GB-months of point-in-time recovery")
    return {name: amount * (share if name in stored else 1) for name, amount in used.items()}


def without_the_gateway(used: Usage) -> dict[str, float]:
    """Return the usage behind a function URL: without the gateway's requests and access log."""
    line = ACCESS_LOG_BYTES / GIGABYTE
    return dict(used) | {
        "API Gateway: HTTP API requests": 0.0,
        "CloudWatch: GB of logs taken in": used["CloudWatch: GB of logs taken in"] - line,
    }


def without_the_index(operation: Operation, *, index_units: float) -> Operation:
    """Return the operation without the log's index by caller."""
    return replace(operation, write_units=operation.write_units - index_units, indexed_bytes=0.0)
