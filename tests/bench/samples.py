"""Medians and quartiles of a figure's samples; outliers do not affect them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure as a multiple of its reference; `quartiles` enclose the middle half of rounds."""

    median: float
    quartiles: tuple[float, float]

    def __str__(self) -> str:
        low, high = self.quartiles
        return f"{self.median:.2f} ({low:.2f}–{high:.2f})"


def ratio(samples: Sequence[float], floor: Sequence[float], *, less: float = 0.0) -> Ratio:
    """Return the samples as multiples of the reference's median, `less` subtracted from both first.

    Raises ValueError for fewer than two samples.
    """
    if len(samples) < 2:
        raise ValueError("two samples or more are required for quartiles")
    unit = median(floor) - less
    low, middle, high = quantiles(samples, n=4, method="inclusive")
    return Ratio((middle - less) / unit, ((low - less) / unit, (high - less) / unit))


def milliseconds(samples: Sequence[float]) -> str:
    """Return the median of samples in seconds as milliseconds, formatted for a table."""
    return f"{median(samples) * 1000:.1f}"
