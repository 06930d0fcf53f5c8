"""A call's tags as a flow of Amazon Connect gets them: flat names, and values that are text. Pure.

A flow reads them as `$.External.<name>`. Connect takes 32 KB of letters, digits and `_`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TAGS_OMITTED = "tags_omitted"
"""The attribute that is `true` if some tags did not fit. It hides a tag of that name."""

MAX_BYTES = 30_000
"""Less than Connect's 32 KB, whichever way Lambda writes characters that are not ASCII."""

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True, slots=True)
class FlowAttributes:
    """The attributes, and the names of the tags that are not among them."""

    values: Mapping[str, str]
    hidden: Sequence[str] = ()
    """Tags whose flat name is another tag's."""
    omitted: Sequence[str] = ()
    """Tags that did not fit."""


def from_tags(tags: Mapping[str, str]) -> FlowAttributes:
    """Return the attributes of a call with these tags.

    If several tags get the same flat name, the tag with exactly this name wins, or else the first
    in alphabetical order. If not all fit, the longest are omitted, so that most tags are there.
    """
    chosen: dict[str, str] = {}
    for name in sorted(tags):
        flat = flat_name(name)
        if flat == name or flat not in chosen:
            chosen[flat] = name
    hidden = sorted(tags.keys() - set(chosen.values()))
    fitting = _fitting({flat: tags[name] for flat, name in chosen.items()})
    omitted = sorted(chosen[flat] for flat in chosen.keys() - fitting.keys())
    values = fitting | {TAGS_OMITTED: "true"} if omitted else fitting
    return FlowAttributes(values, hidden, omitted)


def flat_name(name: str) -> str:
    """Return the name with `_` for every character but letters, digits and `_`."""
    return _NOT_IN_A_NAME.sub("_", name)


def _fitting(values: Mapping[str, str]) -> dict[str, str]:
    if _size(values) <= MAX_BYTES:
        return dict(values)
    fitting = {TAGS_OMITTED: "true"}
    for name in sorted(values.keys() - {TAGS_OMITTED}, key=lambda n: (len(values[n]), n)):
        if _size(fitting | {name: values[name]}) > MAX_BYTES:
            break
        fitting[name] = values[name]
    del fitting[TAGS_OMITTED]
    return fitting


def _size(values: Mapping[str, str]) -> int:
    return len(json.dumps(values))
