"""Renders the templates, with the filters that write times, durations, rates and charts."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from functions.console import durations, fields, flash, phone_numbers, words
from functions.console.responses import asset_name
from shared.domain import keys

TEMPLATES = Path(__file__).parent / "templates"


class Renderer:
    """`base` is the path of the console's URL."""

    def __init__(self, base: str, templates: Path = TEMPLATES) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals |= {
            "base": base,
            "css": f"{base}/assets/{asset_name('console.css')}",
            "js": f"{base}/assets/{asset_name('console.js')}",
            "bars": bars,
            "defaults": fields.DEFAULTS,
            "outcomes": words.OUTCOMES,
            "max_name": keys.MAX_NAME_LENGTH,
            "max_note": keys.MAX_NOTE_LENGTH,
        }
        self._environment.tests |= {"masked": phone_numbers.is_masked}
        self._environment.filters |= {
            "duration": durations.to_text,
            "national": phone_numbers.to_national,
            "time": _time,
            "ago": _ago,
            "match_rate": words.match_rate,
            "decided": words.decided,
            "share": words.share,
            "percentage": fields.to_percentage,
            "count": lambda number: f"{number:,}",
            "plural": plural,
            "outcome": words.outcome,
            "reason": words.reason,
            "response_text": flash.unpack_response,
            "json_text": lambda value: json.dumps(value, ensure_ascii=False, indent=2),
        }

    def render(self, template: str, **values: Any) -> str:
        return self._environment.get_template(template).render(**values)


def plural(count: int, singular: str, form: str = "") -> str:
    """Return a count with its noun: 1 row, 2 rows."""
    return f"{count:,} {singular if count == 1 else form or f'{singular}s'}"


def bars(counts: Sequence[int], applied: Sequence[int], width: int, height: int) -> Markup:
    """Return a chart's rectangles: all postings of each period, and over them the applied ones."""
    most, step = max(max(counts, default=0), 1), width / max(len(counts), 1)
    rectangles = []
    for css_class, values in (("", counts), ("m", applied)):
        for place, value in enumerate(values):
            if value:
                tall = max(value / most * height, 1.5)
                rectangles.append(
                    f'<rect class="{css_class}" x="{place * step:.1f}" y="{height - tall:.1f}" '
                    f'width="{step * 0.8:.1f}" height="{tall:.1f}"/>'
                )
    return Markup("".join(rectangles))  # noqa: S704  # nosec B704  # only numbers


def _time(text: str | None) -> Markup:
    """Return a time in UTC, which a script shows in the reader's zone; exact on hover."""
    if not text:
        return Markup("–")
    at = datetime.fromisoformat(text)
    year = "" if at.year == datetime.now(UTC).year else f"{at:%Y}, "
    shown = f"{at:%b} {at.day}, {year}{at:%H:%M:%S}"
    return Markup('<time datetime="{}" title="{}">{} UTC</time>').format(text, text, shown)


def _ago(text: str | None) -> str:
    if not text:
        return "never"
    seconds = max((datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds(), 0)
    for size, unit in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if seconds >= size * (2 if unit == "day" else 1):
            number = int(seconds // size)
            return f"{number} {unit}{'s' if unit == 'day' else ''} ago"
    return "just now"
