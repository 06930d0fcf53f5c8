"""`make doctor`: what to do before a deployment, and with --after, whether it is well.

It changes nothing, but for one posting if it is given a key. What cannot be looked at is said to be
not checked, never to be right.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.account.connection import Account
from infra.account.posting import PostingFailed, take_all_the_way
from infra.bundle.building import LAMBDA_PYTHON, on_lambda
from infra.environment import ENVIRONMENTS, UNRESERVED_AT_LEAST, Environment

LEAST_BOOTSTRAP = 30
"""The bootstrap stack's version that the locked CDK CLI asks for."""

LEAST_CONCURRENCY = 10
"""What a new account has."""


class Verdict(StrEnum):
    OK = "ok"
    TO_DO = "to do"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    about: str
    verdict: Verdict
    told: str

    def __str__(self) -> str:
        return f"{self.verdict:<11}  {self.about}: {self.told}"


Check = Callable[[Account, Environment], tuple[Verdict, str]]


def before(account: Account, environment: Environment) -> Iterator[Finding]:
    checks: dict[str, Check] = {
        "credentials": _credentials,
        "bootstrap": _bootstrap,
        "concurrency": _concurrency,
        "certificate": _certificate,
        "hosted zone": _hosted_zone,
        "alarm address": _alarm_address,
        "byte code": _byte_code,
    }
    yield from _findings(checks, account, environment)


def after(account: Account, environment: Environment, key: str | None = None) -> Iterator[Finding]:
    """With a postback key, one posting is taken all the way."""
    checks: dict[str, Check] = {
        "stacks": _stacks,
        "point-in-time recovery": _recovery,
        "expiry of items": _expiry,
        "alarms": _alarms,
        "a posting": partial(_posting, key),
    }
    yield from _findings(checks, account, environment)


def _findings(
    checks: dict[str, Check], account: Account, environment: Environment
) -> Iterator[Finding]:
    for about, check in checks.items():
        try:
            verdict, told = check(account, environment)
        except (BotoCoreError, ClientError) as error:
            verdict, told = Verdict.NOT_CHECKED, f"AWS did not say ({error})"
        yield Finding(about, verdict, told)


def _credentials(account: Account, environment: Environment) -> tuple[Verdict, str]:
    sts = account.client("sts")
    found, region = sts.get_caller_identity()["Account"], sts.meta.region_name
    for name, wanted, given in (
        ("account", environment.account, found),
        ("region", environment.region, region),
    ):
        if wanted not in (None, given):
            return Verdict.TO_DO, f"they are of {name} {given}; {environment.name} is of {wanted}"
    return Verdict.OK, f"account {found}, {region}"


def _bootstrap(account: Account, _: Environment) -> tuple[Verdict, str]:
    ssm = account.client("ssm")
    try:
        parameter = ssm.get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]
    except ssm.exceptions.ParameterNotFound:
        return Verdict.TO_DO, "there is none in this region: run `make bootstrap`"
    version = int(parameter["Value"])
    if version < LEAST_BOOTSTRAP:
        return Verdict.TO_DO, f"its version is {version}: run `make bootstrap` again"
    return Verdict.OK, f"version {version}"


def _concurrency(account: Account, environment: Environment) -> tuple[Verdict, str]:
    limits = account.client("lambda").get_account_settings()["AccountLimit"]
    quota = limits["ConcurrentExecutions"]
    reserved = sum(environment.reserved_concurrency.values())
    wanted = reserved + UNRESERVED_AT_LEAST if reserved else LEAST_CONCURRENCY
    if quota < wanted:
        return Verdict.TO_DO, (
            f"the account's quota is {quota}, and {environment.name} needs {wanted}: ask for 1000 "
            "of Lambda's “Concurrent executions” in Service Quotas (code L-B99A9384)"
        )
    return Verdict.OK, f"a quota of {quota}, of which this reserves {reserved}"


def _certificate(account: Account, environment: Environment) -> tuple[Verdict, str]:
    if not environment.certificate_arn:
        if environment.deletion_protection:
            return Verdict.TO_DO, (
                "there is no domain_name: links would begin with an address that a new API changes"
            )
        return Verdict.OK, "none is needed: no domain_name"
    described: Any = account.client("acm").describe_certificate(
        CertificateArn=environment.certificate_arn
    )
    certificate = described["Certificate"]
    if certificate["Status"] != "ISSUED":
        return Verdict.TO_DO, f"it is {certificate['Status']}: add its record to your DNS, and wait"
    names = {certificate["DomainName"], *certificate.get("SubjectAlternativeNames", [])}
    domain = environment.domain_name or ""
    if not names & {domain, f"*.{domain.partition('.')[2]}"}:
        return Verdict.TO_DO, f"it is for {', '.join(sorted(names))}, not for {domain}"
    return Verdict.OK, f"issued for {domain}"


def _hosted_zone(account: Account, environment: Environment) -> tuple[Verdict, str]:
    if not environment.hosted_zone_id:
        if environment.domain_name:
            return Verdict.NOT_CHECKED, (
                f"point {environment.domain_name} at the output DomainTarget in your DNS"
            )
        return Verdict.OK, "none is needed: no domain_name"
    zone = account.client("route53").get_hosted_zone(Id=environment.hosted_zone_id)["HostedZone"]
    name = zone["Name"].rstrip(".")
    if not f".{environment.domain_name}".endswith(f".{name}"):
        return Verdict.TO_DO, f"it is that of {name}, where {environment.domain_name} is not"
    return Verdict.OK, name


def _alarm_address(_: Account, environment: Environment) -> tuple[Verdict, str]:
    if environment.alarm_address:
        return Verdict.OK, f"{environment.alarm_address} (SNS will ask it to confirm)"
    if environment.needs_alarm_address:
        return Verdict.TO_DO, "write alarm_address in infra/environment.py"
    return Verdict.OK, "none: nobody is told of alarms"


def _byte_code(_: Account, environment: Environment) -> tuple[Verdict, str]:
    if on_lambda().compiler:
        return Verdict.OK, f"there is a Python {LAMBDA_PYTHON} to make it"
    told = f"there is no Python {LAMBDA_PYTHON}: run `uv python install {LAMBDA_PYTHON}`"
    if environment.needs_byte_code:
        return Verdict.TO_DO, told
    return Verdict.OK, f"{told}, or have functions start slowly"


def _stacks(account: Account, environment: Environment) -> tuple[Verdict, str]:
    for stack in (environment.stack_name, f"{environment.stack_name}-Monitoring"):
        if not account.is_deployed(stack):
            status = account.status(stack) or "not there"
            return Verdict.TO_DO, f"{stack} is {status}: run `make deploy ENV={environment.name}`"
    return Verdict.OK, "both are deployed"


def _tables(account: Account, environment: Environment) -> dict[str, str]:
    outputs = account.outputs(environment.stack_name)
    return {name: value for name, value in outputs.items() if name.endswith("TableName")}


def _recovery(account: Account, environment: Environment) -> tuple[Verdict, str]:
    dynamodb = account.client("dynamodb")
    off = [
        name
        for name, table in _tables(account, environment).items()
        if dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"][
            "PointInTimeRecoveryDescription"
        ]["PointInTimeRecoveryStatus"]
        != "ENABLED"
    ]
    if off:
        return Verdict.TO_DO, f"it is off for {', '.join(off)}: deploy again, or turn it on"
    return Verdict.OK, "on for all tables"


def _expiry(account: Account, environment: Environment) -> tuple[Verdict, str]:
    dynamodb = account.client("dynamodb")
    off = [
        name
        for name, table in _tables(account, environment).items()
        # The keys' table has none: no item of theirs goes by itself.
        if name != "PostbackKeysTableName"
        and dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"][
            "TimeToLiveStatus"
        ]
        not in ("ENABLED", "ENABLING")
    ]
    if off:
        return Verdict.TO_DO, f"it is off for {', '.join(off)}: deploy again, or turn it on"
    return Verdict.OK, "on for all tables but the keys'"


def _alarms(account: Account, environment: Environment) -> tuple[Verdict, str]:
    stack = f"{environment.stack_name}-Monitoring"
    if not account.is_deployed(stack):
        return Verdict.NOT_CHECKED, f"{stack} is not deployed"
    pages = account.client("cloudwatch").get_paginator("describe_alarms").paginate()
    alarms = [a for page in pages for a in page["MetricAlarms"] if a["AlarmName"].startswith(stack)]
    ringing = [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM"]
    if ringing:
        return Verdict.TO_DO, f"{', '.join(ringing)} ring: docs/monitoring.md says what to do"
    return Verdict.OK, f"none of {len(alarms)} rings"


def _posting(key: str | None, account: Account, environment: Environment) -> tuple[Verdict, str]:
    if not key:
        return Verdict.NOT_CHECKED, "give KEY=… with a postback key, and one is taken all the way"
    if not account.is_deployed(environment.stack_name):
        return Verdict.NOT_CHECKED, f"{environment.stack_name} is not deployed"
    try:
        seconds = take_all_the_way(account, account.outputs(environment.stack_name), key)
    except PostingFailed as failure:
        return Verdict.TO_DO, f"{failure}: docs/monitoring.md says where to look"
    return Verdict.OK, f"posted, and back in Call Tagged {seconds:.1f} s after the call's start"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make doctor", description=__doc__)
    parser.add_argument("environment", choices=[*ENVIRONMENTS])
    parser.add_argument("--after", action="store_true", help="look at what is deployed")
    parser.add_argument("--key", help="a postback key, for one posting with --after")
    options = parser.parse_args(arguments)
    environment = ENVIRONMENTS[options.environment]
    account = Account.of_credentials(environment.region)
    looked = (
        after(account, environment, options.key) if options.after else before(account, environment)
    )
    findings = list(looked)
    print(*findings, sep="\n")
    return 1 if any(finding.verdict is Verdict.TO_DO for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
