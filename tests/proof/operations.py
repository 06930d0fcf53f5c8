"""What publishers and the platform do in a proof: the kinds of postings and of call events.

The times are the operations' own, and have nothing to do with the order in which they are handled.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from functions.operator_api.forgetting import MAX_CALLS
from shared.domain import keys, platform_keys, postings, timestamps
from shared.domain.calls import CallEventType
from shared.domain.keys import PostbackKey
from tests.integration import events

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)
"""When the call started that most of a proof is about."""
LATER = NOON + timedelta(hours=1)
"""What the functions' clock shows: it stands still, after all that happens."""

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

NUMBER = "+15551230000"
CALL = "9b653cf0-4835-493b-860c-aed9b7af2a4a"
NEXT_CALL = "1c0ffee0-4835-493b-860c-aed9b7af2a4a"
"""Of the same caller, who called again before the first call had ended."""
ANONYMOUS_CALL = "a0000000-4835-493b-860c-aed9b7af2a4a"


def _key(
    credential: str,
    storage_duration: timedelta,
    end_call_cutoff: timedelta,
    expires_at: datetime | None = None,
) -> PostbackKey:
    return PostbackKey(
        key=credential,
        key_id=keys.key_id(credential),
        publisher_id="pub_a",
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
"""Stored for a minute, and nothing goes on a call that has ended."""
ENDING = _key("5f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f", timedelta(hours=24), timedelta(hours=1), NOON)
"""Takes what was posted before noon: it has expired when anything is handled."""
KEYS = (LASTING, BRIEF, ENDING)

PLATFORM_KEY = platform_keys.credential(b"proof")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A posting, by the caller's number or, with `call_uuid`, for one call.

    `number` is that of the operation among all of a proof's; so each posting has tags of its own.
    """

    kind: str
    number: int
    at: datetime
    key: PostbackKey = LASTING
    call_uuid: str | None = None
    weight: int = 0
    is_unfilled: bool = False
    is_common: bool = False

    @property
    def posting_id(self) -> str:
        return postings.posting_id(timestamps.to_epoch_ms(self.at), self._request_id)

    @property
    def _request_id(self) -> str:
        return f"request-{self.number:03}"

    @property
    def tags(self) -> dict[str, str]:
        """One that all postings have, one that no other has, and what fills a call, if asked.

        The first is a placeholder, if asked, that nobody filled in, or all there is.
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
        """The same tags, as a publisher sends them again a little later: another posting."""
        return replace(self, number=number, at=self.at + timedelta(milliseconds=1))

    def event(self) -> dict[str, object]:
        target = {"call_uuid": self.call_uuid} if self.call_uuid else {"caller_number": NUMBER}
        body = urlencode({"key": self.key.key} | target | self.tags)
        form = "application/x-www-form-urlencoded"
        event = events.http("POST", "/data_writing", at=self.at, body=body, content_type=form)
        event["requestContext"]["requestId"] = self._request_id
        return event


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """A call event of the platform's."""

    kind: str
    number: int
    type: CallEventType
    call_uuid: str = CALL
    caller_number: str | None = NUMBER
    started_at: datetime = NOON
    ended_at: datetime | None = None
    deliveries: int = field(default=1)
    by_http: bool = False

    def again(self, number: int) -> "Tell":
        """As the queue delivers it once more, or the platform sends it."""
        return replace(self, number=number, deliveries=self.deliveries + 1)

    def event(self) -> dict[str, object]:
        detail = {
            "call_uuid": self.call_uuid,
            "caller_number": self.caller_number,
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
        }
        if self.by_http:
            return events.platform("PUT", f"/platform/calls/{self.call_uuid}", PLATFORM_KEY, detail)
        return events.sqs(json.dumps({"detail-type": self.type, "detail": detail}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """An operator has the caller forgotten: what was posted up to then."""

    kind: str
    number: int
    at: datetime
    most_calls: int = MAX_CALLS

    def again(self, number: int) -> "Forget":
        """As the operator asks again who got no good answer."""
        return replace(self, number=number)

    def event(self) -> dict[str, object]:
        return {"caller_number": NUMBER, "at": self.at, "most_calls": self.most_calls}


Operation = Post | Tell | Forget


def _post(at: timedelta, **options: object) -> Callable[[str, int], Operation]:
    return lambda kind, number: Post(kind=kind, number=number, at=NOON + at, **options)  # type: ignore[arg-type]


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
    "heavy": _post(10 * SECOND, weight=25),
    "in-time": _post(-SECOND, key=ENDING),
    "past-the-end": _post(timedelta(0), key=ENDING),
    "nobodys": _post(10 * SECOND, call_uuid=ANONYMOUS_CALL),
    "started": _started(),
    "ended": _ended(MINUTE),
    "long-ended": _ended(timedelta(hours=5)),
    "long-after": _post(timedelta(hours=4, minutes=30)),
    "http-started": _started(by_http=True),
    "http-ended": _ended(MINUTE, by_http=True),
    "http-next-started": _started(by_http=True, **_NEXT),
    "next-started": _started(**_NEXT),
    "next-ended": _ended(2 * MINUTE, **_NEXT),
    "forget": _forget(5 * SECOND),
    "forget-later": _forget(4 * MINUTE),
    "forget-by-one": _forget(4 * MINUTE, most_calls=1),
    "anonymous-started": _started(caller_number=None),
    "nobodys-started": _started(**_NOBODYS),
    "nobodys-ended": _ended(MINUTE, **_NOBODYS),
}
"""By their names in scenarios. Only `heavy` ones fill a call: six of them are too many for it."""


def make(kind: str, number: int) -> Operation:
    """Raises KeyError for a kind that there is none of."""
    return KINDS[kind](kind, number)
