"""Checks that the account's quotas are high enough for the environment."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.account.connection import Account
from infra.account.findings import Verdict
from infra.call_events import BATCH_SIZE
from infra.environment import Environment

WRITES_PER_POSTING = 5
"""Write units of the call data table that a posting takes if it is applied at once."""

ANNOUNCED_PER_EVENT = 0.5
"""Events announced per call event: one for a call's start and end."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The minimum of a quota, which is found by the words in its name."""

    service: str
    words: tuple[str, ...]
    minimum: float


def gateway_throttle(account: Account, environment: Environment) -> tuple[Verdict, str]:
    return _compare(
        account,
        environment,
        Wanted("apigateway", ("throttle rate",), environment.throttling_rate),
        Wanted("apigateway", ("throttle burst",), environment.throttling_burst),
    )


def table_writes(account: Account, environment: Environment) -> tuple[Verdict, str]:
    return _compare(
        account,
        environment,
        Wanted(
            "dynamodb",
            ("table-level write throughput",),
            environment.throttling_rate * WRITES_PER_POSTING,
        ),
    )


def bus_events(account: Account, environment: Environment) -> tuple[Verdict, str]:
    """Check for as many events as are handled at once, assuming a second per batch."""
    taken = environment.most_event_batches * BATCH_SIZE
    wanted = Wanted("events", ("putevents", "per second"), taken * (1 + ANNOUNCED_PER_EVENT))
    return _compare(account, environment, wanted)


def _compare(account: Account, environment: Environment, *wanted: Wanted) -> tuple[Verdict, str]:
    known = {name: value for each in wanted for name, value in _quotas(account, each.service)}
    lacking, enough = [], []
    for each in wanted:
        found = [n for n in known if all(word in n.lower() for word in each.words)]
        if not found:
            words = "”, “".join(each.words)
            return (
                Verdict.NOT_CHECKED,
                f"Service Quotas has no {each.service} quota named “{words}”",
            )
        for name in found:
            quota = f"“{name}” is {known[name]:g}"
            if known[name] < each.minimum:
                lacking.append(
                    f"{quota}, and {environment.name} needs {each.minimum:g}: request it in "
                    f"Service Quotas ({each.service})"
                )
            enough.append(f"{quota}, of which {environment.name} needs {each.minimum:g}")
    if lacking:
        return Verdict.TO_DO, "; ".join(lacking)
    return Verdict.OK, "; ".join(enough)


def _quotas(account: Account, service: str) -> Iterator[tuple[str, float]]:
    """Yield AWS's default quotas, then the account's own, which replace them."""
    quotas = account.client("service-quotas")
    for operation in ("list_aws_default_service_quotas", "list_service_quotas"):
        for page in quotas.get_paginator(operation).paginate(ServiceCode=service):
            for quota in page["Quotas"]:
                yield quota["QuotaName"], quota["Value"]
