"""The cost calculation, with round figures."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.bench import cost, prices
from tests.bench.cost import Operation
from tests.bench.prices import DATES, GIGABYTE, LIST, Price

STORED = Operation(
    requests=2,
    write_units=3,
    read_units=1,
    cpu_seconds=0.002,
    logged_bytes=1000,
    lines=2,
    stored_bytes=400,
    indexed_bytes=400,
    through_the_api=True,
)


@pytest.mark.parametrize(("units", "dollars"), [(0, 0), (5, 5), (10, 10), (12, 11), (30, 19.5)])
def test_each_tiers_price_applies_to_its_units(units: float, dollars: float) -> None:
    price = Price([(10, 1.0), (25, 0.5), (float("inf"), 0.4)])

    assert price.dollars(units) == pytest.approx(dollars)


def test_a_million_units_cost_the_list_price() -> None:
    assert LIST["DynamoDB: write units"].dollars(1e6) == pytest.approx(0.625)
    assert LIST["DynamoDB: read units"].dollars(1e6) == pytest.approx(0.125)
    assert LIST["API Gateway: HTTP API requests"].dollars(600e6) == pytest.approx(300 + 270)


def test_everything_used_has_a_price_and_a_date_entry() -> None:
    assert cost.usage(STORED).keys() == LIST.keys() == DATES.keys()


def test_the_cost_of_a_million_is_its_usage_times_the_price() -> None:
    found = cost.dollars(cost.usage(STORED), monthly=1e6)

    assert found["API Gateway: HTTP API requests"] == pytest.approx(1.00)
    assert found["API Gateway: GB sent"] == pytest.approx(600e6 / GIGABYTE * 0.09)
    assert found["DynamoDB: write units"] == pytest.approx(3 * 0.625)
    assert found["DynamoDB: read units"] == pytest.approx(0.125)
    assert found["EventBridge: events put"] == 0


def test_the_assumed_access_log_line_is_as_long_as_a_real_one(
    dev_template: Mapping[str, Any],
) -> None:
    (settings,) = (
        resource["Properties"]["AccessLogSettings"]
        for resource in dev_template["Resources"].values()
        if "AccessLogSettings" in resource.get("Properties", {})
    )
    line: str = settings["Format"]
    for variable, value in {
        "requestId": "GZ0WXhTNoAMEJxA=",
        "identity.sourceIp": "203.0.113.7",
        "routeKey": "POST /data_writing/{key}",
        "status": "200",
        "responseLatency": "23",
        "integrationLatency": "21",
    }.items():
        line = line.replace(f"$context.{variable}", value)
    line = re.sub(r"\$context\.[A-Za-z.]+", "-", line)

    assert len(line) + cost.LINE_OVERHEAD_BYTES == cost.ACCESS_LOG_BYTES


def test_billed_time_is_processor_time_at_the_functions_share_plus_waiting() -> None:
    assert cost.billed_seconds(STORED) == pytest.approx(0.002 / 0.28943 + 2 * 0.005, rel=1e-4)


def test_rows_are_stored_for_three_months_and_indexes_are_not_backed_up() -> None:
    used = cost.usage(STORED)

    assert used["DynamoDB: GB-months stored"] == pytest.approx(800 * 3 / GIGABYTE)
    assert used["DynamoDB: GB-months of point-in-time recovery"] == pytest.approx(
        400 * 3 / GIGABYTE
    )


def test_a_request_through_the_api_adds_an_access_log_line() -> None:
    without = cost.usage(replace(STORED, through_the_api=False))
    name = "CloudWatch: GB of logs taken in"

    assert without[name] * GIGABYTE == pytest.approx(1000 + 2 * 26)
    assert cost.usage(STORED)[name] * GIGABYTE == pytest.approx(1000 + 2 * 26 + 223)


def test_a_higher_volume_costs_less_per_unit_with_tiered_prices() -> None:
    few, many = (cost.dollars(cost.usage(STORED), monthly=n) for n in (1e6, 1e10))

    assert many["API Gateway: HTTP API requests"] == pytest.approx((300 + 9700 * 0.9) / 1e4)
    assert sum(many.values()) < sum(few.values())


def test_an_option_changes_only_the_services_it_is_about() -> None:
    used = cost.usage(STORED)
    before = cost.dollars(used, 1e8)
    stored = "DynamoDB: GB-months stored"

    assert cost.dollars(cost.kept(used, months=1), 1e8)[stored] == pytest.approx(before[stored] / 3)
    by_the_hour = cost.dollars(used, 1e8, cost.provisioned(LIST))
    assert by_the_hour["DynamoDB: write units"] == pytest.approx(3 * 0.00065 / 3600 / 0.7 * 1e6)
    assert by_the_hour["Lambda: requests"] == before["Lambda: requests"]
    direct = cost.dollars(cost.without_the_gateway(used), 1e8)
    assert direct["API Gateway: HTTP API requests"] == 0
    unindexed = cost.usage(cost.without_the_index(STORED, index_units=1))
    assert unindexed["DynamoDB: write units"] == 2
    assert unindexed[stored] == pytest.approx(used[stored] / 2)


def test_the_fixed_cost_is_of_metrics_alarms_the_dashboard_and_a_key() -> None:
    assert cost.fixed_dollars() == pytest.approx(26 * 0.3 + cost.ALARM_METRICS * 0.1 + 3 + 1)
    assert prices.flat(2.0, per=4.0).dollars(2) == pytest.approx(1.0)


def test_an_idle_console_costs_less_than_a_dollar_a_month() -> None:
    assert cost.console_at_rest(people=50) < 1
    assert cost.console_at_rest(people=11_000) > 1
