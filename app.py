"""The CDK app. `-c environment=dev` or `prod`; `local` is the embedded AWS of `make run`."""

import aws_cdk as cdk

from infra.environment import Environment
from infra.monitoring.stack import MonitoringStack
from infra.stack import CallDataWritingStack

app = cdk.App()
environment = Environment.of(app.node)

name = environment.stack_name
service = CallDataWritingStack(app, name, environment=environment)
MonitoringStack(app, f"{name}-Monitoring", environment=environment, service=service)

app.synth()
