"""Options that several commands share, and the state of one run of the program."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from cli import aws, durations, output, posting_text, times
from cli.api import OperatorApi
from cli.aws import Deployment
from cli.output import Format, Screen

Parsed = TypeVar("Parsed")


@dataclass
class CliSession:
    """One run of the program. Finds the deployment when a command first needs it."""

    local: bool
    stack: str
    profile: str | None
    aws_region: str | None
    screen: Screen = field(default_factory=Screen)

    @cached_property
    def deployment(self) -> Deployment:
        if self.local:
            return aws.find_local_run(Path.cwd())
        return aws.find_stack(self.stack, profile=self.profile, region=self.aws_region)

    @cached_property
    def api(self) -> OperatorApi:
        return OperatorApi(self.deployment)

    def wants_json(self, requested: bool) -> bool:
        return requested or not output.is_terminal()

    def list_format(self, *, json: bool, yaml: bool) -> Format | None:
        """Return the format for a list. None: a table."""
        if json and yaml:
            raise typer.BadParameter("--json and --yaml cannot be combined")
        if yaml:
            return Format.YAML
        return Format.JSON if self.wants_json(json) else None


def session_of(context: typer.Context) -> CliSession:
    session: CliSession = context.find_object(CliSession)  # type: ignore[assignment]
    return session


def now() -> datetime:
    return datetime.now(UTC)


def _parse_time(text: str) -> datetime:
    return times.parse(text, now())


def _usage(parse: Callable[[str], Parsed]) -> Callable[[str], Parsed]:
    """Turn a parser's ValueError into a usage error."""

    def parse_or_exit(value: str | Parsed) -> Parsed:
        if not isinstance(value, str):
            return value  # a default
        try:
            return parse(value)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    return parse_or_exit


_duration = _usage(durations.parse)
_time = _usage(_parse_time)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, the default outside a terminal.")]
Yaml = Annotated[bool, typer.Option("--yaml", help="Print YAML.")]
PublisherIdOrName = Annotated[
    str, typer.Argument(metavar="PUBLISHER", help="The publisher's ID (pub_…) or name.")
]
KeyIdOrName = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="The key's ID (pbk_…) or name. If several publishers have a key with this name: "
        "'Publisher/Key'.",
    ),
]
Storage = Annotated[
    timedelta | None,
    typer.Option(
        parser=_duration,
        metavar="DURATION",
        help="How long postings wait for a call: 36h, 7d. Default of a new key: 24h.",
    ),
]
Cutoff = Annotated[
    timedelta | None,
    typer.Option(
        parser=_duration,
        metavar="DURATION",
        help="How long after a call ends it accepts postings: 15m, 0. Default of a new key: 1h.",
    ),
]
NewName = Annotated[str | None, typer.Option(metavar="NAME", help="A new name.")]
NumberRegion = Annotated[
    str | None,
    typer.Option(
        "--region", metavar="REGION", help="Region of numbers without a country code: US, GB."
    ),
]

CLEARED = "cleared"
"""The value of an option that clears a setting. The API takes a null."""


def _or_cleared(word: str, parse: Callable[[str], object]) -> Callable[[str], object]:
    return lambda text: CLEARED if text.strip().lower() == word else parse(text)


def _parse_expiry(text: str) -> str:
    """Parse a time for the API. A duration counts from now. Raises ValueError."""
    try:
        return times.to_wire(now() + durations.parse(text.removeprefix("in ")))
    except (ValueError, OverflowError):
        return times.to_wire(times.parse_date(text))


def _parse_share(text: str) -> float:
    """Parse a percentage: 40% is 0.4. Raises ValueError."""
    number = text.strip().removesuffix("%")
    try:
        percent = float(number)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a percentage. Example: 40%") from error
    return round(percent / 100, 4)


def _parse_outcome(text: str) -> str:
    """Return the API's spelling of an outcome, which is accepted too. Raises ValueError."""
    outcome = text.strip().lower()
    if outcome in posting_text.OUTCOMES.values():
        return outcome
    if outcome in posting_text.OUTCOMES:
        return posting_text.OUTCOMES[outcome]
    raise ValueError(f"{text!r} is not an outcome. Give {', '.join(posting_text.OUTCOMES)}")


OutcomeFilter = Annotated[
    str | None,
    typer.Option(
        parser=_usage(_parse_outcome),
        metavar="|".join(posting_text.OUTCOMES),
        help="Only postings with this outcome.",
    ),
]
NewCall = Annotated[
    str | None,
    typer.Option("--call", metavar="CALL_UUID", help="ID of the call. Default: a new UUID."),
]
Caller = Annotated[
    str | None,
    typer.Option(metavar="NUMBER", help="Caller number. Without it, the caller is anonymous."),
]
Campaign = Annotated[str | None, typer.Option(metavar="CAMPAIGN_ID", help="ID of the campaign.")]
Dialed = Annotated[str | None, typer.Option(metavar="NUMBER", help="Dialed number.")]
KeyNote = Annotated[
    str | None,
    typer.Option("--note", metavar="TEXT", help="A note for colleagues. Publishers do not see it."),
]
Expires = Annotated[
    Any,
    typer.Option(
        "--expires",
        parser=_usage(_or_cleared("never", _parse_expiry)),
        metavar="TIME",
        help="When the key expires: in 7d, 2026-12-31T18:00Z, or never.",
    ),
]
ExpectsEvery = Annotated[
    Any,
    typer.Option(
        "--expects-every",
        parser=_usage(_or_cleared("off", durations.parse)),
        metavar="DURATION",
        help="Alert after this long without a posting: 2h, 1d, or off.",
    ),
]
MatchRateFloor = Annotated[
    Any,
    typer.Option(
        "--match-rate-floor",
        parser=_usage(_or_cleared("off", _parse_share)),
        metavar="PERCENT",
        help="Alert when the match rate is lower than this: 40%, or off.",
    ),
]
Overlap = Annotated[
    timedelta | None,
    typer.Option(
        parser=_duration,
        metavar="DURATION",
        help="How long the old key keeps working, up to 30d; 0 ends it now. Default: 24h.",
    ),
]


def time_option(help_: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(parser=_time, metavar="TIME", help=help_)
    return option
