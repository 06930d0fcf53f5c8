"""Runs requests that do not depend on each other at the same time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import cache
from typing import TypeVar

Value = TypeVar("Value")

_MAX_THREADS = 4


def side_by_side(tasks: Sequence[Callable[[], Value]]) -> list[Value]:
    """Run all of these at the same time, under this thread's time limit, and return their results.

    If any fails, raises the first error once all have ended.
    """
    first, *others = tasks
    if not others:
        return [first()]
    futures = [_threads().submit(copy_context().run, task) for task in others]
    try:
        value = first()
    finally:
        wait(futures)
    return [value, *(future.result() for future in futures)]


@cache
def _threads() -> ThreadPoolExecutor:
    """Return the process' threads: making one takes longer than sending a request."""
    return ThreadPoolExecutor(_MAX_THREADS, "side-by-side")
