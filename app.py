"""The CDK app. `-c environment=dev` or `prod`; `local` is the embedded AWS of `make run`."""

import aws_cdk as cdk

from infra import stacks
from infra.environment import Environment

app = cdk.App()
stacks.add(app, Environment.of(app.node))

app.synth()
