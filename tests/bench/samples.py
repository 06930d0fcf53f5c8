"""Samples of one figure, and what is said of them: medians and quartiles, which outliers do not
move. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times a floor something takes; the middle half of all rounds lies in `quartiles`."""

    median: float
    quartiles: tuple[float, float]

    def __str__(self) -> str:
        low, high = self.quartiles
        return f"{self.median:.2f} ({low:.2f}–{high:.2f})"


def ratio(samples: Sequence[float], floor: Sequence[float], *, less: float = 0.0) -> Ratio:
    """The samples in terms of the floor's median. `less` is subtracted from both before.

    Raises ValueError for fewer than two samples.
    """
    if len(samples) < 2:
        raise ValueError("two samples are the least that have a spread")
    unit = median(floor) - less
    low, middle, high = quantiles(samples, n=4, method="inclusive")
    return Ratio((middle - less) / unit, ((low - less) / unit, (high - less) / unit))


def milliseconds(samples: Sequence[float]) -> str:
    """The median of samples in seconds, as a table shows it."""
    return f"{median(samples) * 1000:.1f}"
