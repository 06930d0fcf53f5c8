"""The stacks of an environment: the service, and its monitoring beside it."""

import aws_cdk as cdk

from infra.environment import Environment
from infra.monitoring.stack import MonitoringStack
from infra.stack import CallDataWritingStack


def add(app: cdk.App, environment: Environment) -> MonitoringStack:
    """Add both stacks to the app. Returns the monitoring."""
    name = environment.stack_name
    service = CallDataWritingStack(app, name, environment=environment)
    return MonitoringStack(app, f"{name}-Monitoring", environment=environment, service=service)


def app_without_bundles() -> cdk.App:
    """Make an app for reading templates, whose functions have no code."""
    return cdk.App(context={"aws:cdk:bundling-stacks": []})
