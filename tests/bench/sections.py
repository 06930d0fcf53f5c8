"""The sections of the benchmark, by the names that `ARGS` accepts."""

from collections.abc import Callable, Iterable, Mapping

from tests.bench import (
    builds,
    cold,
    console,
    counting,
    economy,
    growth,
    heat,
    instructions,
    load,
    routing,
    running,
    sizes,
    waiting,
    warm,
)
from tests.bench.report import Section


def _cold() -> Iterable[Section]:
    return [cold.measure(builds.ours(), builds.usual())]


def _warm() -> Iterable[Section]:
    return warm.measure(builds.ours(), builds.usual())


def _growth() -> Iterable[Section]:
    return [growth.measure(builds.ours())]


def _instructions() -> Iterable[Section]:
    return [instructions.measure(builds.ours(), builds.usual())]


ALL: Mapping[str, Callable[[], Iterable[Section]]] = {
    "cold": _cold,
    "warm": _warm,
    "instructions": _instructions,
    "sizes": lambda: [sizes.measure()],
    "growth": _growth,
    "console": lambda: [console.measure()],
    "cost": lambda: [economy.measure(builds.ours()), counting.measure(builds.ours())],
    "heat": lambda: [heat.measure()],
    "load": lambda: [load.measure()],
    "waiting": lambda: [waiting.measure()],
    "routing": lambda: [routing.measure()],
    "run": lambda: [running.measure()],
}
