"""Rules for an environment's settings. Each violation says what is wrong and how to fix it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from infra.environment import Environment, OwnDomain

LOG_LEVELS = ("DEBUG", "INFO")
"""Higher levels would drop metrics, which are log lines, and the audit."""

ANY_INSTANCE = "*"
"""Stands for all Amazon Connect instances of the account and region."""

_INSTANCE_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INSTANCE_ARN = re.compile(
    r"arn:aws[a-z-]*:connect:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):instance/"
    + _INSTANCE_ID.pattern
)
_GENESYS_SOURCE = re.compile(r"aws\.partner/genesys\.com/[A-Za-z0-9._/-]{1,200}")


def violations(environment: "Environment") -> Iterator[str]:
    yield from _name_violations(environment)
    yield from _domain_violations(environment.domain, environment.region)
    yield from _domain_violations(environment.console_domain, environment.region)
    if environment.domain_name and environment.console_domain_name == environment.domain_name:
        yield "console_domain_name equals domain_name. Use another one: the console is another API"
    yield from _number_violations(environment)
    yield from _phone_system_violations(environment)
    address, webhook = environment.alarm_address, environment.webhook_url
    if address is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
        yield f'alarm_address is {address!r}. Use an email address, such as "oncall@example.com"'
    if webhook is not None and not _is_https(webhook):
        yield f'webhook_url is {webhook!r}. Use an https URL, such as "https://example.com/tags"'
    if environment.monthly_budget is not None and not address:
        yield "monthly_budget needs an alarm_address, which receives the warnings"
    if environment.log_level not in LOG_LEVELS:
        yield f"log_level is {environment.log_level!r}. Use {' or '.join(map(repr, LOG_LEVELS))}"


def _name_violations(environment: "Environment") -> Iterator[str]:
    stack_name = environment.stack_name
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,49}", stack_name):
        yield (
            f"stack_name is {stack_name!r}. Start it with a letter, and use 50 letters, digits and "
            "hyphens or fewer"
        )
    if re.search("aws|amazon|cognito", stack_name, re.IGNORECASE):
        yield (
            f"stack_name is {stack_name!r}. Use one without aws, amazon or cognito, because the "
            "address of the sign-in page starts with it"
        )
    for name in ("account", "platform_account"):
        value = getattr(environment, name)
        if value is not None and not re.fullmatch(r"[0-9]{12}", value):
            yield f'{name} is {value!r}. Use an AWS account ID of 12 digits, such as "123456789012"'
    region = environment.region
    if region is not None and not re.fullmatch(r"[a-z]{2,4}(-[a-z]+)+-[0-9]", region):
        yield f'region is {region!r}. Use an AWS region, such as "us-east-1"'


def _domain_violations(domain: "OwnDomain", region: str | None) -> Iterator[str]:
    prefix, name, certificate = domain.settings, domain.name, domain.certificate_arn
    if name is not None and not re.fullmatch(
        r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", name
    ):
        yield (
            f"{prefix}domain_name is {name!r}. Use only a name in lower case, without https:// and "
            'without a path, such as "post.example.com"'
        )
    if name and not certificate:
        yield (
            f"{prefix}domain_name needs a {prefix}certificate_arn, the ARN of its certificate in "
            "ACM in the same region"
        )
    if not name and (certificate or domain.hosted_zone_id):
        yield (
            f"{prefix}certificate_arn and {prefix}hosted_zone_id need a {prefix}domain_name. Set "
            "it, or remove both"
        )
    certified = domain.certificate_region
    if certificate and not certified:
        yield (
            f"{prefix}certificate_arn is {certificate!r}. Use a certificate's ARN, such as "
            '"arn:aws:acm:us-east-1:123456789012:certificate/…"'
        )
    if certified and region not in (None, certified):
        yield (
            f"{prefix}certificate_arn is in {certified}, and the environment is in {region}. An "
            "HTTP API needs a certificate in its own region"
        )
    zone = domain.hosted_zone_id
    if zone is not None and not re.fullmatch(r"Z[A-Z0-9]{1,31}", zone):
        yield (
            f"{prefix}hosted_zone_id is {zone!r}. Use the ID of a Route 53 zone, such as "
            '"Z0123456789ABC"'
        )


def _phone_system_violations(environment: "Environment") -> Iterator[str]:
    instance, source = environment.amazon_connect_instance, environment.genesys_event_source
    if instance is not None and instance != ANY_INSTANCE and not _INSTANCE_ID.fullmatch(instance):
        arn = _INSTANCE_ARN.fullmatch(instance)
        if not arn:
            yield (
                f"amazon_connect_instance is {instance!r}. Use the instance's ARN, such as "
                '"arn:aws:connect:us-east-1:123456789012:instance/…", or its ID, a UUID'
            )
        elif environment.region not in (None, arn["region"]):
            yield (
                f"amazon_connect_instance is in {arn['region']}, and the environment is in "
                f"{environment.region}. Amazon Connect puts events on the bus of its own region: "
                "deploy there"
            )
        elif environment.account not in (None, arn["account"]):
            yield (
                f"amazon_connect_instance is in account {arn['account']}, and the environment is "
                f"in {environment.account}. Amazon Connect puts events on the bus of its own "
                "account: deploy there"
            )
    if source is not None and not _GENESYS_SOURCE.fullmatch(source):
        yield (
            f"genesys_event_source is {source!r}. Use the name of the partner event source as "
            'EventBridge shows it, such as "aws.partner/genesys.com/cloud/…/calls"'
        )


def _number_violations(environment: "Environment") -> Iterator[str]:
    if not 0 < environment.throttling_rate <= environment.throttling_burst:
        yield "throttling_rate must be positive, and throttling_burst at least as high"
    if not 2 <= environment.most_event_batches <= 1000:
        yield f"most_event_batches is {environment.most_event_batches}. Use 2 to 1000"
    for package, reserved in environment.reserved_concurrency.items():
        if reserved < 1:
            yield f"reserved_concurrency of {package} is {reserved}. Use 1 or more"
    for_events = environment.reserved_concurrency.get("call_events")
    if for_events is not None and environment.most_event_batches > for_events:
        yield (
            f"most_event_batches is {environment.most_event_batches}, and call_events has "
            f"{for_events} reserved. Use that number or less, or Lambda throttles events"
        )
    if environment.monthly_budget is not None and environment.monthly_budget < 1:
        yield f"monthly_budget is {environment.monthly_budget}. Use a number of dollars, 1 or more"


def _is_https(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.hostname) and not re.search(r"\s", url)
