"""Requests that need not wait for each other, side by side."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import cache
from typing import TypeVar

Value = TypeVar("Value")

_MOST_AT_ONCE = 4


def side_by_side(works: Sequence[Callable[[], Value]]) -> list[Value]:
    """Do all of these at once, under the limits of time of this thread; return what each returned.

    Once all have ended, raises the first error, if there was one.
    """
    first, *others = works
    if not others:
        return [first()]
    futures = [_threads().submit(copy_context().run, work) for work in others]
    try:
        value = first()
    finally:
        wait(futures)
    return [value, *(future.result() for future in futures)]


@cache
def _threads() -> ThreadPoolExecutor:
    """Made once a process: a thread costs more to make than a request to send."""
    return ThreadPoolExecutor(_MOST_AT_ONCE, "side-by-side")
