"""The start and the end of a call, as several reports have them."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.integration.events import HOUR, MINUTE, NOON, SECOND
from tests.integration.service import Response, Service
from tests.integration.test_platform_api import CALL, Platform
from tests.integration.wire import Wire

CALLER, OURS = "+15165550171", "+15165550100"
CONVERSATION = "CON-3d6f2b0a-77c1-4c9e-9d53-64f1f0a4c8e2"
LEG = "b1f7c2d4-6a0e-4b1c-8f57-2d9a9b7e6c31"


@pytest.fixture(autouse=True)
def wall() -> Iterator[time_machine.Traveller]:
    """The wall clock, stopped at noon."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def platform(service: Service) -> Platform:
    return Platform(service)


def _put(platform: Platform, **members: Any) -> Response:
    response = platform.send("PUT", f"/platform/calls/{CALL}", members)
    assert response.status_code == 200, response.text
    return response


def _vonage(platform: Platform, status: str, **members: Any) -> Response:
    ids = {"uuid": LEG, "conversation_uuid": CONVERSATION, "status": status}
    response = platform.send("POST", "/platform/calls", ids | members)
    assert response.status_code == 200, response.text
    return response


def _warned(response: Response) -> list[str]:
    return [each["param"] for each in response.json.get("warnings", [])]


def _listed(service: Service, platform: Platform) -> list[str]:
    read = platform.send("GET", f"/platform/callers/{CALLER}")
    return [call["started_at"] for call in read.json["calls"]]


def test_a_start_that_no_report_had_gives_way_to_the_real_one(
    service: Service, platform: Platform
) -> None:
    key = service.add_key(storage_duration=timedelta(minutes=4))
    service.post(key, caller_number=CALLER, zip="11501", at=NOON - 9 * MINUTE)
    first = _put(platform, caller_number=CALLER)
    late = _put(platform, started_at=NOON - 6 * MINUTE, ended_at=NOON - MINUTE)

    assert first.json["tags"] == {}
    # The posting had expired when the first report arrived, but not when the call started.
    assert late.json["tags"] == {"zip": "11501"}
    assert late.json["started_at"] == "2025-03-10T11:54:00.000Z"
    assert late.json["ended_at"] == "2025-03-10T11:59:00.000Z"
    assert _warned(late) == []
    assert _listed(service, platform) == ["2025-03-10T11:54:00.000Z"]
    assert service.announce()[-1]["started_at"] == late.json["started_at"]


def test_a_start_that_a_report_had_does_not_move(platform: Platform) -> None:
    _put(platform, caller_number=CALLER, started_at=NOON - MINUTE)
    again = _put(platform, started_at=NOON - HOUR)

    assert again.json["started_at"] == "2025-03-10T11:59:00.000Z"


def test_a_start_in_the_future_gives_way_to_the_real_one(platform: Platform) -> None:
    _put(platform, caller_number=CALLER, started_at=NOON + 5 * HOUR)
    again = _put(platform, started_at=NOON - MINUTE)

    assert again.json["started_at"] == "2025-03-10T11:59:00.000Z"


def test_an_end_before_the_known_start_is_the_time_of_the_request_with_a_warning(
    platform: Platform, wall: time_machine.Traveller
) -> None:
    _put(platform, caller_number=CALLER, started_at=NOON)
    wall.shift(3 * MINUTE)
    for _ in range(2):  # a retry changes nothing
        ended = _put(platform, ended_at=NOON - 5 * HOUR)

        assert ended.json["ended_at"] == "2025-03-10T12:03:00.000Z"
        assert _warned(ended) == ["ended_at"]
        wall.shift(SECOND)
    assert "before the start" in ended.json["warnings"][0]["message"]


def test_an_end_in_an_event_before_the_known_start_is_the_events_time(service: Service) -> None:
    service.start_call(CALLER, at=NOON - MINUTE, call_uuid=CALL)
    detail = {
        "call_uuid": CALL,
        "started_at": (NOON - 6 * HOUR).isoformat(),
        "ended_at": (NOON - 5 * HOUR).isoformat(),
    }
    event = {"detail-type": "Call Ended", "time": "2025-03-10T11:59:59Z", "detail": detail}
    service.deliver(json.dumps(event))

    assert service.call(CALL).ended_at == NOON - SECOND
    line = next(line for line in service.lines() if line.get("warnings"))
    assert line["warnings"][0].startswith("detail.ended_at: is before the start")


def test_the_start_of_a_phone_systems_leg_moves_as_well(platform: Platform) -> None:
    first = _vonage(platform, "started", direction="outbound")
    last = _vonage(
        platform,
        "completed",
        direction="outbound",
        **{"from": "15165550100", "to": "15165550171"},
        start_time="2025-03-10T11:20:05.000Z",
        end_time="2025-03-10T11:24:06.000Z",
    )

    assert first.json["started_at"] == "2025-03-10T12:00:00.000Z"
    assert last.json["caller_number"] == CALLER
    assert last.json["started_at"] == "2025-03-10T11:20:05.000Z"
    assert last.json["ended_at"] == "2025-03-10T11:24:06.000Z"
    assert _warned(last) == []


def test_an_answer_that_comes_later_does_not_move_the_start(
    platform: Platform, wall: time_machine.Traveller
) -> None:
    _vonage(platform, "ringing", direction="inbound", **{"from": "15165550171"})
    wall.shift(20 * SECOND)
    answered = _vonage(
        platform, "answered", direction="inbound", timestamp="2025-03-10T12:00:19.500Z"
    )

    assert answered.json["started_at"] == "2025-03-10T12:00:00.000Z"


def test_a_usual_call_takes_no_more_requests_for_its_times(
    service: Service, platform: Platform, wire: Wire, wall: time_machine.Traveller
) -> None:
    _put(platform, caller_number=CALLER)
    sent = wire.sent(service.platform_api._client)
    wall.shift(4 * MINUTE)
    _put(platform, ended_at=NOON + 4 * MINUTE - SECOND)

    # Beside the read of the key.
    assert sorted(sent) == ["GetItem", "Query", "Query", "UpdateItem"]


@pytest.mark.parametrize(("early", "is_warned"), [(0.6, False), (0.999, False), (1, True)])
def test_an_end_in_whole_seconds_is_no_wrong_end_of_a_short_call(
    platform: Platform, early: float, is_warned: bool
) -> None:
    _put(platform, caller_number=CALLER, started_at=(NOON - MINUTE).isoformat())

    end = _put(platform, ended_at=(NOON - MINUTE - early * SECOND).isoformat())

    assert end.json["call_status"] == "completed"
    assert bool(_warned(end)) is is_warned
