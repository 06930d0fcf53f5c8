"""Removes from the packages what no function loads.

That is: AWS services and operations that the functions do not call, with their shapes and errors;
the SDK's documentation for `help()`; the places, carriers and time zones of phonenumbers; and
Powertools' web page for APIs. If a package has moved any of it, pruning raises, and a person must
look at the new layout.
"""

import gzip
import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

SDK_OPERATIONS: Mapping[str, Collection[str]] = {
    "cognito-idp": (
        "AdminAddUserToGroup",
        "AdminCreateUser",
        "AdminDeleteUser",
        "AdminDisableUser",
        "AdminEnableUser",
        "AdminRemoveUserFromGroup",
        "AdminUserGlobalSignOut",
        "ListUsers",
        "ListUsersInGroup",
    ),
    "dynamodb": (
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
    ),
    "events": ("PutEvents",),
    "sqs": ("SendMessage",),
}
"""The operations that our functions call. botocore describes 400 services in 100 MB, and reads all
operations of a service before its first request."""

UNREAD_PHONE_DATA = ("geodata", "carrierdata", "tzdata")
"""Places, carriers and time zones of numbers, which phonenumbers loads on demand."""

API_PAGE = "aws_lambda_powertools/event_handler/openapi/swagger_ui"
"""Powertools' web page for APIs, which only `enable_swagger` loads: 0.5 MB, zipped."""

UNUSED = ("bin",)
"""The folder of the packages' commands."""

_DOCUMENTATION = ("documentation", "documentationUrl")


def prune(target: Path) -> None:
    """Remove what is never loaded. Raises FileNotFoundError or KeyError if it has moved."""
    data = target / "botocore" / "data"
    for service in SDK_OPERATIONS:
        if not (data / service).is_dir():
            raise FileNotFoundError(f"botocore no longer describes {service} in {data}")
    for directory in [d for d in data.iterdir() if d.is_dir()]:
        if directory.name not in SDK_OPERATIONS:
            shutil.rmtree(directory)
    _prune_endpoints(data / "endpoints.json")
    _unpack_descriptions(data)
    for service, operations in SDK_OPERATIONS.items():
        _prune_operations(data / service, operations)
    for name in UNREAD_PHONE_DATA:
        shutil.rmtree(target / "phonenumbers" / name)
    shutil.rmtree(target / API_PAGE)
    for name in UNUSED:
        shutil.rmtree(target / name, ignore_errors=True)


def _prune_endpoints(path: Path) -> None:
    """Keep only our services' endpoints, in all regions. The SDK reads the file at each start."""
    endpoints = json.loads(path.read_text())
    for partition in endpoints["partitions"]:
        services = partition["services"]
        if partition["partition"] == "aws" and not services.keys() >= SDK_OPERATIONS.keys():
            raise KeyError(f"not all of {[*SDK_OPERATIONS]} have endpoints in {path}")
        partition["services"] = {n: services[n] for n in SDK_OPERATIONS if n in services}
    path.write_text(_to_json(endpoints))


def _unpack_descriptions(data: Path) -> None:
    """Unpack our services' descriptions, without the documentation."""
    descriptions = sorted(data.rglob("*.json.gz"))
    if not any(path.name == "service-2.json.gz" for path in descriptions):
        raise FileNotFoundError(f"botocore no longer packs its descriptions in {data}")
    for path in descriptions:
        description = json.loads(gzip.decompress(path.read_bytes()))
        path.with_suffix("").write_text(_to_json(_without_documentation(description)))
        path.unlink()


def _prune_operations(service: Path, kept: Collection[str]) -> None:
    """Keep only these operations, and the shapes that they use."""
    paths = [*service.glob("*/service-2.json")]
    if not paths:
        raise FileNotFoundError(f"botocore no longer describes operations in {service}")
    for path in paths:
        description = json.loads(path.read_text())
        operations = {name: description["operations"][name] for name in kept}
        shapes = description["shapes"]
        reached = _reached(operations, shapes)
        description["operations"] = operations
        description["shapes"] = {name: shapes[name] for name in shapes if name in reached}
        path.write_text(_to_json(description))


def _reached(start: Any, shapes: Mapping[str, Any]) -> set[str]:
    """Return the names of all shapes that a description refers to, directly or indirectly."""
    reached: set[str] = set()
    waiting = {*_named(start)}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= {*_named(shapes[name])} - reached
    return reached


def _named(value: Any) -> Iterator[str]:
    """Yield the shapes that a part of a description names in members `shape`."""
    if isinstance(value, dict):
        shape = value.get("shape")
        if isinstance(shape, str):
            yield shape
        value = [*value.values()]
    if isinstance(value, list):
        for member in value:
            yield from _named(member)


def _without_documentation(value: Any) -> Any:
    """Remove documentation, which is text. A member of that name that is not text stays."""
    if isinstance(value, dict):
        return {
            name: _without_documentation(member)
            for name, member in value.items()
            if not (name in _DOCUMENTATION and isinstance(member, str))
        }
    return [_without_documentation(m) for m in value] if isinstance(value, list) else value


def _to_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
