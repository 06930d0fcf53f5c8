"""The event schemas match the code that reads and writes events, with generated events."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.call_events import schemas
from shared.domain.calls import Call, Source, Tag
from shared.domain.errors import InvalidInput
from shared.domain.platform_events import event_detail
from tests import described
from tests.described import Document

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TYPES = {"call-started": "Call Started", "call-ended": "Call Ended"}
SCHEMAS = {name: described.event(name) for name in described.EVENTS}

LEAST, MOST = datetime(1970, 1, 1), datetime(2026, 11, 24)  # noqa: DTZ001
OFFSETS = st.sampled_from(["Z", "z", "+00:00", "-05:00", "+14:00"])

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
times = st.builds(
    lambda time, offset: time.isoformat() + offset, st.datetimes(LEAST, MOST), OFFSETS
)
optional = st.none() | st.integers() | st.text(max_size=256)


def details(name: str) -> st.SearchStrategy[Document]:
    """Generate event details that match the schema."""
    required = {"call_uuid": st.uuids().map(str), "started_at": times}
    if name == "call-ended":
        required["ended_at"] = times
    others = {"caller_number": optional, "campaign_id": optional, "dialed_number": optional}
    return st.fixed_dictionaries(required, optional=others | {"direction": json_values})


@st.composite
def corrupted(draw: st.DrawFn, name: str) -> Document:
    """Generate event details with one member missing or replaced by any JSON value."""
    detail = draw(details(name))
    member = draw(st.sampled_from(sorted(SCHEMAS[name]["properties"])))
    detail.pop(member, None)
    if draw(st.booleans()):
        detail[member] = draw(json_values)
    return detail


def _read(name: str, detail: Document) -> schemas.CallEvent:
    return schemas.parse(json.dumps({"detail-type": TYPES[name], "detail": detail}))


@pytest.mark.parametrize("name", TYPES)
def test_an_example_is_parsed(name: str) -> None:
    for example in SCHEMAS[name]["examples"]:
        read = _read(name, example)

        assert str(read.detail.call_uuid) == example["call_uuid"]
        assert read.type == TYPES[name]


@pytest.mark.parametrize(
    ("name", "model"),
    [("call-started", schemas.CallDetail), ("call-ended", schemas.EndedCallDetail)],
)
def test_a_schema_has_the_members_of_its_model(name: str, model: type[schemas.CallDetail]) -> None:
    fields = model.model_fields

    assert SCHEMAS[name]["properties"].keys() == fields.keys()
    assert set(SCHEMAS[name]["required"]) == {n for n, f in fields.items() if f.is_required()}


@pytest.mark.parametrize("name", TYPES)
@given(data=st.data())
def test_a_valid_event_is_parsed_without_loss(name: str, data: Any) -> None:
    detail = data.draw(details(name))

    assert described.flaws(detail, SCHEMAS[name]) == []
    read = _read(name, detail)
    assert str(read.detail.call_uuid) == detail["call_uuid"]
    assert read.detail.started_at == _time(detail["started_at"])


@pytest.mark.parametrize("name", TYPES)
@given(data=st.data())
def test_a_corrupted_event_that_is_valid_is_parsed(name: str, data: Any) -> None:
    detail = data.draw(corrupted(name))

    if not described.flaws(detail, SCHEMAS[name]):
        assert _problems(name, detail) == []


@pytest.mark.parametrize("name", TYPES)
@given(data=st.data())
def test_an_event_that_cannot_be_parsed_is_invalid_by_its_schema(name: str, data: Any) -> None:
    """The messages are our own, not those of pydantic."""
    detail = data.draw(corrupted(name))

    if problems := _problems(name, detail):
        assert described.flaws(detail, SCHEMAS[name])
        assert not [p for p in problems if "nput should" in p or "Field required" in p]


def _problems(name: str, detail: Document) -> list[str]:
    try:
        _read(name, detail)
    except InvalidInput as refusal:
        return [problem.message for problem in refusal.problems]
    return []


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text.replace("z", "Z")).astimezone(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


sources = st.builds(
    Source,
    posting_id=st.just("1795507498120-GZ0WXhTNoAMEJxA="),
    key_id=st.just("pbk_b3x6m2c7hqod"),
    publisher_id=st.just("pub_k5pqr7wlt2ya"),
    posted_at=st.datetimes(LEAST, MOST, timezones=st.just(UTC)),
)
tags = st.dictionaries(
    st.text(min_size=1, max_size=128), st.builds(Tag, st.text(max_size=2048), sources), max_size=5
)
calls = st.builds(
    Call,
    call_uuid=st.uuids().map(str),
    started_at=st.datetimes(LEAST, MOST, timezones=st.just(UTC)),
    caller_number=st.none() | st.from_regex(r"\+[0-9]{8,15}", fullmatch=True),
    campaign_id=st.none() | st.text(min_size=1, max_size=256),
    version=st.integers(1, 10**6),
    tags=tags,
)


def _closed(schema: Document) -> Document:
    """Return the schema without room for members that it does not describe."""
    return schema | {"unevaluatedProperties": False}


@given(call=calls)
def test_any_announced_call_matches_the_schema(call: Call) -> None:
    detail = json.loads(event_detail(call, NOW, timedelta(hours=4)))

    assert described.flaws(detail, _closed(SCHEMAS["call-tagged"])) == []
    assert detail["attribution"].keys() == detail["tags"].keys()


def test_a_call_with_too_many_tags_matches_the_schema(
    make_call: Callable[..., Call],
) -> None:
    source = Source(posting_id="1-a", key_id="pbk_a", publisher_id="pub_a", posted_at=NOW)
    many = {f"tag{number}": Tag("x" * 8192, source) for number in range(130)}

    detail = json.loads(event_detail(make_call(version=1, tags=many), NOW, timedelta(hours=4)))

    assert detail["tags_omitted"] is True
    assert described.flaws(detail, _closed(SCHEMAS["call-tagged"])) == []
