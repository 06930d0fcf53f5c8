"""Reads the parameters in a JSON body. Imported only for one, to keep other cold starts short."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from functions.data_writing.parameters import RESERVED, Pairs, json_text
from shared.domain import postings
from shared.domain.errors import InvalidInput, Problem
from shared.domain.posting_warnings import PostingWarning, WarningKind


def parse(text: str, warnings: list[PostingWarning], taken: Collection[str]) -> Pairs:
    """Return the members of a JSON object. Raises InvalidInput for anything else."""
    if text.endswith("\0"):
        text = text.rstrip("\0")
        message = "the JSON ends with NUL characters, which were left out; send it without them"
        warnings.append(PostingWarning(WarningKind.BODY, None, message))
    value = _loaded(text, warnings)
    if isinstance(value, str):
        value = _loaded(value, warnings)
        message = "the JSON object was encoded twice; encode it once"
        warnings.append(PostingWarning(WarningKind.BODY, None, message))
    if isinstance(value, list) and len(value) == 1:
        message = "the body is a list with one object; send only the object"
        warnings.append(PostingWarning(WarningKind.BODY, None, message))
        (value,) = value
    if value == []:
        return []
    if isinstance(value, list):
        message = f"the body is a list of {len(value)} items; send one JSON object per posting"
        raise InvalidInput(Problem(None, message))
    if not isinstance(value, dict):
        raise InvalidInput(Problem(None, 'the body must be one JSON object such as {"age": 39}'))
    if not any(isinstance(member, dict | list) for member in value.values()):
        return [(name, json_text(member)) for name, member in value.items()]
    # Imported here to keep cold starts short: few postings have nested JSON.
    from functions.data_writing import nested_json  # noqa: PLC0415

    return nested_json.flatten(value, warnings, taken)


def _loaded(text: str, warnings: list[PostingWarning]) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            warnings.append(_repeated(found, pairs))
        return found

    def load(*, strict: bool) -> Any:
        # Numbers stay text, so that 39.10 becomes the tag 39.10.
        return json.loads(
            text,
            parse_int=str,
            parse_float=str,
            parse_constant=_no_constant,
            object_pairs_hook=members,
            strict=strict,
        )

    try:
        try:
            return load(strict=True)
        except json.JSONDecodeError as error:
            if not error.msg.startswith("Invalid control character"):
                raise
            value = load(strict=False)
            message = "the JSON has raw line breaks or tabs inside text; escape them, as \\n"
            warnings.append(PostingWarning(WarningKind.BODY, None, message))
            return value
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        message = (
            f"the body is not valid JSON: {reason}; correct it, or send the body's own Content-Type"
        )
        raise InvalidInput(Problem(None, message)) from error


def _repeated(found: Mapping[str, Any], pairs: Iterable[tuple[str, Any]]) -> PostingWarning:
    """Return the warning about an object with repeated members. It names one that differs."""
    names = [name for name, value in pairs if found[name] != value] or [""]
    name = next((each for each in names if each in RESERVED), names[0])
    which = postings.shown_name(name) if name else "a member"
    message = f"{which} was repeated in a JSON object, and the last one was used; send it once"
    return PostingWarning(WarningKind.REPEATED, postings.shown_name(name) or None, message)


def _no_constant(name: str) -> str:
    raise ValueError(f"{name} is not a JSON value")
