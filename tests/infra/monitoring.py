"""The templates of the service and its monitoring, for tests."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.bundle.building import ROOT
from infra.environment import Environment
from tests import synthesis
from tests.infra.resources import Resources


class Monitoring:
    """The templates of both stacks: monitoring refers to the service's resources."""

    def __init__(self, environment: Environment) -> None:
        service, monitoring = synthesis.stack_templates(environment)
        self.resources, self.service = Resources(monitoring), Resources(service)

    def alarms(self) -> list[dict[str, Any]]:
        return list(self.resources.of_type("AWS::CloudWatch::Alarm").values())

    def queries(self) -> list[dict[str, Any]]:
        return list(self.resources.of_type("AWS::Logs::QueryDefinition").values())

    def dashboard(self) -> Any:
        """Return the dashboard's body, with logical IDs in place of names."""
        body = self.resources.the_only("AWS::CloudWatch::Dashboard")["DashboardBody"]
        parts = body["Fn::Join"][1]
        return json.loads("".join(p if isinstance(p, str) else self.name(p) for p in parts))

    def name(self, value: Any) -> str:
        """Return a value of the template, with a resource's logical ID in place of its name."""
        match value:
            case str():
                return value
            case {"Fn::ImportValue": export}:
                stack, _, name = export.partition(":")
                assert stack == "Service"
                return self.name(self.service.outputs[name]["Value"])
            case {"Ref": name}:
                return str(name)
            case {"Fn::GetAtt": [logical_id, _]}:
                return str(logical_id)
        raise AssertionError(f"unsupported value: {value}")

    def metrics(self) -> Iterator[tuple[str, str, dict[str, str]]]:
        """Yield namespace, name and dimensions of every metric of alarms and dashboard."""
        for alarm in self.alarms():
            for metric in [m["MetricStat"]["Metric"] for m in stats(alarm)]:
                dimensions = {d["Name"]: self.name(d["Value"]) for d in metric["Dimensions"]}
                yield metric["Namespace"], metric["MetricName"], dimensions
        for widget in self.dashboard()["widgets"]:
            for line in widget["properties"].get("metrics", []):
                if isinstance(line[0], str):
                    namespace, name, *pairs = [part for part in line if isinstance(part, str)]
                    yield namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True))

    def searches(self) -> Iterator[str]:
        for widget in self.dashboard()["widgets"]:
            for line in widget["properties"].get("metrics", []):
                if "SEARCH" in str(line[0]):
                    yield line[0]["expression"]


def stats(alarm: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [metric for metric in alarm["Metrics"] if "MetricStat" in metric]


def runbook() -> str:
    """Return the runbook of docs/monitoring.md."""
    return section("Runbook")


def section(heading: str) -> str:
    """Return what docs/monitoring.md says under a heading."""
    _, _, after = (ROOT / "docs" / "monitoring.md").read_text().partition(f"\n## {heading}\n")
    return after.partition("\n## ")[0]
