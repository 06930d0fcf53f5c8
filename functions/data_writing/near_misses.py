"""Finds a parameter whose name is a misspelling of caller_number or call_uuid.

Imported only for a refusal, to keep cold starts short.
"""

from collections.abc import Iterable
from itertools import islice

from functions.data_writing.parameters import CALL_UUID, CALLER_NUMBER
from shared.domain import postings

MAX_EDITS = 2

_TARGETS = {"callernumber": CALLER_NUMBER, "calluuid": CALL_UUID}
"""The names without their separators, as `_fold` returns them."""
_OTHER_WORDS = frozenset(("callednumber", "callednumbers"))
"""Names that are like one of them, and mean something else."""


def find(names: Iterable[str]) -> tuple[str, str] | None:
    """Return the name that is most like caller_number or call_uuid, and which of them it is like.

    `names` are those that were sent, without the reserved ones. As many are compared as a posting
    may have tags, because comparing thousands takes noticeable time.
    """
    found = [
        (edits, name, meant)
        for name in islice(dict.fromkeys(names), postings.MAX_TAGS)
        for target, meant in _TARGETS.items()
        if (edits := _edits(_fold(name), target)) is not None
    ]
    if not found:
        return None
    _, name, meant = min(found, key=lambda each: each[0])
    return name, meant


def _fold(name: str) -> str:
    if len(name) > 2 * max(map(len, _TARGETS)):
        return ""
    return "".join(filter(str.isalnum, name)).lower()


def _edits(name: str, target: str) -> int | None:
    """Return the number of edits between two names; None for more than MAX_EDITS."""
    if abs(len(name) - len(target)) > MAX_EDITS or name in _OTHER_WORDS:
        return None
    return next((n for n in range(MAX_EDITS + 1) if _is_within(name, target, n)), None)


def _is_within(one: str, other: str, edits: int) -> bool:
    """Whether insertions, deletions, replacements and swaps of neighbors, `edits` at most, turn one
    text into the other: the Damerau-Levenshtein distance."""
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return abs(len(one) - len(other)) <= edits
    if edits == 0:
        return False
    one, other = one[start:], other[start:]
    return (
        _is_within(one[1:], other[1:], edits - 1)
        or _is_within(one[1:], other, edits - 1)
        or _is_within(one, other[1:], edits - 1)
        or (one[:2] == other[1::-1] and _is_within(one[2:], other[2:], edits - 1))
    )
