"""The CDK app. `-c environment=dev` or `prod`; `local` is the embedded AWS of `make run`."""

import aws_cdk as cdk

from infra.environment import Environment
from infra.stack import CallDataWritingStack

app = cdk.App()
environment = Environment.of(app.node)

CallDataWritingStack(app, f"CallDataWriting-{environment.name}", environment=environment)

app.synth()
