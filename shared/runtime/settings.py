"""What each function reads from its environment, once. A missing name fails loudly, by name."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Self

from shared.domain.errors import MissingSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A field `call_data_table` is the environment variable CALL_DATA_TABLE."""

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Self:
        """Raises MissingSetting, naming every variable that is absent or empty."""
        values = {f.name: environ.get(f.name.upper(), "") for f in fields(cls)}
        missing = sorted(name.upper() for name, value in values.items() if not value)
        if missing:
            raise MissingSetting(f"not set in the environment: {', '.join(missing)}")
        return cls(**values)

    def to_environment(self) -> dict[str, str]:
        return {name.upper(): value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _CallRules(Settings):
    longest_call_hours: str

    @property
    def longest_call(self) -> timedelta:
        """When a call whose end was never told counts as over."""
        return timedelta(hours=float(self.longest_call_hours))


@dataclass(frozen=True, slots=True, kw_only=True)
class DataWritingSettings(_CallRules):
    call_data_table: str
    postback_keys_table: str
    postback_log_table: str
    posting_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEventsSettings(_CallRules):
    call_data_table: str
    postback_log_table: str
    dead_letter_queue_url: str
    default_region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformApiSettings(_CallRules):
    call_data_table: str
    postback_keys_table: str
    postback_log_table: str
    default_region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFeedSettings(_CallRules):
    event_bus: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySettings(Settings):
    activity_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWatchSettings(Settings):
    activity_table: str
    postback_keys_table: str
    event_bus: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorApiSettings(_CallRules):
    activity_table: str
    call_data_table: str
    postback_keys_table: str
    postback_log_table: str
    posting_url: str
    default_region: str
    console_role: str
    """The name of the role that is believed who asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings(Settings):
    """`console_url` is where browsers find it, `sign_in_url` where Cognito has them sign in."""

    api_url: str
    console_url: str
    sessions_table: str
    user_pool_id: str
    user_pool_client_id: str
    user_pool_issuer: str
    sign_in_url: str
