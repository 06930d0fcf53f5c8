"""All that differs between environments, and nothing else does.

What an environment needs is written here and nowhere else, so that no deployment can forget it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import aws_cdk as cdk
from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Node

HERE = "infra/environment.py"
ONLY_WHEN_EMBEDDED = ("embedded_api_id", "embedded_url")
"""What the embedded AWS is told by context, since it depends on the port of the day."""

LOG_LEVELS = ("DEBUG", "INFO")
"""Less would drop metrics, which are lines of the log, and the audit."""

WITHOUT_DOMAIN = (
    "there is no domain_name: links would begin with an address that API Gateway makes up, and "
    "another after the API is made anew. Write domain_name and certificate_arn before the first "
    "link goes out"
)

UNRESERVED_AT_LEAST = 100
"""What Lambda wants left of an account's concurrency when functions reserve some."""

_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:([a-z0-9-]+):[0-9]{12}:certificate/.+")


class EnvironmentInvalid(ValueError):
    """Says what is wrong with each setting, and what to write instead."""


@dataclass(frozen=True, slots=True)
class OwnDomain:
    """A name that an API is reached under; `settings` is what its settings begin with here."""

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
    """Rates are requests a second over the whole API; what exceeds them is answered with 429.

    `account` and `region`, if given, are the only ones it is deployed to;
    `domain_name` is where the API is reached, with a certificate (issued, in the same region) and
    optionally the Route 53 zone that is to point there; `console_domain_name` and what goes with
    it are the same of the console;
    `alarm_address` gets alarms and the budget's warnings by e-mail;
    `webhook_url` is where every change of a call's tags is posted to;
    `platform_account` may put call events on the bus, and take events from it by its own rules;
    `reserved_concurrency` is what functions, by their package, have for themselves and at most;
    `most_event_batches` is how many batches of call events are handled at once;
    `unusual_rate` is from how many requests a second on, for a quarter of an hour, people are told;
    `monthly_budget` is in dollars, of the whole account;
    `has_canary` lets a tenth of the traffic try new code for five minutes, watched by alarms;
    `needs_byte_code` refuses a bundle that Lambda would have to compile at each start;
    `needs_alarm_address` refuses to be deployed without one; `wants_domain` warns of having none.
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
    monthly_budget: int | None = None
    reserved_concurrency: Mapping[str, int] = field(default_factory=dict)
    log_level: str = "INFO"
    has_canary: bool = False
    needs_byte_code: bool = False
    needs_alarm_address: bool = False
    wants_domain: bool = False
    rolls_out_at_once: bool = False
    embedded_api_id: str | None = None
    embedded_url: str | None = None

    def __post_init__(self) -> None:
        if not self.stack_name:
            object.__setattr__(self, "stack_name", f"CallDataWriting-{self.name}")
        _raise_if_any(self.name, _faults(self))

    @property
    def is_embedded(self) -> bool:
        return self.embedded_api_id is not None

    @property
    def lacks_domain(self) -> bool:
        """Whether links that are to last would begin with an address that may not."""
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
        """Where the API is reached, if not at the address that API Gateway makes up."""
        return f"https://{self.domain_name}" if self.domain_name else self.embedded_url

    @classmethod
    def of(cls, node: Node) -> "Environment":
        """The environment that the CDK context names (dev without one).

        Raises EnvironmentInvalid if something is missing that it cannot be deployed without.
        """
        name = node.try_get_context("environment") or DEV.name
        if name not in ENVIRONMENTS:
            there_are = ", ".join(ENVIRONMENTS)
            raise EnvironmentInvalid(f"no environment {name!r}; there are {there_are}")
        environment = ENVIRONMENTS[name]
        _raise_if_any(name, _misplaced(environment, node))
        if environment.name == LOCAL.name:
            given = {option: node.try_get_context(option) for option in ONLY_WHEN_EMBEDDED}
            return replace(environment, **given)
        _raise_if_any(name, _missing(environment))
        return environment.as_asked_for(node)

    def as_asked_for(self, node: Node) -> "Environment":
        """As one deployment wants it: the first cannot protect yet what may have to go again, and
        one that mends what alarms are about cannot wait for them to be quiet."""
        is_first, is_at_once = (bool(node.try_get_context(n)) for n in ("first", "at_once"))
        return replace(
            self,
            deletion_protection=self.deletion_protection and not is_first,
            rolls_out_at_once=is_at_once,
        )


def _raise_if_any(name: str, faults: Iterator[str]) -> None:
    if told := "\n".join(f"  {fault}" for fault in faults):
        raise EnvironmentInvalid(f"environment {name}, in {HERE}:\n{told}")


def _misplaced(environment: Environment, node: Node) -> Iterator[str]:
    of_environments = set(Environment.__dataclass_fields__)
    if environment.name == LOCAL.name:
        of_environments -= {*ONLY_WHEN_EMBEDDED}
    for option in sorted(of_environments | {"public_url"}):
        if node.try_get_context(option) is not None:
            written = "domain_name" if option == "public_url" else option
            yield (
                f"{option} stands in the context, where the next deployment would forget it, or in "
                f"cdk.json, where it would be every environment's: write {written} here"
            )


def _missing(environment: Environment) -> Iterator[str]:
    if environment.needs_alarm_address and not environment.alarm_address:
        yield 'alarm_address is missing, so nobody would be told: write "oncall@example.com"'


def _faults(environment: Environment) -> Iterator[str]:
    yield from _name_faults(environment)
    yield from _domain_faults(environment.domain, environment.region)
    yield from _domain_faults(environment.console_domain, environment.region)
    if environment.domain_name and environment.console_domain_name == environment.domain_name:
        yield "console_domain_name is domain_name: write another, for an API of its own"
    yield from _number_faults(environment)
    address, webhook = environment.alarm_address, environment.webhook_url
    if address is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
        yield f'alarm_address is {address!r}: write an e-mail address, as "oncall@example.com"'
    if webhook is not None and not _is_https(webhook):
        yield f'webhook_url is {webhook!r}: write an https address, as "https://example.com/tags"'
    if environment.monthly_budget is not None and not address:
        yield "monthly_budget has nobody to tell: write an alarm_address"
    if environment.log_level not in LOG_LEVELS:
        yield f"log_level is {environment.log_level!r}: write {' or '.join(map(repr, LOG_LEVELS))}"


def _name_faults(environment: Environment) -> Iterator[str]:
    stack_name = environment.stack_name
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,49}", stack_name):
        yield (
            f"stack_name is {stack_name!r}: write a letter, then letters, digits and hyphens, 50 "
            "at most"
        )
    if re.search("aws|amazon|cognito", stack_name, re.IGNORECASE):
        yield (
            f"stack_name is {stack_name!r}: write one without aws, amazon or cognito, since the "
            "address of the sign-in page begins with it"
        )
    for name in ("account", "platform_account"):
        value = getattr(environment, name)
        if value is not None and not re.fullmatch(r"[0-9]{12}", value):
            yield f'{name} is {value!r}: write the 12 digits of an AWS account, as "123456789012"'
    region = environment.region
    if region is not None and not re.fullmatch(r"[a-z]{2,4}(-[a-z]+)+-[0-9]", region):
        yield f'region is {region!r}: write an AWS region, as "us-east-1"'


def _domain_faults(domain: OwnDomain, region: str | None) -> Iterator[str]:
    of, name, certificate = domain.settings, domain.name, domain.certificate_arn
    if name is not None and not re.fullmatch(
        r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", name
    ):
        yield (
            f"{of}domain_name is {name!r}: write a name alone, in lower case, without https:// and "
            'without a path, as "post.example.com"'
        )
    if name and not certificate:
        yield (
            f"{of}domain_name needs a {of}certificate_arn: that of its certificate in ACM, in this "
            "region"
        )
    if not name and (certificate or domain.hosted_zone_id):
        yield (
            f"{of}certificate_arn and {of}hosted_zone_id are for a {of}domain_name: write it, or "
            "neither"
        )
    certified = domain.certificate_region
    if certificate and not certified:
        yield (
            f"{of}certificate_arn is {certificate!r}: write a certificate's ARN, as "
            '"arn:aws:acm:us-east-1:123456789012:certificate/…"'
        )
    if certified and region not in (None, certified):
        yield (
            f"{of}certificate_arn is of {certified}, and the environment of {region}: an "
            "HTTP API takes certificates of its own region alone"
        )
    zone = domain.hosted_zone_id
    if zone is not None and not re.fullmatch(r"Z[A-Z0-9]{1,31}", zone):
        yield (
            f"{of}hosted_zone_id is {zone!r}: write the id of a zone in Route 53, as "
            '"Z0123456789ABC"'
        )


def _number_faults(environment: Environment) -> Iterator[str]:
    if not 0 < environment.throttling_rate <= environment.throttling_burst:
        yield "throttling_rate must be positive, and throttling_burst no less: write it so"
    if not 2 <= environment.most_event_batches <= 1000:
        yield f"most_event_batches is {environment.most_event_batches}: write 2 to 1000"
    for package, reserved in environment.reserved_concurrency.items():
        if reserved < 1:
            yield f"reserved_concurrency of {package} is {reserved}: write 1 or more"
    of_events = environment.reserved_concurrency.get("call_events")
    if of_events is not None and environment.most_event_batches > of_events:
        yield (
            f"most_event_batches is {environment.most_event_batches}, and call_events has "
            f"{of_events} reserved: write no more than that, or events are turned away"
        )
    if environment.monthly_budget is not None and environment.monthly_budget < 1:
        yield f"monthly_budget is {environment.monthly_budget}: write dollars, 1 or more"


def _is_https(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.hostname) and not re.search(r"\s", url)


def where(environment: Environment) -> cdk.Environment | None:
    """Where alone it may be deployed; None leaves it to the credentials of whoever does it."""
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
    # A new account has a concurrency of 10, of which nothing can be reserved: half is for postings.
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
    unusual_rate=1000,
    # Whatever somebody outside can drive has a share of its own, which is its limit too; the rest
    # of the account's 1,000 is for the functions of streams. docs/aws.md has the reckoning.
    reserved_concurrency={
        "data_writing": 400,
        "call_events": 100,
        "platform_api": 100,
        "operator_api": 20,
        # People at browsers: more at a time are an attack.
        "console": 10,
    },
    most_event_batches=100,
    has_canary=True,
    needs_byte_code=True,
    needs_alarm_address=True,
    wants_domain=True,
)

LOCAL = replace(DEV, name="local", stack_name="")

ENVIRONMENTS: Mapping[str, Environment] = {e.name: e for e in (DEV, PROD, LOCAL)}
