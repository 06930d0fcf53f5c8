"""What the doctor looks at before a deployment."""

from typing import Any

from botocore.exceptions import NoCredentialsError, NoRegionError

from infra.account.connection import Account
from infra.account.findings import Verdict
from infra.bundle.building import LAMBDA_PYTHON, on_lambda
from infra.environment import UNRESERVED_AT_LEAST, WITHOUT_DOMAIN, Environment, OwnDomain

LEAST_BOOTSTRAP = 8
"""The bootstrap stack's version that our stacks ask for."""

LEAST_CONCURRENCY = 10
"""What a new account has."""

MOST_CODE_STORED = 0.8
"""Of the account's storage for code, in which every version of a function stays."""


def credentials(account: Account, environment: Environment) -> tuple[Verdict, str]:
    try:
        sts = account.client("sts")
        found, region = sts.get_caller_identity()["Account"], sts.meta.region_name
    except NoCredentialsError:
        return Verdict.TO_DO, "there are none: run `aws configure`, or set AWS_PROFILE"
    except NoRegionError:
        return Verdict.TO_DO, "they are of no region: set AWS_REGION, or write region for good"
    for name, wanted, given in (
        ("account", environment.account, found),
        ("region", environment.region, region),
    ):
        if wanted not in (None, given):
            return Verdict.TO_DO, f"they are of {name} {given}; {environment.name} is of {wanted}"
    return Verdict.OK, f"account {found}, {region}"


def bootstrap(account: Account, environment: Environment) -> tuple[Verdict, str]:
    ssm = account.client("ssm")
    try:
        parameter = ssm.get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]
    except ssm.exceptions.ParameterNotFound:
        command = f"make bootstrap ENV={environment.name}"
        return Verdict.TO_DO, f"there is none in this region: run `{command}`"
    version = int(parameter["Value"])
    if version < LEAST_BOOTSTRAP:
        command = f"make bootstrap ENV={environment.name}"
        return Verdict.TO_DO, f"its version is {version}: run `{command}` again"
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
    if environment.lacks_domain:
        return Verdict.TO_DO, WITHOUT_DOMAIN
    return _certificate(account, environment.domain, environment.region)


def hosted_zone(account: Account, environment: Environment) -> tuple[Verdict, str]:
    is_new = not account.is_deployed(environment.stack_name)
    return _hosted_zone(account, environment.domain, "DomainTarget", is_new=is_new)


def console_certificate(account: Account, environment: Environment) -> tuple[Verdict, str]:
    return _certificate(account, environment.console_domain, environment.region)


def console_hosted_zone(account: Account, environment: Environment) -> tuple[Verdict, str]:
    is_new = not account.is_deployed(environment.stack_name)
    return _hosted_zone(account, environment.console_domain, "ConsoleDomainTarget", is_new=is_new)


def _certificate(account: Account, own: OwnDomain, region: str | None) -> tuple[Verdict, str]:
    if not own.certificate_arn:
        return Verdict.OK, f"none is needed: no {own.settings}domain_name"
    acm = account.client("acm")
    wanted = region or acm.meta.region_name
    if own.certificate_region != wanted:
        return Verdict.TO_DO, (
            f"it is of {own.certificate_region}, and the deployment goes to {wanted}: an "
            "HTTP API takes certificates of its own region alone"
        )
    try:
        described: Any = acm.describe_certificate(CertificateArn=own.certificate_arn)
    except acm.exceptions.ResourceNotFoundException:
        return Verdict.TO_DO, "this account has none of that ARN: read it again in ACM"
    certificate = described["Certificate"]
    if certificate["Status"] != "ISSUED":
        return Verdict.TO_DO, f"it is {certificate['Status']}: add its record to your DNS, and wait"
    names = {certificate["DomainName"], *certificate.get("SubjectAlternativeNames", [])}
    domain = own.name or ""
    if not names & {domain, f"*.{domain.partition('.')[2]}"}:
        return Verdict.TO_DO, f"it is for {', '.join(sorted(names))}, not for {domain}"
    return Verdict.OK, f"issued for {domain}"


def domain(account: Account, environment: Environment) -> tuple[Verdict, str]:
    return _domain(account, environment, environment.domain)


def console_domain(account: Account, environment: Environment) -> tuple[Verdict, str]:
    return _domain(account, environment, environment.console_domain)


def _domain(account: Account, environment: Environment, own: OwnDomain) -> tuple[Verdict, str]:
    """An API Gateway has a domain once in a region: another's would stop the deployment."""
    if not own.name:
        return Verdict.OK, f"none is taken: no {own.settings}domain_name"
    if account.is_deployed(environment.stack_name):
        return Verdict.OK, f"{own.name}, of the stack that is deployed"
    gateway = account.client("apigatewayv2")
    try:
        gateway.get_domain_name(DomainName=own.name)
    except gateway.exceptions.NotFoundException:
        return Verdict.OK, f"{own.name} is free"
    return Verdict.TO_DO, (
        f"{own.name} is a custom domain of this API Gateway already: delete it, or "
        "take it from the stack that has it"
    )


def _hosted_zone(
    account: Account, own: OwnDomain, output: str, *, is_new: bool
) -> tuple[Verdict, str]:
    if not own.hosted_zone_id:
        if own.name:
            return Verdict.NOT_CHECKED, f"point {own.name} at the output {output} in your DNS"
        return Verdict.OK, f"none is needed: no {own.settings}domain_name"
    route53 = account.client("route53")
    try:
        zone = route53.get_hosted_zone(Id=own.hosted_zone_id)["HostedZone"]
    except route53.exceptions.NoSuchHostedZone:
        return Verdict.TO_DO, f"this account has no zone {own.hosted_zone_id}"
    name = zone["Name"].rstrip(".")
    if not f".{own.name}".endswith(f".{name}"):
        return Verdict.TO_DO, f"it is that of {name}, where {own.name} is not"
    if is_new and _has_address(route53, own):
        return Verdict.TO_DO, (
            f"it has an address of {own.name} already: remove that record, or leave "
            f"{own.settings}hosted_zone_id out and change it yourself"
        )
    return Verdict.OK, name


def _has_address(route53: Any, own: OwnDomain) -> bool:
    found = route53.list_resource_record_sets(
        HostedZoneId=own.hosted_zone_id,
        StartRecordName=own.name,
        StartRecordType="A",
        MaxItems="1",
    )["ResourceRecordSets"]
    return any((record["Name"].rstrip("."), record["Type"]) == (own.name, "A") for record in found)


def platform_account(account: Account, environment: Environment) -> tuple[Verdict, str]:
    platform = environment.platform_account
    if not platform:
        return Verdict.OK, "none is let in: no platform_account"
    if platform == account.client("sts").get_caller_identity()["Account"]:
        return Verdict.TO_DO, (
            f"{platform} is this very account: leave platform_account out, and attach the output "
            "PlatformPolicyArn to the platform's role"
        )
    return Verdict.NOT_CHECKED, (
        f"only AWS knows whether there is an account {platform}, and says so when the bus's policy "
        "is made: read it twice"
    )


def code_storage(account: Account, _: Environment) -> tuple[Verdict, str]:
    settings = account.client("lambda").get_account_settings()
    if "TotalCodeSize" not in settings.get("AccountUsage", {}):
        return Verdict.NOT_CHECKED, "Lambda does not say how much is stored"
    stored, room = settings["AccountUsage"]["TotalCodeSize"], settings["AccountLimit"]
    share = stored / room["TotalCodeSize"]
    told = f"{share:.0%} of {room['TotalCodeSize'] / 2**30:.0f} GB are taken"
    if share > MOST_CODE_STORED:
        return Verdict.TO_DO, (
            f"{told}, and each deployment adds to it: delete old versions of functions, or ask "
            "for more of Lambda's “Function and layer storage” in Service Quotas"
        )
    return Verdict.OK, told


def alarm_address(_: Account, environment: Environment) -> tuple[Verdict, str]:
    if environment.alarm_address:
        return Verdict.OK, f"{environment.alarm_address} (SNS will ask it to confirm)"
    if environment.needs_alarm_address:
        return Verdict.TO_DO, "write alarm_address in infra/environment.py"
    return Verdict.OK, "none: nobody is told of alarms"


def byte_code(_: Account, environment: Environment) -> tuple[Verdict, str]:
    if on_lambda().compiler:
        return Verdict.OK, f"there is a Python {LAMBDA_PYTHON} to make it, and no need of Docker"
    told = f"there is no Python {LAMBDA_PYTHON}: run `uv python install {LAMBDA_PYTHON}`"
    if environment.needs_byte_code:
        return Verdict.TO_DO, told
    return Verdict.OK, f"{told}, or have functions start slowly"
