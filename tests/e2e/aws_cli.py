"""A substitute for the AWS CLI, which is not installed.

It parses options by botocore's service models, as the CLI does, and fails for unknown ones.
"""

import json
import sys
from typing import Any

import boto3
import jmespath  # type: ignore[import-untyped]
from botocore import xform_name
from botocore.model import OperationModel, Shape, StructureShape


def main(service: str, operation: str, *arguments: str) -> None:
    client = boto3.client(service)  # type: ignore[call-overload]
    names = {xform_name(name, "-"): name for name in client.meta.service_model.operation_names}
    model = client.meta.service_model.operation_model(names[operation])
    options = _options(arguments)
    query, _ = options.pop("query", None), options.pop("output", None)
    response = getattr(client, xform_name(names[operation]))(**_parameters(model, options))
    found = jmespath.search(query, response) if query else response
    for each in found if isinstance(found, list) else [found]:
        sys.stdout.write(f"{each}\n")


def _options(arguments: tuple[str, ...]) -> dict[str, str]:
    pairs = zip(arguments[::2], arguments[1::2], strict=True)
    return {name.removeprefix("--"): value for name, value in pairs}


def _parameters(model: OperationModel, options: dict[str, str]) -> dict[str, Any]:
    shape = model.input_shape
    assert isinstance(shape, StructureShape)
    members = {xform_name(name, "-"): name for name in shape.members}
    return {
        members[option]: _value(shape.members[members[option]], text)
        for option, text in options.items()
    }


def _value(shape: Shape, text: str) -> Any:
    if shape.type_name == "integer":
        return int(text)
    if text.startswith(("[", "{")) and shape.type_name in ("list", "map", "structure"):
        return json.loads(text)
    return [text] if shape.type_name == "list" else text


if __name__ == "__main__":
    main(*sys.argv[1:])
