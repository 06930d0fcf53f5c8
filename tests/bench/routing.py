"""Routing latency on the embedded AWS: from the report of a call until its tags have arrived, over
HTTP and by events in turn."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

from infra.local.embedded_aws import EmbeddedAws
from tests.bench.report import Goal, Kind, Section, table
from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import PostbackKey, Service
from tests.faults.run import deploy_service

CALLS = 60
"""Calls measured each way, one after the other."""
_WARM_UP = 5
MOST_OF_EVENTS = 1 / 3
_REMARK = (
    f"{CALLS} calls each way, in turn, each with one posting pending. By events: from putting "
    "`Call Started` on the bus until `Call Tagged` is received from a queue by long polling."
)


def measure() -> Section:
    with (
        tempfile.TemporaryDirectory(prefix="routing-") as scratch,
        EmbeddedAws(port=None, log=Path(scratch) / "ministack.log") as aws,
    ):
        service = deploy_service(aws, Path(scratch))
        key, platform_key = service.new_key(service.new_publisher()), service.new_platform_key()
        ways: dict[str, Callable[[PhoneCall], None]] = {
            "HTTP": lambda call: _by_http(service, platform_key, call),
            "events": lambda call: _by_event(service, call),
        }
        seconds = _in_turn(service, key, ways)
    return _section(seconds)


def _in_turn(
    service: Service, key: PostbackKey, ways: dict[str, Callable[[PhoneCall], None]]
) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(_WARM_UP + CALLS):
        for area, (way, report) in enumerate(ways.items(), 771):
            call = PhoneCall(caller_number=f"+1{area}{number:07}")
            service.tag(key, str(call.caller_number), age="39")
            started = time.monotonic()
            report(call)
            if number >= _WARM_UP:
                seconds[way].append(time.monotonic() - started)
    return seconds


def _by_http(service: Service, platform_key: str, call: PhoneCall) -> None:
    members = {"caller_number": call.caller_number}
    response = service.report(platform_key, call.call_uuid, members)
    if response.status_code != 200 or response.json()["tags"] != {"age": "39"}:
        raise RuntimeError(f"unexpected response to the call: {response}")


def _by_event(service: Service, call: PhoneCall) -> None:
    service.put(call.started())
    service.wait_for_tagged(call, {"age": "39"})


def _section(seconds: dict[str, list[float]]) -> Section:
    marks = {way: quantiles(own, n=100, method="inclusive") for way, own in seconds.items()}
    rows = [[way, *(f"{own[at] * 1000:.0f}" for at in (49, 94))] for way, own in marks.items()]
    goals = [
        Goal(
            f"routing, {name}: HTTP ÷ events",
            marks["HTTP"][at] / marks["events"][at],
            MOST_OF_EVENTS,
            Kind.TIMED,
        )
        for name, at in (("p50", 49), ("p95", 94))
    ]
    header = ["from the call's report to its tags", "p50 ms", "p95 ms"]
    return Section("Routing latency", [table(header, rows)], [_REMARK], goals)
