"""Turns nested JSON into parameters with dotted names. Imported only for a body that has some."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from functions.data_writing.parameters import RESERVED, Pairs, json_text
from shared.domain import postings
from shared.domain.posting_warnings import PostingWarning, WarningKind

MAX_DEPTH = 5
"""Maximum depth; deeper members are left out."""


def flatten(
    members: Mapping[str, Any], warnings: list[PostingWarning], taken: Collection[str]
) -> Pairs:
    """Return the members as parameters: nested ones by dotted names, up to the maximum of tags."""
    tags = {name for name, value in members.items() if not isinstance(value, dict | list)}
    tags = tags.union(taken) - RESERVED
    pairs = []
    for name, value in members.items():
        if not isinstance(value, dict | list):
            pairs.append((name, json_text(value)))
            continue
        left_out = None
        for inner, text in _nested(name, value, 1):
            if text is None:
                left_out = f"is nested more than {MAX_DEPTH} levels deep, and was left out"
            elif inner in RESERVED or inner in tags or len(tags) < postings.MAX_TAGS:
                tags |= {inner} - RESERVED
                pairs.append((inner, text))
            else:
                left_out = (
                    f"has members that were left out; the maximum is {postings.MAX_TAGS} tags"
                )
        if left_out:
            warnings.append(
                PostingWarning(WarningKind.LEFT_OUT, postings.shown_name(name), left_out)
            )
    return pairs


def _nested(name: str, value: Any, depth: int) -> Iterator[tuple[str, str | None]]:
    """Yield the names and values inside an object or a list; a value that is too deep is None."""
    if not isinstance(value, dict | list):
        yield name, json_text(value)
    elif isinstance(value, list) and not any(isinstance(v, dict | list) for v in value):
        yield name, ",".join(map(json_text, value))
    elif depth > MAX_DEPTH:
        yield name, None
    else:
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for inner, member in members:
            yield from _nested(f"{name}.{inner}", member, depth + 1)
