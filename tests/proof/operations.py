"""The operations of a proof: kinds of postings, call reports, and requests to forget a caller.

An operation's times do not depend on the order in which operations are handled.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from functions.operator_api.forgetting import MAX_CALLS
from shared.domain import keys, platform_keys, postings, timestamps
from shared.domain.calls import INBOUND, OUTBOUND, CallEventType
from shared.domain.keys import PostbackKey
from tests.integration import events

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)
"""The start of the call that most operations are about."""
LATER = NOON + timedelta(hours=6)
"""The time of the functions' clock, which does not move: after all operations."""

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

NUMBER = "+15551230000"
CALL = "9b653cf0-4835-493b-860c-aed9b7af2a4a"
NEXT_CALL = "1c0ffee0-4835-493b-860c-aed9b7af2a4a"
"""Another call of the same caller, started before the first one ended."""
AGENT = "+15551230077"
"""The number of an agent whose phone rings as another leg of the call."""
OURS = "+15551239999"
CHILD = "c0000000-4835-493b-860c-aed9b7af2a4a"
"""The ID of a leg of CALL that has an ID of its own."""
CALLERS_LEG, AGENTS_LEG, NEXT_LEG = "leg-caller", "leg-agent", "leg-next"
ANONYMOUS_CALL = "a0000000-4835-493b-860c-aed9b7af2a4a"


def _key(
    credential: str,
    storage_duration: timedelta,
    end_call_cutoff: timedelta,
    expires_at: datetime | None = None,
    publisher_id: str = "pub_a",
) -> PostbackKey:
    return PostbackKey(
        key=credential,
        key_id=keys.key_id(credential),
        publisher_id=publisher_id,
        name="main",
        storage_duration=storage_duration,
        end_call_cutoff=end_call_cutoff,
        default_region="US",
        paused=False,
        created_at=NOON,
        expires_at=expires_at,
    )


LASTING = _key("3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f", timedelta(hours=24), timedelta(hours=1))
BRIEF = _key("4f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f", timedelta(minutes=1), timedelta(0))
"""Stores postings for a minute, and applies nothing to a call that has ended."""
ENDING = _key("5f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f", timedelta(hours=24), timedelta(hours=1), NOON)
"""Expires at noon: it accepts postings that arrived before, even if handled later."""
HEAVY = tuple(
    _key(
        f"6f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e{n:02x}",
        timedelta(hours=24),
        timedelta(hours=1),
        publisher_id=f"pub_heavy{n}",
    )
    for n in range(20)
)
"""Keys of different publishers, so that each may fill its own share of a call."""
KEYS = (LASTING, BRIEF, ENDING, *HEAVY)

PLATFORM_KEY = platform_keys.credential(b"proof")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A posting, for the caller's number or, with `call_uuid`, for one call.

    `number` is the operation's number, which gives each posting a tag of its own. If `is_braked`,
    the key has posted for the caller as often as it may just before.
    """

    kind: str
    number: int
    at: datetime
    key: PostbackKey = LASTING
    call_uuid: str | None = None
    caller_number: str = NUMBER
    weight: int = 0
    is_unfilled: bool = False
    is_common: bool = False
    is_braked: bool = False

    @property
    def posting_id(self) -> str:
        return postings.posting_id(timestamps.to_epoch_ms(self.at), self._request_id)

    @property
    def _request_id(self) -> str:
        return f"request-{self.number:03}"

    @property
    def tags(self) -> dict[str, str]:
        """A tag that all postings have, a tag of this posting alone, and ballast for the weight.

        The first is an unfilled placeholder if `is_unfilled`, and the only one if `is_common`.
        """
        age = "{{age}}" if self.is_unfilled else str(self.number)
        if self.is_common:
            return {"age": age}
        ballast = {f"ballast{self.number}_{i}": "x" * 2000 for i in range(self.weight)}
        return {"age": age, f"own{self.number}": "yes"} | ballast

    @property
    def stored_until(self) -> datetime:
        return self.at + self.key.storage_duration

    def again(self, number: int) -> "Post":
        """Return a retry of the publisher with the same tags: another posting, a little later."""
        return replace(self, number=number, at=self.at + timedelta(milliseconds=1))

    def event(self) -> dict[str, object]:
        target = (
            {"call_uuid": self.call_uuid}
            if self.call_uuid
            else {"caller_number": self.caller_number}
        )
        body = urlencode({"key": self.key.key} | target | self.tags)
        form = "application/x-www-form-urlencoded"
        event = events.http("POST", "/data_writing", at=self.at, body=body, content_type=form)
        event["requestContext"]["requestId"] = self._request_id
        return event


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """A report of the platform about a call. Over HTTP it need not say when the call started."""

    kind: str
    number: int
    type: CallEventType
    call_uuid: str = CALL
    caller_number: str | None = NUMBER
    started_at: datetime | None = NOON
    ended_at: datetime | None = None
    deliveries: int = field(default=1)
    by_http: bool = False

    def again(self, number: int) -> "Tell":
        """Return it as the queue delivers it again, or the platform sends it again."""
        return replace(self, number=number, deliveries=self.deliveries + 1)

    def event(self) -> dict[str, object]:
        detail = {
            "call_uuid": self.call_uuid,
            "caller_number": self.caller_number,
            "started_at": self.started_at.isoformat() if self.started_at else None,
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
        }
        if self.by_http:
            return events.platform("PUT", f"/platform/calls/{self.call_uuid}", PLATFORM_KEY, detail)
        return events.sqs(json.dumps({"detail-type": self.type, "detail": detail}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """An operator's request to forget the caller and all postings up to `at`."""

    kind: str
    number: int
    at: datetime
    most_calls: int = MAX_CALLS

    def again(self, number: int) -> "Forget":
        """Return the operator's retry after an error."""
        return replace(self, number=number)

    def event(self) -> dict[str, object]:
        return {"caller_number": NUMBER, "at": self.at, "most_calls": self.most_calls}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLeg:
    """A phone system's report about a leg: of the call CALL, or of a leg with an ID of its own.

    `calling` and `called` are both sides of a leg that shares the call's ID. With `parent` the ID
    is a leg's; with `is_bare` it is a leg's, too, and the report does not say so.
    """

    kind: str
    number: int
    leg_id: str
    direction: str | None = None
    calling: str | None = None
    called: str | None = None
    started_at: datetime = NOON
    ended_at: datetime | None = None
    is_takeover: bool = False
    parent: str | None = None
    is_bare: bool = False
    reporter: str = "pfk_a"
    is_untimed: bool = False
    """Whether the report does not say when the leg started."""

    def again(self, number: int) -> "ReportLeg":
        return replace(self, number=number)

    def event(self) -> dict[str, object]:
        return {"report": self}


Operation = Post | Tell | ReportLeg | Forget


def _post(at: timedelta, **options: object) -> Callable[[str, int], Operation]:
    return lambda kind, number: Post(kind=kind, number=number, at=NOON + at, **options)  # type: ignore[arg-type]


def _heavy(kind: str, number: int) -> Operation:
    """Return the only posting of a publisher. The operations done before have numbers over 900."""
    key = HEAVY[number - 900 if number >= 900 else (number + 8) % len(HEAVY)]
    return Post(kind=kind, number=number, at=NOON + 10 * SECOND, weight=25, key=key)


def _forget(at: timedelta, most_calls: int = MAX_CALLS) -> Callable[[str, int], Operation]:
    return lambda kind, number: Forget(
        kind=kind, number=number, at=NOON + at, most_calls=most_calls
    )


def _started(**options: object) -> Callable[[str, int], Operation]:
    return lambda kind, number: Tell(
        kind=kind,
        number=number,
        type=CallEventType.STARTED,
        **options,  # type: ignore[arg-type]
    )


def _ended(at: timedelta, **options: object) -> Callable[[str, int], Operation]:
    return lambda kind, number: Tell(
        kind=kind,
        number=number,
        type=CallEventType.ENDED,
        ended_at=NOON + at,
        **options,  # type: ignore[arg-type]
    )


def _leg(leg_id: str, **options: object) -> Callable[[str, int], Operation]:
    return lambda kind, number: ReportLeg(kind=kind, number=number, leg_id=leg_id, **options)  # type: ignore[arg-type]


_CALLERS = {"calling": NUMBER, "called": OURS}
_AGENTS = {"calling": OURS, "called": AGENT, "started_at": NOON + 5 * SECOND}
_NEXT_CONTACT = {"direction": INBOUND, "started_at": NOON + 20 * SECOND, "is_takeover": True}

_NEXT = {"call_uuid": NEXT_CALL, "started_at": NOON + 30 * SECOND}
_NOBODYS = {"call_uuid": ANONYMOUS_CALL, "caller_number": None}

KINDS: Mapping[str, Callable[[str, int], Operation]] = {
    "before": _post(-SECOND),
    "before-by-uuid": _post(-SECOND, call_uuid=CALL),
    "expired": _post(-2 * MINUTE, key=BRIEF),
    "during": _post(10 * SECOND),
    "during-by-uuid": _post(10 * SECOND, call_uuid=CALL),
    "during-next": _post(40 * SECOND),
    "after": _post(3 * MINUTE),
    "after-by-uuid": _post(3 * MINUTE, call_uuid=CALL),
    "too-late": _post(3 * MINUTE, key=BRIEF),
    "too-late-by-uuid": _post(3 * MINUTE, key=BRIEF, call_uuid=CALL),
    "refused-by-uuid": _post(timedelta(0), key=ENDING, call_uuid=CALL),
    "common-by-uuid": _post(-SECOND, call_uuid=CALL, is_common=True),
    "unfilled": _post(20 * SECOND, is_unfilled=True),
    "heavy": _heavy,
    "greedy": _post(10 * SECOND, weight=25),
    "braked": _post(10 * SECOND, is_braked=True),
    "braked-by-uuid": _post(10 * SECOND, is_braked=True, call_uuid=CALL),
    "in-time": _post(-SECOND, key=ENDING),
    "past-the-end": _post(timedelta(0), key=ENDING),
    "nobodys": _post(10 * SECOND, call_uuid=ANONYMOUS_CALL),
    "started": _started(),
    "ended": _ended(MINUTE),
    "long-ended": _ended(timedelta(hours=5)),
    "long-after": _post(timedelta(hours=4, minutes=30)),
    "http-started": _started(by_http=True),
    "http-ended": _ended(MINUTE, by_http=True),
    "http-untimed": _started(by_http=True, started_at=None),
    "http-ended-early": _ended(timedelta(hours=-5), by_http=True, started_at=None),
    "http-next-started": _started(by_http=True, **_NEXT),
    "next-started": _started(**_NEXT),
    "next-ended": _ended(2 * MINUTE, **_NEXT),
    "forget": _forget(5 * SECOND),
    "forget-later": _forget(4 * MINUTE),
    "forget-by-one": _forget(4 * MINUTE, most_calls=1),
    "anonymous-started": _started(caller_number=None),
    "caller-started": _leg(CALLERS_LEG, direction=INBOUND, **_CALLERS),
    "caller-ended": _leg(CALLERS_LEG, ended_at=NOON + MINUTE, reporter="pfk_b", **_CALLERS),
    "caller-untimed": _leg(
        CALLERS_LEG, direction=INBOUND, is_untimed=True, started_at=LATER, **_CALLERS
    ),
    "caller-ended-early": _leg(
        CALLERS_LEG,
        is_untimed=True,
        started_at=NOON - MINUTE,
        ended_at=NOON - MINUTE,
        **_CALLERS,
    ),
    "agent-started": _leg(AGENTS_LEG, direction=OUTBOUND, **_AGENTS),
    "agent-ended": _leg(AGENTS_LEG, ended_at=NOON + 30 * SECOND, **_AGENTS),
    "transferred": _leg(NEXT_LEG, **_NEXT_CONTACT),
    "transfer-ended": _leg(NEXT_LEG, ended_at=NOON + 50 * SECOND, **_NEXT_CONTACT),
    "child-started": _leg(CHILD, parent=CALL),
    "child-bare": _leg(CHILD, is_bare=True, ended_at=NOON + 2 * SECOND, **_CALLERS),
    "during-of-agent": _post(10 * SECOND, caller_number=AGENT),
    "during-by-child": _post(10 * SECOND, call_uuid=CHILD),
    "nobodys-started": _started(**_NOBODYS),
    "nobodys-ended": _ended(MINUTE, **_NOBODYS),
}
"""Operations by their names in scenarios. A call has room for five `heavy` postings, not six, and
a publisher's share of it for one `greedy` posting, not two."""


def make(kind: str, number: int) -> Operation:
    """Raises KeyError for an unknown kind."""
    return KINDS[kind](kind, number)
