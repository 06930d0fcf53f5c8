"""What holds of every call event and every operator's body: read, or refused in our words."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from functions.call_events import schemas
from functions.operator_api.schemas import KeyChangesBody, NewKeyBody, PublisherBody
from shared.domain.errors import InvalidInput
from shared.domain.reported_times import MAX_CLOCK_SKEW
from tests.unit import wild

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL_UUID = "9b653cf0-4835-493b-860c-aed9b7af2a4a"
MARK = "MARKED"

moments = st.one_of(
    st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    st.sampled_from(
        [
            *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
            *("2026-11-23T08:05:31Z", "2026-11-23T09:04:59Z", "2026-11-23T09:05:01Z", MARK),
        ]
    ),
    wild.json_values,
)
details = st.fixed_dictionaries(
    {},
    optional={
        "call_uuid": st.just(CALL_UUID) | st.uuids().map(str) | wild.json_values,
        "caller_number": st.just("+15551234567") | st.just(MARK) | wild.json_values,
        "campaign_id": wild.json_values,
        "dialed_number": wild.json_values,
        "started_at": moments,
        "ended_at": moments,
        MARK: wild.json_values,
    },
)
detail_types = st.sampled_from(["Call Started", "Call Ended", MARK]) | wild.json_values
events = st.fixed_dictionaries(
    {"detail-type": detail_types, "detail": details | wild.json_values},
    optional={"time": moments, MARK: wild.json_values},
)


def _event_or_refusal(text: str) -> schemas.CallEvent | InvalidInput:
    try:
        return schemas.parse(text)
    except InvalidInput as refusal:
        return refusal


def _check_event(text: str) -> None:
    event = _event_or_refusal(text)
    if isinstance(event, InvalidInput):
        assert event.problems
        assert MARK not in str(event)
        assert all(len(problem.message) < 300 for problem in event.problems)
        return
    schemas.settle_times(event, NOW)
    call = schemas.to_call(event.detail, "US")
    assert call.caller_number is None or re.fullmatch(r"\+[0-9]{8,15}", call.caller_number)
    assert call.started_at <= NOW + MAX_CLOCK_SKEW
    assert call.ended_at is None or call.started_at <= call.ended_at <= NOW + MAX_CLOCK_SKEW
    for text_or_none in (call.campaign_id, call.dialed_number):
        assert text_or_none is None or 0 < len(text_or_none) <= 256


@given(events)
def test_any_report_of_the_platform_is_a_call_or_a_refusal_that_does_not_quote_it(
    event: Mapping[str, Any],
) -> None:
    _check_event(wild.to_json(event))


@given(st.one_of(wild.text, wild.json_values.map(wild.to_json), st.text('{}[]":,0', max_size=400)))
def test_any_message_in_the_queue_is_a_call_or_a_refusal(text: str) -> None:
    _check_event(text)


def test_a_malformed_detail_type_of_any_size_is_refused_in_a_few_words() -> None:
    _check_event(json.dumps({"detail-type": MARK * 30_000, "detail": {}}))
    _check_event(json.dumps({"detail-type": {MARK: [MARK] * 1000}, "detail": {}}))


durations = st.one_of(
    wild.json_values,
    st.integers(-(10**12), 10**12),
    st.floats(),
    st.sampled_from(
        ["PT36H", "P1D", "-PT1S", "9" * 5000, "60", "1e9", "\u0663\u0663\u0663", "P9W"]
    ),
)
names = st.text(max_size=220) | wild.json_values
bodies = st.fixed_dictionaries(
    {},
    optional={
        "name": names,
        "storage_duration": durations,
        "end_call_cutoff": durations,
        "default_region": st.sampled_from(["US", " gb ", "XX", "001"]) | wild.json_values,
        "paused": st.booleans() | wild.json_values,
        "note": st.text(max_size=520) | wild.json_values,
        "expires_at": moments | st.none(),
        "expects_every": durations | st.none(),
        "match_rate_floor": st.floats() | wild.json_values,
        MARK: wild.json_values,
    },
)


def _read(model: type[BaseModel], body: object) -> Any:
    try:
        return model.model_validate(body)
    except ValidationError:
        return None


@given(bodies | wild.json_values)
def test_any_body_of_an_operator_is_a_key_within_the_limits_or_a_refusal(body: object) -> None:
    key = _read(NewKeyBody, body)

    if key:
        assert timedelta(minutes=1) <= key.storage_duration <= timedelta(days=30)
        assert timedelta(0) <= key.end_call_cutoff <= timedelta(days=7)
        assert key.storage_duration.microseconds == key.end_call_cutoff.microseconds == 0
        assert 1 <= len(key.name) <= 200
        assert re.fullmatch("[A-Z]{2}", key.default_region)
        assert len(key.note) <= 500
        assert key.expires_at is None or 2000 <= key.expires_at.year < 2100
        assert key.expects_every is None or key.expects_every >= timedelta(minutes=5)
        assert key.match_rate_floor is None or 0.01 <= key.match_rate_floor <= 1


@given(bodies | wild.json_values)
def test_any_body_of_an_operator_is_a_change_or_a_refusal(body: object) -> None:
    changed = _read(KeyChangesBody, body)
    if changed is None:
        return
    try:
        changes = changed.changes()
    except InvalidInput:
        assert body == {}
    else:
        assert isinstance(body, dict)
        assert changes.keys() == body.keys()


@given(bodies | wild.json_values)
def test_any_body_of_an_operator_is_a_publisher_or_a_refusal(body: object) -> None:
    publisher = _read(PublisherBody, body)

    assert publisher is None or 1 <= len(publisher.name) <= 200
