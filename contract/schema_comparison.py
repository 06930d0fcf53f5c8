"""Compares JSON Schemas: what one accepts, and the other does not.

Handles the keywords that our documents use. A change of any other counts as a break.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from contract.fragments import Schema

_MINIMA = ("minLength", "minimum", "minItems", "minProperties")
_MAXIMA = ("maxLength", "maximum", "maxItems", "maxProperties")
_ALTERNATIVES = ("anyOf", "oneOf")
_NOTES = frozenset(("title", "description", "example", "examples", "$id", "$schema"))
_HANDLED = frozenset(
    (
        *_MINIMA,
        *_MAXIMA,
        *_ALTERNATIVES,
        "type",
        "enum",
        "const",
        "default",
        "required",
        "properties",
        "not",
        "pattern",
    )
) | {"additionalProperties", "propertyNames", "items"}


class Schemas:
    """Compares schemas of two documents, following references within each.

    With `is_output` they describe responses and the narrow ones are the released ones. Otherwise
    they describe requests and the wide ones are the released ones.
    """

    def __init__(self, wide: Schema, narrow: Schema, *, is_output: bool = False) -> None:
        self._wide = wide
        self._narrow = narrow
        self._is_output = is_output

    def narrowed(self, wide: Schema, narrow: Schema, where: str) -> Iterator[str]:
        """Yield why `narrow` does not accept everything that `wide` accepts."""
        wide, narrow = resolve(self._wide, wide), resolve(self._narrow, narrow)
        yield from _removed_values(wide, narrow, where)
        yield from _tighter_limits(wide, narrow, where)
        if not _matches_all_of(narrow.get("pattern"), wide.get("pattern")):
            yield f"{where}: pattern has changed"
        yield from self._members(wide, narrow, where)
        yield from self._alternatives(wide, narrow, where)
        if not self._is_output and wide.get("default") != narrow.get(
            "default", wide.get("default")
        ):
            yield f"{where}: default is {narrow['default']!r}, was {wide.get('default')!r}"
        if "not" in narrow and not _forbids_no_more(narrow["not"], wide.get("not", {})):
            yield f"{where}: not has changed"
        for keyword in sorted((wide.keys() | narrow.keys()) - _HANDLED - _NOTES):
            if keyword in narrow and narrow[keyword] != wide.get(keyword):
                yield f"{where}: {keyword} has changed"

    def _members(self, wide: Schema, narrow: Schema, where: str) -> Iterator[str]:
        for name in sorted(set(narrow.get("required", ())) - set(wide.get("required", ()))):
            change = "no longer guaranteed" if self._is_output else "now required"
            yield f"{where}: {name} is {change}"
        members = narrow.get("properties", {})
        for name, member in wide.get("properties", {}).items():
            if name in members:
                yield from self.narrowed(member, members[name], f"{where}.{name}")
            elif "additionalProperties" in narrow:
                others = narrow["additionalProperties"]
                yield from self._subschema(member, others, f"{where}.{name}")
        for name in sorted(members.keys() - wide.get("properties", {}).keys()):
            if self._is_output:
                yield f"{where}.{name}: removed"
            elif "additionalProperties" in wide:
                others = wide["additionalProperties"]
                yield from self._subschema(others, members[name], f"{where}.{name}")
        for keyword in ("additionalProperties", "propertyNames", "items"):
            if keyword in narrow:
                before = wide.get(keyword, True)
                yield from self._subschema(before, narrow[keyword], f"{where}.{keyword}")

    def _subschema(self, wide: Schema | bool, narrow: Schema | bool, where: str) -> Iterator[str]:
        if narrow is True or wide is False:
            return
        if narrow is False:
            yield f"{where}: no longer accepted"
        else:
            yield from self.narrowed({} if wide is True else wide, narrow, where)

    def _alternatives(self, wide: Schema, narrow: Schema, where: str) -> Iterator[str]:
        """Check that each alternative of `wide` is accepted by one of `narrow`."""
        for keyword in _ALTERNATIVES:
            if keyword not in narrow:
                continue
            plain = {k: v for k, v in wide.items() if k not in (*_ALTERNATIVES, *_NOTES)}
            for number, each in enumerate(wide.get(keyword, [plain])):
                fits = (not any(self.narrowed(each, other, where)) for other in narrow[keyword])
                if not any(fits):
                    yield f"{where}: alternative {number + 1} of {keyword} removed"


def resolve(document: Schema, schema: Schema) -> Schema:
    """Return the schema with what it refers to in the document."""
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found | {name: value for name, value in schema.items() if name != "$ref"}
    return schema


def _removed_values(wide: Schema, narrow: Schema, where: str) -> Iterator[str]:
    if "type" in narrow and not _types(wide) <= _types(narrow):
        yield f"{where}: of type {narrow['type']}, was {wide.get('type', 'any')}"
    allowed = _values(narrow)
    if allowed is not None:
        before = _values(wide)
        removed = ["other values"]
        if before is not None:
            removed = sorted(repr(value) for value in before if value not in allowed)
        for value in removed:
            yield f"{where}: {value} removed"


def _tighter_limits(wide: Schema, narrow: Schema, where: str) -> Iterator[str]:
    for keyword in _MINIMA:
        if narrow.get(keyword, 0) > wide.get(keyword, 0) or (keyword in narrow) > _has_minimum(
            wide, keyword
        ):
            yield f"{where}: {keyword} is {narrow[keyword]}, was {wide.get(keyword, 'none')}"
    for keyword in _MAXIMA:
        if keyword in narrow and narrow[keyword] < wide.get(keyword, float("inf")):
            yield f"{where}: {keyword} is {narrow[keyword]}, was {wide.get(keyword, 'none')}"


@cache
def _characters(pattern: str) -> frozenset[int]:
    """Return the BMP characters that a pattern of one character class matches."""
    one = re.compile(pattern)
    return frozenset(code for code in range(0x10000) if one.fullmatch(chr(code)))


def _matches_all_of(pattern: str | None, was: str | None) -> bool:
    """Whether a pattern matches all that another one did: it is equal, or one character class that
    has more characters or allows more of them."""
    if pattern is None or pattern == was:
        return True
    new, old = (_REPEATED_CLASS.fullmatch(each or "") for each in (pattern, was))
    if not new or not old:
        return False
    is_no_shorter = int(new[2]) <= int(old[2]) and int(new[3]) >= int(old[3])
    return is_no_shorter and _characters(old[1]) <= _characters(new[1])


_REPEATED_CLASS = re.compile(r"\^(\[.+\])\{([0-9]+),([0-9]+)\}\$")


def _forbids_no_more(forbidden: Schema, was: Schema) -> bool:
    if forbidden == was:
        return True
    if forbidden.keys() != was.keys() or forbidden.keys() - {"pattern", "type"}:
        return False
    if forbidden.get("type") != was.get("type") or "pattern" not in forbidden:
        return False
    return _characters(forbidden["pattern"]) <= _characters(was["pattern"])


def _has_minimum(schema: Schema, keyword: str) -> bool:
    """Whether the schema has a lower limit. Lengths and counts have one of 0 without it."""
    return keyword in schema or keyword != "minimum"


def _types(schema: Schema) -> set[str]:
    if "type" not in schema:
        alternatives = [each for keyword in _ALTERNATIVES for each in schema.get(keyword, ())]
        if alternatives and not any("$ref" in each for each in alternatives):
            return set[str]().union(*map(_types, alternatives))
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
