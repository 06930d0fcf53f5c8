"""The most expensive inputs: reading 64 KiB of anything takes a bounded amount of work.

Work is counted in units of a fixed loop, timed in the same run, so that a busy or slow machine
changes nothing. On an idle machine a unit takes about 1 ms of processor time.
"""

import base64
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from functions.data_writing import bodies
from shared.domain import caller_numbers, placeholders
from shared.domain.errors import InvalidCallerNumber, Refusal
from tests import hostile
from tests.hostile import FORM, JSON, MULTIPART, HostileBody
from tests.unit import gateway
from tests.unit.gateway import KEY

MAX_READING = 100
MAX_NUMBER = 5
MAX_PLACEHOLDER = 1
"""Maximum units of work to read a request, a caller number and a tag's value."""

_MEASUREMENTS = 5

PATTERNS = [
    *"&=;%+[]{}<>()\"'\\#-_*|$@a1, \t\n\r\0é\ud800",
    "a=1&",
    "a=1;",
    "a=1\n",
    "a=1\r",
    "a\n",
    "=\n",
    "\r\n",
    ";a=",
    "&amp;",
    "&key=",
    "&key=a;a",
    ";key=",
    "?a=1",
    "a=1?",
    "?key=aaaaaaaa",
    "a=1?caller_number=&",
    "&caler_number=",
    "&caller_nmuebr=",
    "&caller_number=<;a=",
    "caller_number=%2B&",
    "caller_number=+&",
    "call_uuid=++++&",
    "%F",
    "%80",
    "%E9",
    "%7B",
    "a[",
    "a[b]",
    "[][]",
    "a[0]=1&",
    "a[]=1&",
    "a[1][2][3]=1&",
    "a=true&a=false&",
    "{{",
    "{{a",
    "{{a ",
    "{{a-",
    "{}",
    "{a}",
    "{{a}}",
    "{a} ",
    "[[",
    "[a[",
    "<?",
    "<% %",
    "~a",
    "#a",
    "|a",
    "--a-",
    "$(",
    "${a",
    "--A--",
    "--A--a-",
    "[a ",
    "<a",
    "<%",
    "<<a ",
    "##a",
    "__a",
    "*|a",
    "%a",
    '"{',
    '"\\',
    '{"a":',
    '{"a":1},',
    "[{",
    '["a",',
    "[1,",
    "1E",
    "--b",
    "--b\r\n",
    "--b\n",
    "\n--",
    "\r\n--b",
    "%7B%22a%22%3A",
    "x1",
    "ext. 1 ",
    ", ;-",
    "tel:",
    "<tel:1",
    ";a=1",
    "(0)",
    "5_",
    "<b>",
    "<a ",
    "+1",
    "15,",
    "1,551",
    "&#43;",
    "&#43",
    "&amp;",
    "&lt;",
    "a=1&#39;",
    "a%u00E9",
    "a%3D1%26",
    "<a>",
    "[1],",
    "N/A,",
    "=1&",
    "a=\ufffd&",
    "cell ",
    "a b, ",
    ";tgrp=1",
    "<sip:+15551230142>,",
    "5551230142,",
    "5551230142 / ",
    "0011",
    "\\u002B",
    "\u0661",
    "\u200b",
    "\x0b",
    "\x92",
    "\ufffd",
    "%C2%92",
    "%ED%A0%BD&a=",
    "a%01=1&",
]
TYPES: list[str | None] = [
    None,
    FORM,
    JSON,
    "text/plain",
    "multipart/form-data",
    MULTIPART,
    f"{FORM}; charset=iso-8859-1",
    f"{FORM}; charset=shift_jis",
    f"{FORM}; charset=utf-16",
]


def _units(work: Callable[[], object], most: float) -> float:
    """Return the units of work. Measures again if they are not clearly fewer than `most`, since
    the machine may have been interrupted, and returns the fewest."""
    fewest = float("inf")
    for _ in range(_MEASUREMENTS):
        taken = _seconds(work)
        # A unit's own time matters only for work that takes long.
        if taken < most * 0.0002:
            return 0.0
        fewest = min(fewest, taken / _seconds(_unit))
        if fewest < most / 2:
            break
    return fewest


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _unit() -> None:
    text = ""
    for number in range(10_000):
        text = str(number)
    assert text


def _read(body: bytes | None, content_type: str | None, query: str = "zip=1") -> None:
    event: dict[str, Any] = {
        "rawPath": "/data_writing",
        "rawQueryString": query,
        "headers": {"content-type": content_type} if content_type else {},
        "requestContext": {
            "http": {"method": "GET" if body is None else "POST"},
            "requestId": "r",
            "timeEpoch": 1_741_608_000_007,
        },
    }
    if body is not None:
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    with suppress(Refusal):
        gateway.read(event).to_posting(KEY)


def _filled(pattern: str, size: int) -> bytes:
    encoded = pattern.encode("utf-8", "surrogatepass")
    return (encoded * (size // len(encoded) + 1))[:size]


@pytest.mark.parametrize("pattern", PATTERNS, ids=ascii)
def test_64_kib_of_any_pattern_take_bounded_work(pattern: str) -> None:
    body = _filled(pattern, bodies.MAX_BYTES)
    query = body.decode("utf-8", "ignore")
    value = "caller_number=" + query[:10_000].replace("&", "%26")

    units = {
        content_type: _units(lambda: _read(body, content_type), MAX_READING)  # noqa: B023
        for content_type in TYPES
    }
    units["query"] = _units(lambda: _read(None, None, query), MAX_READING)
    units["number"] = _units(lambda: _read(None, None, value), MAX_READING)

    assert max(units.values()) < MAX_READING, units


@pytest.mark.parametrize("hostile", hostile.BODIES.values(), ids=hostile.BODIES.keys())
def test_a_hostile_body_takes_bounded_work(hostile: HostileBody) -> None:
    body = hostile.body[: bodies.MAX_BYTES]

    assert _units(lambda: _read(body, hostile.content_type), MAX_READING) < MAX_READING
    assert _units(lambda: _read(body[:-1], FORM), MAX_READING) < MAX_READING


@pytest.mark.parametrize("pattern", PATTERNS, ids=ascii)
@pytest.mark.parametrize(
    "start",
    [
        "",
        "+1",
        "5551230142 ",
        "tel:",
        '"Jo" <',
        "sip:+1555123",
        "<",
        "=T(",
        "<a href=",
        "<b>5551230",
    ],
)
def test_a_number_of_any_pattern_takes_bounded_work(start: str, pattern: str) -> None:
    room = 256 - len(start)
    for text in (
        start + (pattern * room)[:room],
        start + (pattern * room)[: room - 12] + ">5551230142",
    ):
        assert _units(lambda: _normalize(text), MAX_NUMBER) < MAX_NUMBER  # noqa: B023


def _normalize(text: str) -> str | None:
    try:
        return caller_numbers.normalize(text, "GB")
    except InvalidCallerNumber:
        return None


@pytest.mark.parametrize("pattern", PATTERNS, ids=ascii)
def test_a_value_that_is_nearly_a_placeholder_takes_bounded_work(pattern: str) -> None:
    starts = ["{{", "{{a", "${", "--A--", "[", "<%=", "<", "##", "__", "*|", "%", "$$", "~", "<?"]
    for start in ["", *starts]:
        value = (start + pattern * 500)[:500]

        units = _units(lambda: placeholders.is_unfilled(value), MAX_PLACEHOLDER)  # noqa: B023
        assert units < MAX_PLACEHOLDER
