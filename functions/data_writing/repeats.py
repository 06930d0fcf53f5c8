"""Reads parameters that were sent several times, and names with brackets: lists and members.

Imported only for such parameters, to keep cold starts short.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from functions.data_writing.parameters import CALLER_NUMBER, KEY, RESERVED, Pairs
from shared.domain import postings
from shared.domain.posting_warnings import PostingWarning, WarningKind

_NO_INDEX = 1_000_000
"""The index of x[], after all numbered ones."""

_BRACKETS = r"([^\[\]]+)((?:\[[^\[\]]*\])+)"


def collect(pairs: Pairs, warnings: list[PostingWarning], place: str) -> dict[str, str]:
    """Return one value per name. `place` is where they were sent, for the warnings."""
    singles: dict[str, list[str]] = {}
    lists: dict[str, dict[int, list[str]]] = {}
    for sent, value in pairs:
        name, index = _dotted(sent)
        values = singles.setdefault(name, [])
        if index is None:
            values.append(value)
        else:
            lists.setdefault(name, {}).setdefault(index, []).append(value)
    return {
        name: _with_list(name, sent, _joined(name, lists[name], warnings), warnings, place)
        if name in lists
        else _one_of(name, sent, warnings, place)
        for name, sent in singles.items()
    }


def _dotted(name: str) -> tuple[str, int | None]:
    """Return a[b] as a.b, and a[1] or a[] as a with its index in a list."""
    match = re.fullmatch(_BRACKETS, name)
    if match is None:
        return name, None
    parts = match[2][1:-1].split("][")
    index = None
    if not parts[-1] or (parts[-1].isdecimal() and len(parts[-1]) <= 6):
        index = int(parts.pop() or _NO_INDEX)
    elif "" in parts:
        index = _NO_INDEX
    return ".".join((match[1], *filter(None, parts))), index


def _joined(name: str, items: dict[int, list[str]], warnings: list[PostingWarning]) -> str:
    """Return all values of x[] in their order, after the one value of each x[0]."""
    values: list[str] = []
    for index, sent in sorted(items.items()):
        is_one = index != _NO_INDEX
        values += [_one_of(f"{name}[{index}]", sent, warnings)] if is_one else sent
    return ",".join(values)


def _with_list(
    name: str, singles: Sequence[str], joined: str, warnings: list[PostingWarning], place: str
) -> str:
    """Return the list x[], which wins over x, except where an empty one would hide a caller."""
    if not singles:
        return joined
    if name in RESERVED and not joined.strip():
        return _one_of(name, singles, warnings, place)
    if set(singles) != {joined}:
        message = (
            "was sent as a list and as a single value, and the list was used; send one of them"
        )
        warnings.append(PostingWarning(WarningKind.REPEATED, postings.shown_name(name), message))
    return joined


def _one_of(name: str, sent: Sequence[str], warnings: list[PostingWarning], place: str = "") -> str:
    if len(sent) == 1:
        return sent[0]
    if [value.lower() for value in sent] == ["true", "false"]:
        return sent[0]  # a ticked check box of ASP.NET, and its hidden field
    values: Iterable[str] = reversed(sent)
    if name in RESERVED:
        values = filter(str.strip, values)
    value = next(iter(values), "")
    if len(set(sent)) > 1:
        message = f"was sent {len(sent)} times, and the last value was used; send it once"
        if name in RESERVED and len(set(filter(str.strip, sent))) > 1:
            message = (
                f"was sent {len(sent)} times in the {place}, with different values, and the last "
                "one was used; send it once"
            )
        warnings.append(PostingWarning(WarningKind.REPEATED, postings.shown_name(name), message))
    return value


def warn_of_override(
    name: str, used: str, place: str, ignored: str, other: str, warnings: list[PostingWarning]
) -> None:
    """Warn of two values, unless they are the same number, key or call ID in two spellings."""
    if _is_same(name, used, ignored):
        return
    if place == name:
        message = f"differs from the {other}, which was kept as a tag; send one"
        warnings.append(PostingWarning(WarningKind.REPEATED, name, message))
        return
    message = (
        f"differs in the {place} and in the {other}; the one in the {place} was used, and the "
        "other was ignored; send one"
    )
    warnings.append(PostingWarning(WarningKind.REPEATED, name, message))


def _is_same(name: str, one: str, other: str) -> bool:
    if name == CALLER_NUMBER:
        return _is_same_number(one, other)
    if name == KEY:
        one, other = unquote(one), unquote(other)
    return _letters(one) == _letters(other)


_MIN_NUMBER_DIGITS = 7


def _is_same_number(one: str, other: str) -> bool:
    """Whether one number is the other without its country code, or without zeros before it."""
    shorter, longer = sorted((_digits(one), _digits(other)), key=len)
    return len(shorter) >= _MIN_NUMBER_DIGITS and longer.endswith(shorter)


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text)).lstrip("0")


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
