"""Legs that go on under another call ID: transfers between Vonage's conversations."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from shared.domain.keys import PostbackKey
from tests.integration.events import MINUTE, NOON, SECOND, new_caller_number
from tests.integration.service import Response, Service
from tests.integration.test_platform_api import Platform

FIRST, SECOND_ROOM, THIRD = "CON-7f01-first", "CON-7f02-second", "CON-7f03-third"
CALLERS_LEG, AGENTS_LEG = "5e1c0b7d92f84a6fb3a9c0d1e2f30415", "0f9e8d7c-6b5a-4938-8271-605f4e3d2c1b"
OURS, AGENT = "15165550100", "15165550190"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOON + MINUTE, tick=False):
        yield


@pytest.fixture
def platform(service: Service) -> Platform:
    return Platform(service)


@pytest.fixture
def caller() -> str:
    return new_caller_number()


def _event(
    platform: Platform, conversation: str, status: str, caller: str, *, after: timedelta = SECOND
) -> Response:
    return _send(
        platform,
        conversation_uuid=conversation,
        uuid=CALLERS_LEG,
        status=status,
        direction="inbound",
        to=OURS,
        timestamp=(NOON + after).isoformat(),
        **{"from": caller.removeprefix("+")},
    )


def _agent(platform: Platform, conversation: str, status: str, caller: str) -> Response:
    return _send(
        platform,
        conversation_uuid=conversation,
        uuid=AGENTS_LEG,
        status=status,
        direction="outbound",
        to=AGENT,
        timestamp=(NOON + 9 * SECOND).isoformat(),
        **{"from": caller.removeprefix("+")},
    )


def _transfer(platform: Platform, from_uuid: str, to_uuid: str, leg: str = CALLERS_LEG) -> Response:
    return _send(
        platform,
        type="transfer",
        conversation_uuid_from=from_uuid,
        conversation_uuid_to=to_uuid,
        uuid=leg,
        timestamp=(NOON + 5 * SECOND).isoformat(),
    )


def _send(platform: Platform, **members: Any) -> Response:
    return platform.send("POST", "/platform/calls", members)


def test_the_end_of_a_callers_leg_that_has_moved_ends_the_call_that_it_began(
    service: Service, platform: Platform, key: PostbackKey, caller: str
) -> None:
    _event(platform, FIRST, "started", caller)
    moved = _transfer(platform, FIRST, SECOND_ROOM)
    service.post(key, at=NOON + 8 * SECOND, caller_number=caller, zip="90210")

    agents_end = _agent(platform, SECOND_ROOM, "completed", caller)
    still_open = service.call(FIRST)
    end = _event(platform, SECOND_ROOM, "completed", caller, after=30 * SECOND)

    assert (moved.status_code, moved.json["reason"]) == (202, f"leg of call {FIRST}")
    assert (agents_end.status_code, still_open.ended_at) == (202, None)
    assert (end.json["call_uuid"], end.json["tags"]) == (FIRST, {"zip": "90210"})
    assert service.call(FIRST).ended_at == NOON + 30 * SECOND
    assert service.platform_api.calls.get(SECOND_ROOM) is None


def test_a_leg_may_move_more_than_once(service: Service, platform: Platform, caller: str) -> None:
    _event(platform, FIRST, "started", caller)
    _transfer(platform, FIRST, SECOND_ROOM)
    _transfer(platform, SECOND_ROOM, THIRD)

    end = _event(platform, THIRD, "completed", caller)

    assert end.json["call_uuid"] == FIRST
    assert service.call(FIRST).ended_at


def test_two_callers_may_move_to_one_conference(
    service: Service, platform: Platform, caller: str
) -> None:
    other_caller, others_leg = new_caller_number(), "66aa0b7d92f84a6fb3a9c0d1e2f30499"
    _event(platform, FIRST, "started", caller)
    other = {"uuid": others_leg, "direction": "inbound", "to": OURS, "from": other_caller[1:]}
    time = (NOON + SECOND).isoformat()
    _send(platform, conversation_uuid=THIRD, status="started", timestamp=time, **other)
    _transfer(platform, FIRST, SECOND_ROOM)
    _transfer(platform, THIRD, SECOND_ROOM, leg=others_leg)

    _send(platform, conversation_uuid=SECOND_ROOM, status="completed", timestamp=time, **other)

    assert service.call(FIRST).ended_at is None
    assert service.call(THIRD).ended_at
    _event(platform, SECOND_ROOM, "completed", caller)
    assert service.call(FIRST).ended_at


def test_a_posting_by_the_ids_of_a_leg_that_has_moved_finds_its_call(
    service: Service, platform: Platform, key: PostbackKey, caller: str
) -> None:
    _event(platform, FIRST, "started", caller)
    _transfer(platform, FIRST, SECOND_ROOM)

    service.post(key, at=NOON + 8 * SECOND, call_uuid=SECOND_ROOM, zip="90210")
    service.post(key, at=NOON + 9 * SECOND, call_uuid=CALLERS_LEG, age="39")

    assert service.tags(FIRST) == {"zip": "90210", "age": "39"}


@pytest.mark.parametrize("leg", [AGENTS_LEG, "1c0b7d92-0000-4a6f-b3a9-c0d1e2f30415"])
def test_another_leg_that_moves_takes_no_call_along(
    service: Service, platform: Platform, caller: str, leg: str
) -> None:
    _event(platform, FIRST, "started", caller)
    _agent(platform, FIRST, "started", caller)

    moved = _transfer(platform, FIRST, SECOND_ROOM, leg=leg)
    next_call = _event(platform, SECOND_ROOM, "started", new_caller_number())

    assert moved.status_code == 202
    assert next_call.json["call_uuid"] == SECOND_ROOM
    assert service.call(FIRST).ended_at is None


def test_a_transfer_of_an_unknown_call_changes_nothing(
    service: Service, platform: Platform, caller: str
) -> None:
    assert _transfer(platform, FIRST, SECOND_ROOM).status_code == 202
    assert _transfer(platform, FIRST, FIRST).status_code == 202

    assert _event(platform, SECOND_ROOM, "started", caller).status_code == 200
