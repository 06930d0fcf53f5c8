"""The settings of each function, read once from its environment."""

from collections.abc import Mapping
from datetime import timedelta
from inspect import get_annotations
from typing import Self, dataclass_transform

from shared.domain.errors import MissingSetting


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Settings:
    """A field `call_data_table` is the environment variable CALL_DATA_TABLE.

    Looks like a dataclass, but is not one: each function would make all of these classes at each
    cold start, 3% of its time, and needs one.
    """

    def __init__(self, **values: str) -> None:
        if sorted(values) != sorted(self.names()):
            raise TypeError(f"{type(self).__name__} takes {', '.join(self.names())}")
        vars(self).update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} cannot be set: settings are read-only")

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Self:
        """Raises MissingSetting, naming every variable that is absent or empty."""
        values = {name: environ.get(name.upper(), "") for name in cls.names()}
        missing = sorted(name.upper() for name, value in values.items() if not value)
        if missing:
            raise MissingSetting(f"not set in the environment: {', '.join(missing)}")
        return cls(**values)

    def to_environment(self) -> dict[str, str]:
        return {name.upper(): value for name, value in vars(self).items()}

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of all fields."""
        return [name for each in reversed(cls.__mro__) for name in get_annotations(each)]


class _CallRules(Settings):
    longest_call_hours: str

    @property
    def longest_call(self) -> timedelta:
        """After which a call counts as over if its end is not reported."""
        return timedelta(hours=float(self.longest_call_hours))


class _KeyRules(Settings):
    key_cache_seconds: str
    """How long a process caches a key, in whole seconds."""


class DataWritingSettings(_CallRules, _KeyRules):
    call_data_table: str
    postback_keys_table: str
    postback_log_table: str
    posting_url: str


class CallEventsSettings(_CallRules):
    call_data_table: str
    postback_log_table: str
    dead_letter_queue_url: str
    default_region: str


class PlatformApiSettings(_CallRules, _KeyRules):
    call_data_table: str
    call_events_queue_url: str
    postback_keys_table: str
    postback_log_table: str
    default_region: str


class ConnectFlowSettings(_CallRules):
    call_data_table: str
    postback_log_table: str
    call_events_queue_url: str
    default_region: str


class CallFeedSettings(_CallRules):
    event_bus: str
    announce_ends: str
    """Whether the end of each call is announced: `true` or `false`."""

    @property
    def announces_ends(self) -> bool:
        return self.announce_ends == "true"


class ActivitySettings(Settings):
    activity_table: str


class KeyWatchSettings(Settings):
    activity_table: str
    postback_keys_table: str
    event_bus: str


class OperatorApiSettings(_CallRules):
    activity_table: str
    call_data_table: str
    postback_keys_table: str
    postback_log_table: str
    posting_url: str
    default_region: str
    history_table: str
    user_pool_id: str
    console_role: str
    """The name of the only role whose requests may name the person who sent them."""
    settling_seconds: str
    """How long forgetting a caller waits for postings and events in progress."""


class ConsoleSettings(Settings):
    """`console_url` is the console's address, `sign_in_url` that of Cognito's sign-in page."""

    api_url: str
    console_url: str
    sessions_table: str
    user_pool_id: str
    user_pool_client_id: str
    user_pool_issuer: str
    sign_in_url: str
