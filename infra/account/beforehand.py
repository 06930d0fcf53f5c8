"""The doctor's checks before a deployment."""

from typing import Any

from botocore.exceptions import NoCredentialsError, NoRegionError

from infra.account.connection import Account
from infra.account.findings import Verdict
from infra.bundle.building import LAMBDA_PYTHON, on_lambda
from infra.environment import UNRESERVED_AT_LEAST, WITHOUT_DOMAIN, Environment, OwnDomain

MIN_BOOTSTRAP_VERSION = 8
"""The lowest version of the bootstrap stack that our stacks accept."""

NEW_ACCOUNT_CONCURRENCY = 10
"""The concurrency of a new account."""

MAX_CODE_STORED = 0.8
"""The share of the account's code storage in use from which the doctor warns. Every version of a
function is kept there."""


def credentials(account: Account, environment: Environment) -> tuple[Verdict, str]:
    try:
        sts = account.client("sts")
        found, region = sts.get_caller_identity()["Account"], sts.meta.region_name
    except NoCredentialsError:
        return Verdict.TO_DO, "none found: run `aws configure`, or set AWS_PROFILE"
    except NoRegionError:
        return (
            Verdict.TO_DO,
            "they have no region: set AWS_REGION, or region in infra/environment.py",
        )
    for name, wanted, given in (
        ("account", environment.account, found),
        ("region", environment.region, region),
    ):
        if wanted not in (None, given):
            return (
                Verdict.TO_DO,
                f"they are for {name} {given}, and {environment.name} is for {wanted}",
            )
    return Verdict.OK, f"account {found}, {region}"


def bootstrap(account: Account, environment: Environment) -> tuple[Verdict, str]:
    ssm = account.client("ssm")
    try:
        parameter = ssm.get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]
    except ssm.exceptions.ParameterNotFound:
        command = f"make bootstrap ENV={environment.name}"
        return Verdict.TO_DO, f"not done in this region: run `{command}`"
    version = int(parameter["Value"])
    if version < MIN_BOOTSTRAP_VERSION:
        command = f"make bootstrap ENV={environment.name}"
        return Verdict.TO_DO, f"its version is {version}: run `{command}` again"
    return Verdict.OK, f"version {version}"


def concurrency(account: Account, environment: Environment) -> tuple[Verdict, str]:
    limits = account.client("lambda").get_account_settings()["AccountLimit"]
    quota = limits["ConcurrentExecutions"]
    reserved = sum(environment.reserved_concurrency.values())
    wanted = reserved + UNRESERVED_AT_LEAST if reserved else NEW_ACCOUNT_CONCURRENCY
    if quota < wanted:
        return Verdict.TO_DO, (
            f"the account's quota is {quota}, and {environment.name} needs {wanted}: request 1000 "
            "for Lambda's “Concurrent executions” in Service Quotas (code L-B99A9384)"
        )
    return Verdict.OK, f"the quota is {quota}, of which {environment.name} reserves {reserved}"


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
        return Verdict.OK, f"not needed: no {own.settings}domain_name"
    acm = account.client("acm")
    wanted = region or acm.meta.region_name
    if own.certificate_region != wanted:
        return Verdict.TO_DO, (
            f"it is in {own.certificate_region}, and the deployment goes to {wanted}: an "
            "HTTP API needs a certificate in its own region"
        )
    try:
        described: Any = acm.describe_certificate(CertificateArn=own.certificate_arn)
    except acm.exceptions.ResourceNotFoundException:
        return Verdict.TO_DO, "this account has no certificate with that ARN: check it in ACM"
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
    """Check that no other API has the domain, because that would stop the deployment."""
    if not own.name:
        return Verdict.OK, f"not needed: no {own.settings}domain_name"
    if account.is_deployed(environment.stack_name):
        return Verdict.OK, f"{own.name}, used by the deployed stack"
    gateway = account.client("apigatewayv2")
    try:
        gateway.get_domain_name(DomainName=own.name)
    except gateway.exceptions.NotFoundException:
        return Verdict.OK, f"{own.name} is free"
    return Verdict.TO_DO, (
        f"{own.name} is already a custom domain in this region: delete it, or remove it from "
        "the stack that has it"
    )


def _hosted_zone(
    account: Account, own: OwnDomain, output: str, *, is_new: bool
) -> tuple[Verdict, str]:
    if not own.hosted_zone_id:
        if own.name:
            return Verdict.NOT_CHECKED, f"point {own.name} at the output {output} in your DNS"
        return Verdict.OK, f"not needed: no {own.settings}domain_name"
    route53 = account.client("route53")
    try:
        zone = route53.get_hosted_zone(Id=own.hosted_zone_id)["HostedZone"]
    except route53.exceptions.NoSuchHostedZone:
        return Verdict.TO_DO, f"this account has no zone {own.hosted_zone_id}"
    name = zone["Name"].rstrip(".")
    if not f".{own.name}".endswith(f".{name}"):
        return Verdict.TO_DO, f"it is the zone of {name}, which does not contain {own.name}"
    if is_new and _has_address(route53, own):
        return Verdict.TO_DO, (
            f"it already has an A record for {own.name}: delete that record, or remove "
            f"{own.settings}hosted_zone_id and change the record yourself"
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
        return Verdict.OK, "not needed: no platform_account"
    if platform == account.client("sts").get_caller_identity()["Account"]:
        return Verdict.TO_DO, (
            f"{platform} is this account: remove platform_account, and attach the output "
            "PlatformPolicyArn to the platform's role"
        )
    return Verdict.NOT_CHECKED, (
        f"AWS checks whether the account {platform} exists only during the deployment: "
        "compare the number again"
    )


def code_storage(account: Account, _: Environment) -> tuple[Verdict, str]:
    settings = account.client("lambda").get_account_settings()
    if "TotalCodeSize" not in settings.get("AccountUsage", {}):
        return Verdict.NOT_CHECKED, "Lambda does not report how much is in use"
    stored, room = settings["AccountUsage"]["TotalCodeSize"], settings["AccountLimit"]
    share = stored / room["TotalCodeSize"]
    used = f"{share:.0%} of {room['TotalCodeSize'] / 2**30:.0f} GB are in use"
    if share > MAX_CODE_STORED:
        return Verdict.TO_DO, (
            f"{used}, and each deployment adds more: delete old versions of functions, or request "
            "more for Lambda's “Function and layer storage” in Service Quotas"
        )
    return Verdict.OK, used


def alarm_address(_: Account, environment: Environment) -> tuple[Verdict, str]:
    if environment.alarm_address:
        return Verdict.OK, f"{environment.alarm_address} (SNS sends it a link to confirm)"
    if environment.needs_alarm_address:
        return Verdict.TO_DO, "set alarm_address in infra/environment.py"
    return Verdict.OK, "none: nobody receives alarms"


def byte_code(_: Account, environment: Environment) -> tuple[Verdict, str]:
    if on_lambda().compiler:
        return Verdict.OK, f"Python {LAMBDA_PYTHON} is available to compile it, without Docker"
    fix = f"Python {LAMBDA_PYTHON} is missing: run `uv python install {LAMBDA_PYTHON}`"
    if environment.needs_byte_code:
        return Verdict.TO_DO, fix
    return Verdict.OK, f"{fix}, or functions start slowly"
