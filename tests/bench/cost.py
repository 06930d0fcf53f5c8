"""What a posting and a call cost in dollars: what each uses of AWS, by list prices. Pure."""

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
"""Of one processor, at 512 MB (AWS Lambda Developer Guide, "Configure function memory")."""
REQUEST_SECONDS = 0.005
"""What a function waits for DynamoDB in the same region: an assumption, of its usual latencies."""

ROW_MONTHS = 3.0
"""Log rows and calls are kept for 90 days, and so are prod's logs."""
ITEM_OVERHEAD_BYTES = 100
"""That DynamoDB adds to each item stored, in a table and in an index (its pricing page)."""
LOG_COMPRESSION = 0.15
"""What CloudWatch keeps of what it takes in (its pricing page)."""
LINE_OVERHEAD_BYTES = 26
ACCESS_LOG_BYTES = 197 + LINE_OVERHEAD_BYTES
"""The gateway's line of a posting, of the fields of `infra/api.py`."""
ANSWER_BYTES = 600
"""Of a posting's answer, two thirds of it headers of the gateway's: about what curl receives."""

METRICS = 26
"""What `runtime.metrics` can make: each name with each outcome, and each reason of a refusal."""
CONSOLE_ALARM_METRICS = 3
ALARM_METRICS = 87 + CONSOLE_ALARM_METRICS
"""That the thirty-three alarms of `infra/monitoring/alarms.py` look at, in prod."""

Usage = Mapping[str, float]
"""By the names of prices.LIST, for one operation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One invocation, as it was measured. `logged_bytes` and `lines` are its own log's."""

    requests: int
    write_units: float
    read_units: float
    cpu_seconds: float
    logged_bytes: float
    lines: int
    stored_bytes: float
    """In tables for ROW_MONTHS, overhead included; `indexed_bytes` in indexes, without recovery."""
    indexed_bytes: float = 0.0
    round_trips: int | None = None
    """Where some requests go side by side; else as many as there are requests."""
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
    """The processor's time at its share of one, and the waiting."""
    waits = operation.requests if operation.round_trips is None else operation.round_trips
    return operation.cpu_seconds / PROCESSOR_SHARE + waits * REQUEST_SECONDS


def dollars(used: Usage, monthly: float, prices: Mapping[str, Price] = LIST) -> dict[str, float]:
    """For a million of so many a month, by what it is for."""
    return {
        name: prices[name].dollars(amount * monthly) / monthly * MILLION
        for name, amount in used.items()
    }


def fixed_dollars() -> float:
    """By the month, whatever is posted, if every metric occurs."""
    return METRICS * CUSTOM_METRIC + ALARM_METRICS * ALARM_METRIC + DASHBOARD + KMS_KEY


def console_at_rest(people: int) -> float:
    """By the month, of which fixed_dollars has the alarms: its API, function and table cost nothing
    while nobody looks, and Cognito counts who signs in."""
    return CONSOLE_ALARM_METRICS * ALARM_METRIC + COGNITO_PEOPLE.dollars(people)


def provisioned(prices: Mapping[str, Price], *, used: float = 0.7) -> dict[str, Price]:
    """DynamoDB by the hour, with so much of what is provisioned in use: what auto scaling reaches
    where postings come evenly enough."""
    hour = 3600 * used
    return dict(prices) | {
        "DynamoDB: write units": Price([(float("inf"), 0.00065 / hour)]),
        "DynamoDB: read units": Price([(float("inf"), 0.00013 / hour)]),
    }


def kept(used: Usage, *, months: float) -> dict[str, float]:
    """The same with log rows kept for so long."""
    share = months / ROW_MONTHS
    stored = ("DynamoDB: GB-months stored", "DynamoDB: GB-months of point-in-time recovery")
    return {name: amount * (share if name in stored else 1) for name, amount in used.items()}


def without_the_gateway(used: Usage) -> dict[str, float]:
    """The same behind a function URL: no requests of the gateway's, nor its access log."""
    line = ACCESS_LOG_BYTES / GIGABYTE
    return dict(used) | {
        "API Gateway: HTTP API requests": 0.0,
        "CloudWatch: GB of logs taken in": used["CloudWatch: GB of logs taken in"] - line,
    }


def without_the_index(operation: Operation, *, index_units: float) -> Operation:
    """The same without the log's index by caller."""
    return replace(operation, write_units=operation.write_units - index_units, indexed_bytes=0.0)
