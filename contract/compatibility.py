"""Finds changes in a document that break clients of the released one.

A new version may accept more in requests, and return less variety in responses, never the other
way around.
"""

from collections.abc import Callable, Iterator
from typing import Any

from contract.fragments import Schema
from contract.schema_comparison import Schemas, resolve

FOR_REQUESTS = "x-for-requests"
"""In a success response: the schemas of the only requests that get it, if they are new."""

Compare = Callable[[Schema, Schema, str], Iterator[str]]


def breaks(released: Schema, current: Schema) -> list[str]:
    """Return how an OpenAPI document breaks the released one; empty if it does not."""
    return list(_Documents(released, current).breaks())


def narrowed(released: Schema, current: Schema, where: str = "") -> list[str]:
    """Return how a JSON Schema rejects what the released one accepts; empty if it does not."""
    return list(Schemas(released, current).narrowed(released, current, where))


def widened(released: Schema, current: Schema, where: str = "") -> list[str]:
    """Return how a JSON Schema allows output that the released one forbids; empty if not."""
    return list(Schemas(current, released, is_output=True).narrowed(current, released, where))


class _Documents:
    def __init__(self, released: Schema, current: Schema) -> None:
        self._released = released
        self._current = current
        self._input = Schemas(released, current).narrowed
        output = Schemas(current, released, is_output=True)
        self._output: Compare = lambda before, after, where: output.narrowed(after, before, where)

    def breaks(self) -> Iterator[str]:
        for path, before in self._released["paths"].items():
            after = self._current["paths"].get(path, {})
            for method, operation in before.items():
                where = f"{method.upper()} {path}"
                if method in after:
                    yield from self._operation(operation, after[method], where)
                else:
                    yield f"{where}: removed"

    def _operation(self, before: Schema, after: Schema, where: str) -> Iterator[str]:
        if _security(self._released, before) != _security(self._current, after):
            yield f"{where}: authentication has changed"
        yield from self._parameters(before, after, where)
        yield from self._body(before.get("requestBody"), after.get("requestBody"), where)
        yield from self._responses(before["responses"], after["responses"], where)

    def _parameters(self, before: Schema, after: Schema, where: str) -> Iterator[str]:
        old, new = _parameters(before), _parameters(after)
        for place, parameter in new.items():
            if parameter.get("required") and not old.get(place, {}).get("required"):
                yield f"{where}: parameter {place} is now required"
        for place, parameter in old.items():
            if place not in new:
                yield f"{where}: parameter {place} removed"
                continue
            schemas = parameter["schema"], new[place]["schema"]
            yield from self._input(*schemas, f"{where} {place}")
            if _serialization(parameter) != _serialization(new[place]):
                yield f"{where}: parameter {place} is serialized differently"

    def _body(self, before: Schema | None, after: Schema | None, where: str) -> Iterator[str]:
        if after and after.get("required") and not (before or {}).get("required"):
            yield f"{where}: a body is now required"
        accepted = (after or {}).get("content", {})
        for content_type, content in (before or {}).get("content", {}).items():
            if content_type not in accepted:
                yield f"{where}: a body of {content_type} is no longer accepted"
                continue
            schemas = content["schema"], accepted[content_type]["schema"]
            yield from self._input(*schemas, f"{where} {content_type}")

    def _responses(self, before: Schema, after: Schema, where: str) -> Iterator[str]:
        for code in after:
            is_new = code.startswith(("2", "3")) and code not in before
            if is_new and not self._is_for_new_requests(resolve(self._current, after[code])):
                yield f"{where}: {code} is a new success status"
        for code, response in before.items():
            if code not in after:
                yield f"{where}: {code} removed"
                continue
            old = resolve(self._released, response)
            yield from self._response(old, resolve(self._current, after[code]), f"{where} {code}")

    def _is_for_new_requests(self, response: Schema) -> bool:
        """Whether only requests of schemas that the released document lacks get this response."""
        schemas = response.get(FOR_REQUESTS, ())
        released = self._released["components"]["schemas"]
        return bool(schemas) and all(
            name in self._current["components"]["schemas"] and name not in released
            for name in schemas
        )

    def _response(self, before: Schema, after: Schema, where: str) -> Iterator[str]:
        for name, header in before.get("headers", {}).items():
            now = after.get("headers", {}).get(name)
            if now is None or (header.get("required") and not now.get("required")):
                yield f"{where}: header {name} is no longer guaranteed"
            else:
                yield from self._output(header["schema"], now["schema"], f"{where} {name}")
        for content_type, content in after.get("content", {}).items():
            known = before.get("content", {}).get(content_type)
            if known:
                schemas = known["schema"], content["schema"]
                yield from self._output(*schemas, f"{where} {content_type}")
        for content_type in before.get("content", {}):
            if content_type not in after.get("content", {}):
                yield f"{where}: {content_type} removed"


def _parameters(operation: Schema) -> dict[str, Schema]:
    return {f"{p['name']} in {p['in']}": p for p in operation.get("parameters", [])}


def _security(document: Schema, operation: Schema) -> Any:
    return operation.get("security", document.get("security", []))


def _serialization(parameter: Schema) -> tuple[Any, ...]:
    return parameter.get("style"), parameter.get("explode")
