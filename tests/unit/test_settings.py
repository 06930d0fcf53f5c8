"""Settings from the environment."""

from datetime import timedelta

import pytest

from shared.domain.errors import MissingSetting
from shared.runtime.settings import CallEventsSettings, CallFeedSettings

ENVIRONMENT = {
    "CALL_DATA_TABLE": "calls",
    "POSTBACK_LOG_TABLE": "log",
    "DEAD_LETTER_QUEUE_URL": "https://queue",
    "DEFAULT_REGION": "US",
    "LONGEST_CALL_HOURS": "4",
}


def test_settings_are_read_from_the_names_in_capitals() -> None:
    settings = CallEventsSettings.load(ENVIRONMENT | {"PATH": "/bin"})

    assert settings.call_data_table == "calls"
    assert settings.to_environment() == ENVIRONMENT


def test_the_error_names_every_missing_or_empty_variable() -> None:
    environment = ENVIRONMENT | {"DEFAULT_REGION": ""}
    del environment["CALL_DATA_TABLE"]

    with pytest.raises(MissingSetting, match=r"CALL_DATA_TABLE, DEFAULT_REGION$"):
        CallEventsSettings.load(environment)


def test_the_longest_call_is_given_in_hours() -> None:
    settings = CallFeedSettings(event_bus="bus", announce_ends="false", longest_call_hours="1.5")

    assert settings.longest_call == timedelta(minutes=90)


def test_settings_need_all_their_names_and_take_no_others() -> None:
    with pytest.raises(TypeError, match="takes longest_call_hours, event_bus, announce_ends"):
        CallFeedSettings(event_bus="bus")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        CallFeedSettings(
            event_bus="bus",
            announce_ends="false",
            longest_call_hours="1",
            more="x",  # type: ignore[call-arg]
        )


def test_settings_are_read_only() -> None:
    settings = CallFeedSettings(event_bus="bus", announce_ends="false", longest_call_hours="4")

    with pytest.raises(AttributeError):
        settings.event_bus = "another"  # type: ignore[misc]
