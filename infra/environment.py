"""Everything that differs between environments, and nothing else.

An environment's settings are only written here, so that no deployment can forget them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import aws_cdk as cdk
from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Node

from infra import environment_rules

HERE = "infra/environment.py"
ONLY_WHEN_EMBEDDED = ("embedded_api_id", "embedded_url")
"""Settings that the CDK context passes for the embedded AWS, because they depend on its port."""

WITHOUT_DOMAIN = (
    "domain_name is missing. Without it, posting links start with an address that API Gateway "
    "generates, which changes when the API is replaced. Set domain_name and certificate_arn before "
    "you hand out the first link"
)

UNRESERVED_AT_LEAST = 100
"""The concurrency that Lambda requires an account to leave unreserved."""

_TABLE_UNITS_PER_REQUEST = 8
_FEWEST_TABLE_UNITS = 2000
"""For operators, who read whole days of the log."""

_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:([a-z0-9-]+):[0-9]{12}:certificate/.+")


class EnvironmentInvalid(ValueError):
    """Says what is wrong with each setting, and how to fix it."""


@dataclass(frozen=True, slots=True)
class OwnDomain:
    """An API's custom domain. `settings` is the prefix of its settings' names."""

    settings: str
    name: str | None
    certificate_arn: str | None
    hosted_zone_id: str | None

    @property
    def certificate_region(self) -> str | None:
        parts = _CERTIFICATE.fullmatch(self.certificate_arn or "")
        return parts[1] if parts else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One environment's settings.

    `throttling_rate` and `throttling_burst` limit requests per second over the whole API; requests
    beyond them get 429.
    `account` and `region`, if set, are the only ones that it can be deployed to.
    `domain_name` is the API's domain, with an issued certificate in the same region and optionally
    the Route 53 zone that gets the record; `console_domain_name` etc. are the console's.
    `alarm_address` receives alarms and budget warnings by email.
    `webhook_url` receives every change of a call's tags.
    `platform_account` may put call events on the bus, and receive events by rules of its own.
    `reserved_concurrency` is both the guaranteed and the maximum concurrency, by package.
    `most_event_batches` is the maximum number of call event batches handled at the same time.
    `unusual_rate` is the rate, in requests per second for ten minutes, that raises an alarm.
    `announce_ends` adds an event for the end of each call.
    `amazon_connect_instance` is the ARN or ID of an Amazon Connect instance that reports calls, or
    "*" for all instances of the account and region.
    `genesys_event_source` is the partner event source of a Genesys Cloud organization.
    `monthly_budget` is in dollars, for the whole account.
    `has_canary` sends a tenth of the traffic to new code for five minutes, watched by alarms.
    `needs_byte_code` rejects a bundle that Lambda would have to compile at each start.
    `needs_alarm_address` and `needs_budget` reject a deployment without one; `wants_domain` warns
    without a domain.
    """

    name: str
    removal_policy: RemovalPolicy
    deletion_protection: bool
    log_retention: logs.RetentionDays
    throttling_rate: int
    throttling_burst: int
    most_event_batches: int
    unusual_rate: int
    stack_name: str = ""
    account: str | None = None
    region: str | None = None
    domain_name: str | None = None
    certificate_arn: str | None = None
    hosted_zone_id: str | None = None
    console_domain_name: str | None = None
    console_certificate_arn: str | None = None
    console_hosted_zone_id: str | None = None
    alarm_address: str | None = None
    webhook_url: str | None = None
    platform_account: str | None = None
    announce_ends: bool = False
    amazon_connect_instance: str | None = None
    genesys_event_source: str | None = None
    monthly_budget: int | None = None
    reserved_concurrency: Mapping[str, int] = field(default_factory=dict)
    log_level: str = "INFO"
    has_canary: bool = False
    needs_byte_code: bool = False
    needs_alarm_address: bool = False
    needs_budget: bool = False
    wants_domain: bool = False
    rolls_out_at_once: bool = False
    embedded_api_id: str | None = None
    embedded_url: str | None = None

    def __post_init__(self) -> None:
        if not self.stack_name:
            object.__setattr__(self, "stack_name", f"CallDataWriting-{self.name}")
        _raise_if_any(self.name, environment_rules.violations(self))

    @property
    def is_embedded(self) -> bool:
        return self.embedded_api_id is not None

    @property
    def most_table_units(self) -> int:
        """The maximum of a table's or index's read or write units a second, which bounds the cost
        of a flood. A posting takes up to five write units; AWS's quota is 40,000 a table."""
        return max(_FEWEST_TABLE_UNITS, _TABLE_UNITS_PER_REQUEST * self.throttling_rate)

    @property
    def lacks_domain(self) -> bool:
        """Whether posting links would start with an address that may not last."""
        return self.wants_domain and not self.domain_name

    @property
    def domain(self) -> OwnDomain:
        return OwnDomain("", self.domain_name, self.certificate_arn, self.hosted_zone_id)

    @property
    def console_domain(self) -> OwnDomain:
        return OwnDomain(
            "console_",
            self.console_domain_name,
            self.console_certificate_arn,
            self.console_hosted_zone_id,
        )

    @property
    def public_url(self) -> str | None:
        """The API's address, unless it is the one that API Gateway generates."""
        return f"https://{self.domain_name}" if self.domain_name else self.embedded_url

    @classmethod
    def of(cls, node: Node) -> "Environment":
        """Return the environment that the CDK context names, or dev.

        Raises EnvironmentInvalid if a required setting is missing.
        """
        name = node.try_get_context("environment") or DEV.name
        if name not in ENVIRONMENTS:
            names = ", ".join(ENVIRONMENTS)
            raise EnvironmentInvalid(f"unknown environment {name!r}. Use one of: {names}")
        environment = ENVIRONMENTS[name]
        _raise_if_any(name, _misplaced(environment, node))
        if environment.name == LOCAL.name:
            given = {option: node.try_get_context(option) for option in ONLY_WHEN_EMBEDDED}
            return replace(environment, **given)
        _raise_if_any(name, _missing(environment))
        return environment.as_asked_for(node)

    def as_asked_for(self, node: Node) -> "Environment":
        """Return the environment for one deployment.

        The first deployment does not protect resources yet, because AWS must be able to delete them
        if it fails. A deployment at once skips the canary, because it may fix what the alarms are
        about.
        """
        is_first, is_at_once = (bool(node.try_get_context(n)) for n in ("first", "at_once"))
        return replace(
            self,
            deletion_protection=self.deletion_protection and not is_first,
            rolls_out_at_once=is_at_once,
        )


def _raise_if_any(name: str, violations: Iterator[str]) -> None:
    if lines := "\n".join(f"  {violation}" for violation in violations):
        raise EnvironmentInvalid(f"environment {name}, in {HERE}:\n{lines}")


def _misplaced(environment: Environment, node: Node) -> Iterator[str]:
    of_environments = set(Environment.__dataclass_fields__)
    if environment.name == LOCAL.name:
        of_environments -= {*ONLY_WHEN_EMBEDDED}
    for option in sorted(of_environments | {"public_url"}):
        if node.try_get_context(option) is not None:
            written = "domain_name" if option == "public_url" else option
            yield (
                f"{option} is in the context, where the next deployment would forget it, or in "
                f"cdk.json, where it would apply to every environment. Set {written} here"
            )


def _missing(environment: Environment) -> Iterator[str]:
    if environment.needs_alarm_address and not environment.alarm_address:
        yield 'alarm_address is missing. Set it, for example to "oncall@example.com"'
    if environment.needs_budget and environment.monthly_budget is None:
        yield (
            "monthly_budget is missing. Set it to the dollars a month from which AWS should warn "
            "you: the API's throttle bounds the cost of a flood only roughly"
        )


def where(environment: Environment) -> cdk.Environment | None:
    """Return the account and region to deploy to, or None to use those of the credentials."""
    if not (environment.account or environment.region):
        return None
    return cdk.Environment(account=environment.account, region=environment.region)


DEV = Environment(
    name="dev",
    removal_policy=RemovalPolicy.DESTROY,
    deletion_protection=False,
    log_retention=logs.RetentionDays.ONE_WEEK,
    throttling_rate=100,
    throttling_burst=200,
    # A new account has a concurrency of 10 and cannot reserve any. Half of it is for postings.
    most_event_batches=5,
    unusual_rate=50,
)

PROD = Environment(
    name="prod",
    removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    deletion_protection=True,
    log_retention=logs.RetentionDays.THREE_MONTHS,
    throttling_rate=5000,
    throttling_burst=5000,
    # Costs about $8 an hour.
    unusual_rate=500,
    # Every function that outsiders can invoke has a share of its own, which is also its limit. The
    # rest of the account's 1,000 is for functions that read streams. docs/aws.md explains it.
    reserved_concurrency={
        "data_writing": 400,
        "call_events": 100,
        "platform_api": 100,
        "connect_flow": 50,
        "operator_api": 20,
        # People use browsers: more concurrent requests are an attack.
        "console": 10,
    },
    most_event_batches=100,
    has_canary=True,
    needs_byte_code=True,
    needs_alarm_address=True,
    needs_budget=True,
    wants_domain=True,
)

LOCAL = replace(
    DEV,
    name="local",
    stack_name="",
    # `make run` shows the phone systems that report by events: of any Amazon Connect instance, and
    # of any Genesys Cloud organization.
    amazon_connect_instance="*",
    genesys_event_source="aws.partner/genesys.com/cloud/local",
)

ENVIRONMENTS: Mapping[str, Environment] = {e.name: e for e in (DEV, PROD, LOCAL)}
