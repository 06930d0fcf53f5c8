"""A template's resources, found by type and by reference."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Properties = dict[str, Any]


class Resources:
    def __init__(self, template: Mapping[str, Any]) -> None:
        self.by_id: Mapping[str, Any] = template["Resources"]
        self.outputs: Mapping[str, Any] = template["Outputs"]

    def of_type(self, type_name: str) -> dict[str, Properties]:
        """Return the properties of all resources of a type, by logical ID. Fails without any."""
        found = {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.by_id.items()
            if resource["Type"] == type_name
        }
        assert found, f"no {type_name} in the template"
        return found

    def the_only(self, type_name: str) -> Properties:
        (properties,) = self.of_type(type_name).values()
        return properties

    def the_services(self, type_name: str) -> Properties:
        """Return the only resource of a type that does not belong to the console."""
        (properties,) = (p for i, p in self.of_type(type_name).items() if "Console" not in i)
        return properties

    def functions(self) -> dict[str, Properties]:
        """Return our functions, by package."""
        return {
            properties["Handler"].split(".")[1]: properties
            for properties in self.of_type("AWS::Lambda::Function").values()
        }

    def function_id(self, package: str) -> str:
        return next(
            logical_id
            for logical_id, properties in self.of_type("AWS::Lambda::Function").items()
            if properties["Handler"].split(".")[1] == package
        )

    def function_behind(self, reference: Properties) -> str:
        """Return the logical ID of the function that a reference to it or its alias means."""
        name: str = re.findall(r"'(?:Ref|Fn::GetAtt)': \[?'(\w+)'", str(reference))[0]
        if self.by_id[name]["Type"] == "AWS::Lambda::Alias":
            name = str(self.by_id[name]["Properties"]["FunctionName"]["Ref"])
        return name

    def event_source_of(self, package: str) -> Properties:
        (mapping,) = (
            properties
            for properties in self.of_type("AWS::Lambda::EventSourceMapping").values()
            if self.function_behind(properties["FunctionName"]) == self.function_id(package)
        )
        return mapping

    def statements_of(self, package: str) -> list[Properties]:
        """Return the statements of the policies of a function's role."""
        role = self.functions()[package]["Role"]["Fn::GetAtt"][0]
        return [
            statement
            for policy in self.of_type("AWS::IAM::Policy").values()
            if {"Ref": role} in policy["Roles"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]

    def identity_statements(self) -> Iterator[Properties]:
        """Yield every statement of an identity-based policy."""
        for type_name in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            for policy in self.of_type(type_name).values():
                yield from policy["PolicyDocument"]["Statement"]
        for role in self.of_type("AWS::IAM::Role").values():
            for policy in role.get("Policies", []):
                yield from policy["PolicyDocument"]["Statement"]


def as_list(value: Any) -> list[Any]:
    """Return a list: CloudFormation writes a list of one as a single value."""
    return value if isinstance(value, list) else [value]
