"""Whether those who kept to one version of a document get along with another.

What they send may only be accepted more widely, and what they get may only be told more narrowly.
Knows the keywords that our documents use; a change of any other counts as a break, to be safe.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from contract.fragments import Schema

_LEAST = ("minLength", "minimum", "minItems", "minProperties")
_MOST = ("maxLength", "maximum", "maxItems", "maxProperties")
_ALTERNATIVES = ("anyOf", "oneOf")
_NOTES = frozenset(("title", "description", "example", "examples", "$id", "$schema"))
_HANDLED = frozenset(
    (
        *_LEAST,
        *_MOST,
        *_ALTERNATIVES,
        "type",
        "enum",
        "const",
        "default",
        "required",
        "properties",
        "not",
    )
) | {"additionalProperties", "propertyNames", "items"}

Compare = Callable[[Schema, Schema, str], Iterator[str]]


def breaks(released: Schema, current: Schema) -> list[str]:
    """How an OpenAPI document breaks what was released; empty if it does not."""
    return list(_Documents(released, current).breaks())


def narrowed(released: Schema, current: Schema, where: str = "") -> list[str]:
    """How a JSON Schema refuses what the released one accepted; empty if it does not."""
    return list(_Schemas(released, current).narrowed(released, current, where))


def widened(released: Schema, current: Schema, where: str = "") -> list[str]:
    """How a JSON Schema tells what the released one did not, or less; empty if it does not."""
    return list(_Schemas(current, released, are_told=True).narrowed(current, released, where))


class _Schemas:
    """Two documents, and the schemas within them, which may refer to others of their document.

    `are_told`: they say what is told to others, the narrow ones what had been released; else what
    is accepted from others, the wide ones what had been released.
    """

    def __init__(self, wide: Schema, narrow: Schema, *, are_told: bool = False) -> None:
        self._wide = wide
        self._narrow = narrow
        self._are_told = are_told

    def narrowed(self, wide: Schema, narrow: Schema, where: str) -> Iterator[str]:
        """Why `narrow` does not accept all that `wide` does."""
        wide, narrow = _resolve(self._wide, wide), _resolve(self._narrow, narrow)
        yield from _fewer_values(wide, narrow, where)
        yield from _closer_limits(wide, narrow, where)
        yield from self._members(wide, narrow, where)
        yield from self._alternatives(wide, narrow, where)
        if not self._are_told and wide.get("default") != narrow.get("default", wide.get("default")):
            yield f"{where}: default is {narrow['default']!r}, was {wide.get('default')!r}"
        if "not" in narrow and not _forbids_no_more(narrow["not"], wide.get("not", {})):
            yield f"{where}: not is another"
        for keyword in sorted((wide.keys() | narrow.keys()) - _HANDLED - _NOTES):
            if keyword in narrow and narrow[keyword] != wide.get(keyword):
                yield f"{where}: {keyword} is another"

    def _members(self, wide: Schema, narrow: Schema, where: str) -> Iterator[str]:
        for name in sorted(set(narrow.get("required", ())) - set(wide.get("required", ()))):
            yield f"{where}: {name} need not have been there"
        members = narrow.get("properties", {})
        for name, member in wide.get("properties", {}).items():
            if name in members:
                yield from self.narrowed(member, members[name], f"{where}.{name}")
            elif "additionalProperties" in narrow:
                others = narrow["additionalProperties"]
                yield from self._inside(member, others, f"{where}.{name}")
        for name in sorted(members.keys() - wide.get("properties", {}).keys()):
            if self._are_told:
                yield f"{where}.{name}: is gone"
            elif "additionalProperties" in wide:
                others = wide["additionalProperties"]
                yield from self._inside(others, members[name], f"{where}.{name}")
        for keyword in ("additionalProperties", "propertyNames", "items"):
            if keyword in narrow:
                before = wide.get(keyword, True)
                yield from self._inside(before, narrow[keyword], f"{where}.{keyword}")

    def _inside(self, wide: Schema | bool, narrow: Schema | bool, where: str) -> Iterator[str]:
        if narrow is True or wide is False:
            return
        if narrow is False:
            yield f"{where}: nothing is accepted any more"
        else:
            yield from self.narrowed({} if wide is True else wide, narrow, where)

    def _alternatives(self, wide: Schema, narrow: Schema, where: str) -> Iterator[str]:
        """Each of the wide ones' must find one among the narrow ones' that accepts all of it."""
        for keyword in _ALTERNATIVES:
            if keyword not in narrow:
                continue
            plain = {k: v for k, v in wide.items() if k not in (*_ALTERNATIVES, *_NOTES)}
            for number, each in enumerate(wide.get(keyword, [plain])):
                fits = (not any(self.narrowed(each, other, where)) for other in narrow[keyword])
                if not any(fits):
                    yield f"{where}: alternative {number + 1} of {keyword} is gone"


class _Documents:
    def __init__(self, released: Schema, current: Schema) -> None:
        self._released = released
        self._current = current
        self._accepted = _Schemas(released, current).narrowed
        told = _Schemas(current, released, are_told=True)
        self._told: Compare = lambda before, after, where: told.narrowed(after, before, where)

    def breaks(self) -> Iterator[str]:
        for path, before in self._released["paths"].items():
            after = self._current["paths"].get(path, {})
            for method, operation in before.items():
                where = f"{method.upper()} {path}"
                if method in after:
                    yield from self._operation(operation, after[method], where)
                else:
                    yield f"{where}: is gone"

    def _operation(self, before: Schema, after: Schema, where: str) -> Iterator[str]:
        if _security(self._released, before) != _security(self._current, after):
            yield f"{where}: is authenticated otherwise"
        yield from self._parameters(before, after, where)
        yield from self._body(before.get("requestBody"), after.get("requestBody"), where)
        yield from self._answers(before["responses"], after["responses"], where)

    def _parameters(self, before: Schema, after: Schema, where: str) -> Iterator[str]:
        known, taken = _parameters(before), _parameters(after)
        for place, parameter in taken.items():
            if parameter.get("required") and not known.get(place, {}).get("required"):
                yield f"{where}: parameter {place} need not have been there"
        for place, parameter in known.items():
            if place not in taken:
                yield f"{where}: parameter {place} is gone"
                continue
            schemas = parameter["schema"], taken[place]["schema"]
            yield from self._accepted(*schemas, f"{where} {place}")
            if _form(parameter) != _form(taken[place]):
                yield f"{where}: parameter {place} is written otherwise"

    def _body(self, before: Schema | None, after: Schema | None, where: str) -> Iterator[str]:
        if after and after.get("required") and not (before or {}).get("required"):
            yield f"{where}: a body need not have been there"
        taken = (after or {}).get("content", {})
        for content_type, content in (before or {}).get("content", {}).items():
            if content_type not in taken:
                yield f"{where}: a body of {content_type} is not read any more"
                continue
            schemas = content["schema"], taken[content_type]["schema"]
            yield from self._accepted(*schemas, f"{where} {content_type}")

    def _answers(self, before: Schema, after: Schema, where: str) -> Iterator[str]:
        for code in after:
            if code.startswith(("2", "3")) and code not in before:
                yield f"{where}: {code} was not to be expected"
        for code, answer in before.items():
            if code not in after:
                yield f"{where}: {code} is gone"
                continue
            old = _resolve(self._released, answer)
            yield from self._answer(old, _resolve(self._current, after[code]), f"{where} {code}")

    def _answer(self, before: Schema, after: Schema, where: str) -> Iterator[str]:
        for name, header in before.get("headers", {}).items():
            now = after.get("headers", {}).get(name)
            if now is None or (header.get("required") and not now.get("required")):
                yield f"{where}: header {name} is gone"
            else:
                yield from self._told(header["schema"], now["schema"], f"{where} {name}")
        for content_type, content in after.get("content", {}).items():
            known = before.get("content", {}).get(content_type)
            if known:
                schemas = known["schema"], content["schema"]
                yield from self._told(*schemas, f"{where} {content_type}")
        for content_type in before.get("content", {}):
            if content_type not in after.get("content", {}):
                yield f"{where}: {content_type} is gone"


def _fewer_values(wide: Schema, narrow: Schema, where: str) -> Iterator[str]:
    if "type" in narrow and not _types(wide) <= _types(narrow):
        yield f"{where}: of type {narrow['type']}, was {wide.get('type', 'any')}"
    allowed = _values(narrow)
    if allowed is not None:
        were = _values(wide)
        gone = sorted(repr(v) for v in were if v not in allowed) if were is not None else ["others"]
        for value in gone:
            yield f"{where}: {value} is gone"


def _closer_limits(wide: Schema, narrow: Schema, where: str) -> Iterator[str]:
    for keyword in _LEAST:
        if narrow.get(keyword, 0) > wide.get(keyword, 0) or (keyword in narrow) > _is_known(
            wide, keyword
        ):
            yield f"{where}: {keyword} is {narrow[keyword]}, was {wide.get(keyword, 'none')}"
    for keyword in _MOST:
        if keyword in narrow and narrow[keyword] < wide.get(keyword, float("inf")):
            yield f"{where}: {keyword} is {narrow[keyword]}, was {wide.get(keyword, 'none')}"


@cache
def _characters(pattern: str) -> frozenset[int]:
    """Which characters of the basic plane a pattern of one character class stands for."""
    one = re.compile(pattern)
    return frozenset(code for code in range(0x10000) if one.fullmatch(chr(code)))


def _forbids_no_more(forbidden: Schema, was: Schema) -> bool:
    if forbidden == was:
        return True
    if forbidden.keys() != was.keys() or forbidden.keys() - {"pattern", "type"}:
        return False
    if forbidden.get("type") != was.get("type") or "pattern" not in forbidden:
        return False
    return _characters(forbidden["pattern"]) <= _characters(was["pattern"])


def _is_known(schema: Schema, keyword: str) -> bool:
    """Whether there is a least; sizes have one of 0 by themselves."""
    return keyword in schema or keyword != "minimum"


def _types(schema: Schema) -> set[str]:
    if "type" not in schema:
        values = _values(schema)
        if values is None:
            return {"null", "boolean", "object", "array", "number", "integer", "string"}
        return {_TYPE_NAMES[type(value)] for value in values}
    types = schema["type"]
    named = {types} if isinstance(types, str) else set(types)
    return named | {"integer"} if "number" in named else named


_TYPE_NAMES: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


def _values(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _parameters(operation: Schema) -> dict[str, Schema]:
    return {f"{p['name']} in {p['in']}": p for p in operation.get("parameters", [])}


def _security(document: Schema, operation: Schema) -> Any:
    return operation.get("security", document.get("security", []))


def _form(parameter: Schema) -> tuple[Any, ...]:
    return parameter.get("style"), parameter.get("explode")


def _resolve(document: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found | {name: value for name, value in schema.items() if name != "$ref"}
    return schema
