"""The account's quotas, as Service Quotas tells them, against what the environment wants."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.account.connection import Account
from infra.account.findings import Verdict
from infra.call_events import BATCH_SIZE
from infra.environment import Environment

WRITES_A_POSTING = 5
"""Of one table, in units: what a posting that is applied at once takes of call data."""

EVENTS_OUT = 0.5
"""Announced for each event that comes in: one for a call's two."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A quota by the words that its name has, and at least how much of it."""

    service: str
    words: tuple[str, ...]
    least: float


def of_the_gateway(account: Account, environment: Environment) -> tuple[Verdict, str]:
    return _compare(
        account,
        environment,
        Wanted("apigateway", ("throttle rate",), environment.throttling_rate),
        Wanted("apigateway", ("throttle burst",), environment.throttling_burst),
    )


def of_tables(account: Account, environment: Environment) -> tuple[Verdict, str]:
    return _compare(
        account,
        environment,
        Wanted(
            "dynamodb",
            ("table-level write throughput",),
            environment.throttling_rate * WRITES_A_POSTING,
        ),
    )


def of_the_bus(account: Account, environment: Environment) -> tuple[Verdict, str]:
    """As many events as are handled at once, each batch within a second."""
    taken = environment.most_event_batches * BATCH_SIZE
    wanted = Wanted("events", ("putevents", "per second"), taken * (1 + EVENTS_OUT))
    return _compare(account, environment, wanted)


def _compare(account: Account, environment: Environment, *wanted: Wanted) -> tuple[Verdict, str]:
    known = {name: value for each in wanted for name, value in _told(account, each.service)}
    lacking, enough = [], []
    for each in wanted:
        found = [n for n in known if all(word in n.lower() for word in each.words)]
        if not found:
            words = "”, “".join(each.words)
            return Verdict.NOT_CHECKED, f"Service Quotas tells no {each.service} quota of “{words}”"
        for name in found:
            told = f"“{name}” is {known[name]:g}"
            if known[name] < each.least:
                lacking.append(
                    f"{told}, and {environment.name} needs {each.least:g}: ask for it in Service "
                    f"Quotas ({each.service})"
                )
            enough.append(f"{told}, of which {environment.name} needs {each.least:g}")
    if lacking:
        return Verdict.TO_DO, "; ".join(lacking)
    return Verdict.OK, "; ".join(enough)


def _told(account: Account, service: str) -> Iterator[tuple[str, float]]:
    """The account's own, and AWS's default of what it never changed."""
    quotas = account.client("service-quotas")
    for operation in ("list_aws_default_service_quotas", "list_service_quotas"):
        for page in quotas.get_paginator(operation).paginate(ServiceCode=service):
            for quota in page["Quotas"]:
                yield quota["QuotaName"], quota["Value"]
