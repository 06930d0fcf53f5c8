"""What the commands' options have in common, and what was said before the command."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from cli import aws, durations, moments, output
from cli.api import OperatorApi
from cli.aws import Place
from cli.output import Screen

Parsed = TypeVar("Parsed")


@dataclass
class Session:
    """One run of the program: which service it speaks to, found when it is first needed."""

    local: bool
    stack: str
    profile: str | None
    aws_region: str | None
    screen: Screen = field(default_factory=Screen)

    @cached_property
    def place(self) -> Place:
        if self.local:
            return aws.find_local_run(Path.cwd())
        return aws.find_stack(self.stack, profile=self.profile, region=self.aws_region)

    @cached_property
    def api(self) -> OperatorApi:
        return OperatorApi(self.place)

    def wants_json(self, asked: bool) -> bool:
        return asked or not output.is_for_a_person()


def session_of(context: typer.Context) -> Session:
    session: Session = context.find_object(Session)  # type: ignore[assignment]
    return session


def now() -> datetime:
    return datetime.now(UTC)


def _parse_moment(text: str) -> datetime:
    return moments.parse(text, now())


def _usage(parse: Callable[[str], Parsed]) -> Callable[[str], Parsed]:
    """What the parser complains of is a mistake in the command as written."""

    def parse_or_complain(value: str | Parsed) -> Parsed:
        if not isinstance(value, str):
            return value  # a default
        try:
            return parse(value)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    return parse_or_complain


_duration = _usage(durations.parse)
_moment = _usage(_parse_moment)

Json = Annotated[
    bool, typer.Option("--json", help="Print JSON, as when the output is not a terminal.")
]
KeyId = Annotated[str, typer.Argument(metavar="KEY_ID", help="The key's id, pbk_…")]
Storage = Annotated[
    timedelta | None,
    typer.Option(
        parser=_duration,
        metavar="DURATION",
        help="How long postings wait for a call: 36h, 7d. A new key has 24h.",
    ),
]
Cutoff = Annotated[
    timedelta | None,
    typer.Option(
        parser=_duration,
        metavar="DURATION",
        help="How long after its end a call takes postings: 15m, 0. A new key has 1h.",
    ),
]
NumberRegion = Annotated[
    str | None,
    typer.Option(
        "--region", metavar="REGION", help="The region of numbers without a country code: US, GB."
    ),
]


CLEARED = "cleared"
"""What an option holds whose value is to be taken back; to the API it is a null."""


def _or_cleared(word: str, parse: Callable[[str], object]) -> Callable[[str], object]:
    return lambda text: CLEARED if text.strip().lower() == word else parse(text)


def _parse_end(text: str) -> str:
    """A moment to come, as the API reads it: a duration is that long from now."""
    try:
        return moments.to_wire(now() + durations.parse(text.removeprefix("in ")))
    except (ValueError, OverflowError):
        return moments.to_wire(moments.parse_date(text))


def _parse_share(text: str) -> float:
    """40 % is 0.4. Raises ValueError."""
    number = text.strip().removesuffix("%")
    try:
        percent = float(number)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a percentage, such as 40%") from error
    return round(percent / 100, 4)


KeyNote = Annotated[
    str | None,
    typer.Option("--note", metavar="TEXT", help="What colleagues should know of it."),
]
Expires = Annotated[
    Any,
    typer.Option(
        "--expires",
        parser=_usage(_or_cleared("never", _parse_end)),
        metavar="TIME",
        help="When it stops taking postings: in 7d, 2026-12-31T18:00Z, or never.",
    ),
]
ExpectsEvery = Annotated[
    Any,
    typer.Option(
        "--expects-every",
        parser=_usage(_or_cleared("off", durations.parse)),
        metavar="DURATION",
        help="Tell when nothing is posted for so long: 2h, 1d, or off.",
    ),
]
MatchRateFloor = Annotated[
    Any,
    typer.Option(
        "--match-rate-floor",
        parser=_usage(_or_cleared("off", _parse_share)),
        metavar="PERCENT",
        help="Tell when fewer of a day's postings find their call: 40%, or off.",
    ),
]
Overlap = Annotated[
    timedelta | None,
    typer.Option(
        parser=_duration,
        metavar="DURATION",
        help="How long the old key goes on: 24h if not told, up to 30d; 0 ends it now.",
    ),
]


def moment(help_: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(parser=_moment, metavar="TIME", help=help_)
    return option
