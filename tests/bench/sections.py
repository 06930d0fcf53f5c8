"""The sections of a benchmark, by the names by which they can be asked for."""

from collections.abc import Callable, Iterable, Mapping

from tests.bench import builds, cold, warm
from tests.bench.report import Section


def _cold() -> Iterable[Section]:
    return [cold.measure(builds.ours(), builds.usual())]


def _warm() -> Iterable[Section]:
    return warm.measure(builds.ours(), builds.usual())


ALL: Mapping[str, Callable[[], Iterable[Section]]] = {
    "cold": _cold,
    "warm": _warm,
}
