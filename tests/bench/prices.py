"""AWS's list prices in us-east-1 without free tiers, taxes and discounts, collected 2026-11-25.

`DATES` has the date of each. Those without a date were not looked up: check them at
aws.amazon.com/<service>/pricing before relying on a figure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

MILLION = 1e6
GIGABYTE = 2**30


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per unit, in monthly tiers: the last unit of each tier, and its price."""

    tiers: Sequence[tuple[float, float]]

    def dollars(self, units: float) -> float:
        """Return the price of a month's units."""
        total, begun = 0.0, 0.0
        for end, each in self.tiers:
            total += max(0.0, min(units, end) - begun) * each
            begun = end
        return total


def flat(dollars: float, per: float = 1.0) -> Price:
    return Price([(inf, dollars / per)])


LIST: Mapping[str, Price] = {
    "API Gateway: HTTP API requests": Price([(300e6, 1.00 / MILLION), (inf, 0.90 / MILLION)]),
    "API Gateway: GB sent": Price([(10e3, 0.09), (50e3, 0.085), (150e3, 0.07), (inf, 0.05)]),
    "Lambda: requests": flat(0.20, MILLION),
    "Lambda: GB-seconds (arm64)": Price(
        [(7.5e9, 0.0000133334), (18.75e9, 0.0000120001), (inf, 0.0000106667)]
    ),
    "DynamoDB: write units": flat(0.625, MILLION),
    "DynamoDB: read units": flat(0.125, MILLION),
    "DynamoDB: GB-months stored": flat(0.25),
    "DynamoDB: GB-months of point-in-time recovery": flat(0.20),
    "CloudWatch: GB of logs taken in": flat(0.50),
    "CloudWatch: GB-months of logs kept": flat(0.03),
    "EventBridge: events put": flat(1.00, MILLION),
    "SQS: requests": flat(0.40, MILLION),
}
"""Prices by service. Free of charge: Lambda's reads of a stream, TTL deletions, rules and their
delivery within the account, and the extraction of metrics from log lines."""

DATES: Mapping[str, str | None] = {
    "API Gateway: HTTP API requests": "2026-09-21",
    "API Gateway: GB sent": "2026-09-16",
    "Lambda: requests": "2026-09-19",
    "Lambda: GB-seconds (arm64)": "2026-09-19",
    "DynamoDB: write units": "2026-09-11",
    "DynamoDB: read units": "2026-09-11",
    "DynamoDB: GB-months stored": "2026-09-11",
    "DynamoDB: GB-months of point-in-time recovery": None,
    "CloudWatch: GB of logs taken in": "2026-09-22",
    "CloudWatch: GB-months of logs kept": "2026-09-22",
    "EventBridge: events put": "2026-11-25",
    "SQS: requests": None,
}
"""Publication dates of AWS's Price List, as quoted by a published comparison of regions; for
EventBridge, the date when a copy of its pricing page was read."""

COGNITO_PEOPLE = Price([(10_000, 0.0), (inf, 0.015)])
"""Monthly users of the console, in Cognito's Essentials tier: the first 10,000 are free."""

CUSTOM_METRIC = 0.30
ALARM_METRIC = 0.10
DASHBOARD = 3.00
KMS_KEY = 1.00
"""Dollars per month, whatever the volume."""
