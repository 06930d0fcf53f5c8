"""Keys that fall silent or match too little, and the events about them."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from shared.domain.errors import RetriesExhausted
from shared.domain.keys import PostbackKey
from tests.integration import events
from tests.integration.events import HOUR, MINUTE, NOON, new_caller_number
from tests.integration.service import Service
from tests.integration.wire import Wire, answering, failing, once

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock_time() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def publisher_id(service: Service) -> str:
    body = json.dumps({"name": "Acme"})
    event = events.http("POST", "/publishers", body=body, content_type="application/json")
    publisher_id: str = service.request(event, function="operator_api").json["publisher_id"]
    return publisher_id


def _post(service: Service, key: PostbackKey, at: Any = NOON) -> str:
    number = new_caller_number()
    service.post(key, at=at, caller_number=number, age="39")
    return number


def test_a_silence_and_its_end_are_announced_once_each(
    service: Service, publisher_id: str, clock_time: time_machine.Traveller
) -> None:
    key = service.add_key(publisher_id=publisher_id, expects_every=HOUR)
    service.add_key(publisher_id=publisher_id)
    _post(service, key)
    service.count()
    assert service.watch() == []

    clock_time.move_to(NOON + 61 * MINUTE)
    sent = [service.watch(), service.watch()]
    _post(service, key, NOON + 61 * MINUTE)
    service.count()
    ended = [service.watch(), service.watch()]

    about = {"key_id": key.key_id, "publisher_id": publisher_id, "key_name": "main"}
    since = {"since": "2025-03-10T13:00:00.000Z", "expects_every": 3600}
    silent = about | since | {"last_posted_at": "2025-03-10T12:00:00.000Z"}
    assert sent == [[("Key Silent", silent)], []]
    spoken = {
        "last_posted_at": "2025-03-10T13:01:00.000Z",
        "ended_at": "2025-03-10T13:01:00.000Z",
    }
    assert ended == [[("Key Silent Ended", silent | spoken)], []]


def test_a_low_match_rate_and_its_end_are_announced_once_each(
    service: Service, publisher_id: str, clock_time: time_machine.Traveller
) -> None:
    key = service.add_key(publisher_id=publisher_id, match_rate_floor=0.5, storage_duration=MINUTE)
    for _ in range(20):
        _post(service, key)
    service.count()
    clock_time.move_to(NOON + HOUR)
    assert service.watch() == [], "the hour's last posting may still wait"

    clock_time.move_to(NOON + HOUR + MINUTE)
    sent = [service.watch(), service.watch()]
    for _ in range(20):
        service.start_call(_post(service, key, NOON + HOUR), at=NOON + HOUR)
    service.count()
    clock_time.move_to(NOON + 2 * HOUR + MINUTE)
    ended = [service.watch(), service.watch()]

    about = {
        "key_id": key.key_id,
        "publisher_id": publisher_id,
        "key_name": "main",
        "since": "2025-03-10T13:01:00.000Z",
        "match_rate_floor": 0.5,
    }
    assert sent == [[("Match Rate Low", about | {"match_rate": 0.0, "decided": 20})], []]
    risen = {"match_rate": 0.5, "decided": 40, "ended_at": "2025-03-10T14:01:00.000Z"}
    assert ended == [[("Match Rate Low Ended", about | risen)], []]


def test_a_rotated_key_is_not_silent_while_its_successor_is_used(
    service: Service, publisher_id: str, clock_time: time_machine.Traveller
) -> None:
    key = service.add_key(publisher_id=publisher_id, expects_every=HOUR)
    _post(service, key)
    event = events.http("POST", f"/postback-keys/{key.key_id}/rotate")
    successor_id = service.request(event, function="operator_api").json["key_id"]
    successor = service.operator_api.publishers.key_store.key(successor_id)
    # The publisher uses the old link for a while, then the new one.
    clock_time.move_to(NOON + 90 * MINUTE)
    _post(service, key, NOON + 80 * MINUTE)
    service.count()
    assert service.watch() == []
    clock_time.move_to(NOON + 150 * MINUTE)
    _post(service, successor, NOON + 140 * MINUTE)
    service.count()
    assert service.watch() == []

    clock_time.move_to(NOON + 200 * MINUTE)
    ((news, detail),) = service.watch()

    assert (news, detail["key_id"]) == ("Key Silent", successor_id)
    assert detail["since"] == "2025-03-10T15:20:00.000Z"


def test_an_alert_of_a_key_that_is_no_longer_watched_ends(
    service: Service, publisher_id: str
) -> None:
    key = service.add_key(publisher_id=publisher_id, expects_every=HOUR, created_at=NOON - DAY)
    assert [news for news, _ in service.watch()] == ["Key Silent"]

    service.operator_api.publishers.key_store.change_key(key.key_id, {"expects_every": None})

    ((news, detail),) = service.watch()
    assert (news, detail["expects_every"]) == ("Key Silent Ended", None)
    assert service.watch() == []


def test_events_that_the_bus_refuses_are_retried_and_others_are_not_lost(
    service: Service, publisher_id: str, wire: Wire, no_pauses: None
) -> None:
    service.add_key(publisher_id=publisher_id, expects_every=HOUR, created_at=NOON - DAY)
    refused = answering({"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]})
    bus = service.key_watch.bus
    wire.tap(bus, "PutEvents", once(refused))

    assert [news for news, _ in service.watch()] == ["Key Silent"]
    assert service.watch() == []


def test_a_run_that_stops_before_it_saves_the_state_repeats_the_event(
    service: Service, publisher_id: str, wire: Wire
) -> None:
    service.add_key(publisher_id=publisher_id, expects_every=HOUR, created_at=NOON - DAY)
    wire.tap(service.key_watch._client, "PutItem", once(failing("InternalServerError")))
    with pytest.raises(Exception, match="InternalServerError"):
        service.watch()

    again, never = service.watch(), service.watch()

    assert [detail["since"] for _, detail in again] == ["2025-03-09T13:00:00.000Z"]
    assert never == []


def test_if_the_bus_fails_the_next_run_sends_the_events(
    service: Service, publisher_id: str, wire: Wire, no_pauses: None
) -> None:
    service.add_key(publisher_id=publisher_id, expects_every=HOUR, created_at=NOON - DAY)
    refused = answering({"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]})
    wire.tap(service.key_watch.bus, "PutEvents", refused)
    with pytest.raises(RetriesExhausted):
        service.watch()
    wire.remove_taps()

    assert [news for news, _ in service.watch()] == ["Key Silent"]
