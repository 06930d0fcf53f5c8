"""Apps as the CDK CLI starts them: with the feature flags of cdk.json, and nothing bundled."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk

CDK_JSON = json.loads((Path(__file__).parents[1] / "cdk.json").read_text())


def app(outdir: str | None = None, **context: Any) -> cdk.App:
    """What is tested is the template, not the code's packaging: no stack is bundled for."""
    flags = CDK_JSON["context"]
    return cdk.App(context={"aws:cdk:bundling-stacks": []} | flags | context, outdir=outdir)
