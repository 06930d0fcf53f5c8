"""All that differs between environments, and nothing else does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """`public_url` is where publishers reach the API, if not at its own address (a custom domain);
    `webhook_url` is where every change of a call's tags is posted to, if anywhere;
    `embedded_api_id` is the id that the embedded AWS is to give it, so that its address is known.

    Rates are requests a second over the whole API; what exceeds them is answered with 429.
    """

    name: str
    removal_policy: RemovalPolicy
    deletion_protection: bool
    log_retention: logs.RetentionDays
    throttling_rate: int
    throttling_burst: int
    alarm_address: str | None = None
    webhook_url: str | None = None
    public_url: str | None = None
    embedded_api_id: str | None = None

    @property
    def is_embedded(self) -> bool:
        return self.embedded_api_id is not None

    @classmethod
    def of(cls, node: Node) -> "Environment":
        """The environment that the CDK context names (dev without one), with its overrides."""
        name = node.try_get_context("environment") or DEV.name
        if name not in ENVIRONMENTS:
            raise ValueError(f"no environment {name!r}; there are {', '.join(ENVIRONMENTS)}")
        overrides: dict[str, Any] = {
            option: value
            for option in ("alarm_address", "public_url", "webhook_url", "embedded_api_id")
            if (value := node.try_get_context(option))
        }
        return replace(ENVIRONMENTS[name], **overrides)


DEV = Environment(
    name="dev",
    removal_policy=RemovalPolicy.DESTROY,
    deletion_protection=False,
    log_retention=logs.RetentionDays.ONE_WEEK,
    throttling_rate=100,
    throttling_burst=200,
)

PROD = Environment(
    name="prod",
    removal_policy=RemovalPolicy.RETAIN,
    deletion_protection=True,
    log_retention=logs.RetentionDays.THREE_MONTHS,
    throttling_rate=5000,
    throttling_burst=5000,
)

LOCAL = replace(DEV, name="local")

ENVIRONMENTS: Mapping[str, Environment] = {e.name: e for e in (DEV, PROD, LOCAL)}
