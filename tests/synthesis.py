"""Apps and templates for tests, with the feature flags of cdk.json and without bundled code.

Synthesis takes seconds. Each template is made once for the same code, by the first process that
needs it, and kept in build/ for the others and for later runs.
"""

import fcntl
import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.local import assembly

if TYPE_CHECKING:
    import aws_cdk as cdk

    from infra.environment import Environment

Template = Mapping[str, Any]

ROOT = Path(__file__).parents[1]
CDK_JSON = json.loads((ROOT / "cdk.json").read_text())

CONNECT_INSTANCE = (
    "arn:aws:connect:us-east-1:123456789012:instance/8e5f6a41-70c2-4d3b-9f18-5b0e7d2c9a64"
)


def app(outdir: str | None = None, **context: Any) -> "cdk.App":
    """Create an app that bundles no stack: tests check templates, not packages."""
    import aws_cdk as cdk

    flags = CDK_JSON["context"]
    return cdk.App(context={"aws:cdk:bundling-stacks": []} | flags | context, outdir=outdir)


def with_all_functions(environment: "Environment") -> "Environment":
    """Return the environment with the settings that its optional functions need."""
    from dataclasses import replace

    return replace(environment, amazon_connect_instance=CONNECT_INSTANCE)


def named_template(name: str) -> Template:
    """Return the service's template for an environment of that name."""

    def make() -> list[Template]:
        from infra.environment import ENVIRONMENTS

        return [_service_template(ENVIRONMENTS[name])]

    return _kept(name, make)[0]


def complete_template(name: str) -> Template:
    """Return the same template, with the optional functions too."""

    def make() -> list[Template]:
        from infra.environment import ENVIRONMENTS

        return [_service_template(with_all_functions(ENVIRONMENTS[name]))]

    return _kept(f"complete {name}", make)[0]


def service_template(environment: "Environment") -> Template:
    """Return the service's template, as it is without the monitoring stack."""
    return _kept(f"service {environment}", lambda: [_service_template(environment)])[0]


def stack_templates(environment: "Environment") -> tuple[Template, Template]:
    """Return the templates of the service and of its monitoring."""

    def make() -> list[Template]:
        from aws_cdk.assertions import Template as Synthesized

        from infra.monitoring.stack import MonitoringStack
        from infra.stack import CallDataWritingStack

        both = app()
        service = CallDataWritingStack(both, "Service", environment=environment)
        monitoring = MonitoringStack(both, "Monitoring", environment=environment, service=service)
        return [Synthesized.from_stack(stack).to_json() for stack in (service, monitoring)]

    service, monitoring = _kept(f"stacks {environment}", make)
    return service, monitoring


def _service_template(environment: "Environment") -> Template:
    from aws_cdk.assertions import Template as Synthesized

    from infra.stack import CallDataWritingStack

    stack = CallDataWritingStack(app(), "CallDataWriting", environment=environment)
    template: Template = Synthesized.from_stack(stack).to_json()
    return template


def _kept(what: str, make: Callable[[], list[Template]]) -> list[Template]:
    folder = ROOT / "build" / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256((_code() + what).encode()).hexdigest()}.json"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            unfinished = path.with_suffix(".tmp")
            unfinished.write_text(json.dumps(make()))
            unfinished.rename(path)
    templates: list[Template] = json.loads(path.read_text())
    return templates


@cache
def _code() -> str:
    """Return the fingerprint of the code, computed once per process."""
    return assembly.fingerprint("", files=["tests/synthesis.py"])
