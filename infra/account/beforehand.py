"""What the doctor looks at before a deployment."""

from typing import Any

from infra.account.connection import Account
from infra.account.findings import Verdict
from infra.bundle.building import LAMBDA_PYTHON, on_lambda
from infra.environment import UNRESERVED_AT_LEAST, Environment, OwnDomain

LEAST_BOOTSTRAP = 30
"""The bootstrap stack's version that the locked CDK CLI asks for."""

LEAST_CONCURRENCY = 10
"""What a new account has."""


def credentials(account: Account, environment: Environment) -> tuple[Verdict, str]:
    sts = account.client("sts")
    found, region = sts.get_caller_identity()["Account"], sts.meta.region_name
    for name, wanted, given in (
        ("account", environment.account, found),
        ("region", environment.region, region),
    ):
        if wanted not in (None, given):
            return Verdict.TO_DO, f"they are of {name} {given}; {environment.name} is of {wanted}"
    return Verdict.OK, f"account {found}, {region}"


def bootstrap(account: Account, _: Environment) -> tuple[Verdict, str]:
    ssm = account.client("ssm")
    try:
        parameter = ssm.get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]
    except ssm.exceptions.ParameterNotFound:
        return Verdict.TO_DO, "there is none in this region: run `make bootstrap`"
    version = int(parameter["Value"])
    if version < LEAST_BOOTSTRAP:
        return Verdict.TO_DO, f"its version is {version}: run `make bootstrap` again"
    return Verdict.OK, f"version {version}"


def concurrency(account: Account, environment: Environment) -> tuple[Verdict, str]:
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


def certificate(account: Account, environment: Environment) -> tuple[Verdict, str]:
    if not environment.certificate_arn and environment.deletion_protection:
        return Verdict.TO_DO, (
            "there is no domain_name: links would begin with an address that a new API changes"
        )
    return _certificate(account, environment.domain)


def hosted_zone(account: Account, environment: Environment) -> tuple[Verdict, str]:
    return _hosted_zone(account, environment.domain, "DomainTarget")


def console_certificate(account: Account, environment: Environment) -> tuple[Verdict, str]:
    return _certificate(account, environment.console_domain)


def console_hosted_zone(account: Account, environment: Environment) -> tuple[Verdict, str]:
    return _hosted_zone(account, environment.console_domain, "ConsoleDomainTarget")


def _certificate(account: Account, own: OwnDomain) -> tuple[Verdict, str]:
    if not own.certificate_arn:
        return Verdict.OK, f"none is needed: no {own.settings}domain_name"
    described: Any = account.client("acm").describe_certificate(CertificateArn=own.certificate_arn)
    certificate = described["Certificate"]
    if certificate["Status"] != "ISSUED":
        return Verdict.TO_DO, f"it is {certificate['Status']}: add its record to your DNS, and wait"
    names = {certificate["DomainName"], *certificate.get("SubjectAlternativeNames", [])}
    domain = own.name or ""
    if not names & {domain, f"*.{domain.partition('.')[2]}"}:
        return Verdict.TO_DO, f"it is for {', '.join(sorted(names))}, not for {domain}"
    return Verdict.OK, f"issued for {domain}"


def _hosted_zone(account: Account, own: OwnDomain, output: str) -> tuple[Verdict, str]:
    if not own.hosted_zone_id:
        if own.name:
            return Verdict.NOT_CHECKED, f"point {own.name} at the output {output} in your DNS"
        return Verdict.OK, f"none is needed: no {own.settings}domain_name"
    zone = account.client("route53").get_hosted_zone(Id=own.hosted_zone_id)["HostedZone"]
    name = zone["Name"].rstrip(".")
    if not f".{own.name}".endswith(f".{name}"):
        return Verdict.TO_DO, f"it is that of {name}, where {own.name} is not"
    return Verdict.OK, name


def alarm_address(_: Account, environment: Environment) -> tuple[Verdict, str]:
    if environment.alarm_address:
        return Verdict.OK, f"{environment.alarm_address} (SNS will ask it to confirm)"
    if environment.needs_alarm_address:
        return Verdict.TO_DO, "write alarm_address in infra/environment.py"
    return Verdict.OK, "none: nobody is told of alarms"


def byte_code(_: Account, environment: Environment) -> tuple[Verdict, str]:
    if on_lambda().compiler:
        return Verdict.OK, f"there is a Python {LAMBDA_PYTHON} to make it"
    told = f"there is no Python {LAMBDA_PYTHON}: run `uv python install {LAMBDA_PYTHON}`"
    if environment.needs_byte_code:
        return Verdict.TO_DO, told
    return Verdict.OK, f"{told}, or have functions start slowly"
