"""Every error raised on purpose. The edges map the classes to HTTP status codes.

CallDataWritingError
├── Refusal                 the request cannot be accepted; has the reasons
│   ├── UnknownPath
│   ├── MethodNotAllowed
│   ├── UnknownKey
│   ├── TooManyUnknownKeys  the key was not looked up
│   ├── KeyPaused
│   ├── KeyExpired
│   ├── MissingScope        the platform key may not do this
│   ├── LinkPreview
│   ├── BodyTooLarge
│   ├── UnsupportedBody
│   ├── UnreadableBody
│   ├── InvalidInput
│   ├── CallPastCutoff
│   ├── CallFull
│   ├── ShareFull           one publisher's tags would take too much of the call
│   ├── TooManyPostings     one key posted too often for one caller
│   ├── CallForgotten       the caller of this call was forgotten
│   ├── NotFound            an operator asked for something that does not exist
│   ├── RoleTooLow          the person's role does not allow this
│   ├── TooManyLookUps      a viewer looked up too many caller numbers
│   └── Conflict            the request contradicts the state of a person
├── InvalidCallerNumber     the text is not a phone number
├── RetriesExhausted        nothing was promised; a retry later may work
├── OutOfTime               the same
└── MissingSetting          the deployment is wrong
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `param` is None if it is about the whole request."""

    param: str | None
    message: str


class CallDataWritingError(Exception):
    """The base class of all errors here."""


class Refusal(CallDataWritingError):
    """The request cannot be accepted, for one or more reasons."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{p.param or 'request'}: {p.message}" for p in problems))
        self.problems = problems


class UnknownPath(Refusal):
    """The path does not exist."""


class MethodNotAllowed(Refusal):
    """The path exists, but does not support this method."""


class UnknownKey(Refusal):
    """The key is missing or unknown."""


class TooManyUnknownKeys(Refusal):
    """The sender tried too many unknown postback keys, so this one was not looked up."""


class KeyPaused(Refusal):
    """An operator has paused the key."""


class KeyExpired(Refusal):
    """The key had expired at the time of the request."""


class MissingScope(Refusal):
    """The platform key lacks the scope that the request needs."""


class LinkPreview(Refusal):
    """A program opened the link without its user: a chat's preview or a browser's prefetch."""


class BodyTooLarge(Refusal):
    """The body is larger than a posting may be."""


class UnsupportedBody(Refusal):
    """The body's type is not supported."""


class UnreadableBody(Refusal):
    """The body's type is supported, but its content is broken."""


class InvalidInput(Refusal):
    """A parameter, or the whole body, is invalid."""


class CallPastCutoff(Refusal):
    """The call that the posting names ended longer ago than the key's end call cutoff."""


class CallFull(Refusal):
    """The call has no room for more tags."""


class ShareFull(Refusal):
    """The publisher's tags would take more of the call than one publisher's may."""


class TooManyPostings(Refusal):
    """The key posted too often for one caller. It may do so again after `retry_after` seconds."""

    def __init__(self, problem: Problem, *, retry_after: int) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class CallForgotten(Refusal):
    """The caller of this call was forgotten at their request."""


class NotFound(Refusal):
    """The publisher, key or call does not exist."""


class RoleTooLow(Refusal):
    """The person's role does not allow this request."""


class TooManyLookUps(Refusal):
    """A viewer looked up too many caller numbers. They may go on after `retry_after` seconds."""

    def __init__(self, problem: Problem, *, retry_after: int) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class Conflict(Refusal):
    """The person already exists, or is the last admin, who must stay one."""


def reason(refusal: type[Refusal]) -> str:
    """Return the refusal's kind, for counts: invalid_input for InvalidInput."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in refusal.__name__)[1:]


class InvalidCallerNumber(CallDataWritingError):
    """The text is not a phone number; the message says why, without the number."""


class RetriesExhausted(CallDataWritingError):
    """AWS refused a write in every retry."""


class OutOfTime(CallDataWritingError):
    """The time limit of the work ran out."""


class MissingSetting(CallDataWritingError):
    """An environment variable that the function needs is not set."""
