"""What is taken out of the packages before they ship: what no function of ours ever loads.

Lost are all other services and operations than ours, with their shapes and errors; the SDK's
documentation in `help()`; what phonenumbers knows of places, carriers and time zones; and the page
on which Powertools shows an API in a browser. Whatever is not where it used to be raises: a package
that has changed its layout is looked at by a person.
"""

import gzip
import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

SDK_OPERATIONS: Mapping[str, Collection[str]] = {
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
"""What our functions call. botocore describes 400 services, 100 MB of them, and reads all of a
service's operations before the first request of any."""

UNREAD_PHONE_DATA = ("geodata", "carrierdata", "tzdata")
"""Places, carriers and time zones of numbers, which phonenumbers loads only when asked for."""

API_PAGE = "aws_lambda_powertools/event_handler/openapi/swagger_ui"
"""Of Powertools, loaded only by `enable_swagger`: half a megabyte, zipped."""

UNUSED = ("bin",)
"""Commands that packages bring along."""

_DOCUMENTATION = ("documentation", "documentationUrl")


def prune(target: Path) -> None:
    """Remove what is never loaded. Raises where a package has moved it."""
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
    """Keep our services' endpoints, in all regions: all that is there is read at each start."""
    endpoints = json.loads(path.read_text())
    for partition in endpoints["partitions"]:
        services = partition["services"]
        if partition["partition"] == "aws" and not services.keys() >= SDK_OPERATIONS.keys():
            raise KeyError(f"not all of {[*SDK_OPERATIONS]} have endpoints in {path}")
        partition["services"] = {n: services[n] for n in SDK_OPERATIONS if n in services}
    path.write_text(_to_json(endpoints))


def _unpack_descriptions(data: Path) -> None:
    """Take the documentation out of our services' descriptions, and unpack them."""
    descriptions = sorted(data.rglob("*.json.gz"))
    if not any(path.name == "service-2.json.gz" for path in descriptions):
        raise FileNotFoundError(f"botocore no longer packs its descriptions in {data}")
    for path in descriptions:
        description = json.loads(gzip.decompress(path.read_bytes()))
        path.with_suffix("").write_text(_to_json(_without_documentation(description)))
        path.unlink()


def _prune_operations(service: Path, kept: Collection[str]) -> None:
    """Keep these operations, and the shapes that they are made of."""
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
    """The names of all shapes to which a description leads."""
    reached: set[str] = set()
    waiting = {*_named(start)}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= {*_named(shapes[name])} - reached
    return reached


def _named(value: Any) -> Iterator[str]:
    """The shapes that a part of a description names: a member `shape` that is text does."""
    if isinstance(value, dict):
        shape = value.get("shape")
        if isinstance(shape, str):
            yield shape
        value = [*value.values()]
    if isinstance(value, list):
        for member in value:
            yield from _named(member)


def _without_documentation(value: Any) -> Any:
    """Documentation is text: a member of that name which is more than text stays."""
    if isinstance(value, dict):
        return {
            name: _without_documentation(member)
            for name, member in value.items()
            if not (name in _DOCUMENTATION and isinstance(member, str))
        }
    return [_without_documentation(m) for m in value] if isinstance(value, list) else value


def _to_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
