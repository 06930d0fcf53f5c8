"""The message by which an HTTP report of a call, whose time has run out, has the call events'
function apply the postings that are still pending. Pure."""

import json
from dataclasses import dataclass

from shared.domain.calls import CallEventType

_TYPE = "Apply Pending Postings"
_BEGINNING = f'{{"detail-type":"{_TYPE}",'


@dataclass(frozen=True, slots=True)
class Continuation:
    """A call, and the report whose postings are applied only in part."""

    call_uuid: str
    event: CallEventType

    def to_text(self) -> str:
        detail = {"call_uuid": self.call_uuid, "event": self.event}
        return json.dumps({"detail-type": _TYPE, "detail": detail}, separators=(",", ":"))


def read(text: str) -> Continuation | None:
    """Return the continuation in a queue's message; None for all other messages."""
    if not text.startswith(_BEGINNING):
        return None
    detail = json.loads(text)["detail"]
    return Continuation(detail["call_uuid"], CallEventType(detail["event"]))
