"""Times as the wire and the tables carry them. Reads no clock: that is for the handlers."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_epoch_ms(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms // 1000, UTC) + timedelta(milliseconds=epoch_ms % 1000)


def to_epoch_ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def to_epoch_seconds(moment: datetime) -> int:
    """Whole seconds, rounded up: what a DynamoDB TTL attribute must hold."""
    return -int(-moment.timestamp() // 1)


def to_text(moment: datetime) -> str:
    """UTC with milliseconds and a fixed width, so that texts sort as the times do."""
    utc = moment.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)


def to_milliseconds(moment: datetime) -> datetime:
    """The same moment in UTC, cut to the precision that is stored and compared."""
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
