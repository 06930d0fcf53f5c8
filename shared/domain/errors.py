"""Every error raised on purpose. No HTTP here: the edges map classes to status codes.

CallDataWritingError
├── Refusal                 somebody sent what cannot be accepted; carries the reasons
│   ├── UnknownPath
│   ├── MethodNotAllowed
│   ├── UnknownKey
│   ├── TooManyUnknownKeys  whether the key is known was not looked up
│   ├── KeyPaused
│   ├── KeyExpired
│   ├── LinkPreview
│   ├── BodyTooLarge
│   ├── UnsupportedBody
│   ├── UnreadableBody
│   ├── InvalidInput
│   ├── CallPastCutoff
│   ├── CallFull
│   ├── CallForgotten           the caller of this call was forgotten
│   └── NotFound            an operator asked for what does not exist
├── InvalidCallerNumber     why a text is no phone number
├── RetriesExhausted        nothing was promised; trying again later may work
├── OutOfTime               the same
└── MissingSetting          the deployment is wrong
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and with which parameter (None: with the request as a whole)."""

    param: str | None
    message: str


class CallDataWritingError(Exception):
    """The root of the family."""


class Refusal(CallDataWritingError):
    """What was sent cannot be accepted, for one or more reasons."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{p.param or 'request'}: {p.message}" for p in problems))
        self.problems = problems


class UnknownPath(Refusal):
    """Nothing lives at this path."""


class MethodNotAllowed(Refusal):
    """The path exists, but does not answer this method."""


class UnknownKey(Refusal):
    """No key, or one that nobody was given."""


class TooManyUnknownKeys(Refusal):
    """The sender has tried so many unknown postback keys that this one is not looked up now."""


class KeyPaused(Refusal):
    """An operator has paused the key."""


class KeyExpired(Refusal):
    """The postback key's end had come when this was posted."""


class LinkPreview(Refusal):
    """A program looked at the link by itself: a preview in a chat, or a browser's prefetch."""


class BodyTooLarge(Refusal):
    """The body exceeds what one posting may carry."""


class UnsupportedBody(Refusal):
    """The body is of a type that is not read."""


class UnreadableBody(Refusal):
    """The body is of a type that is read, and broken."""


class InvalidInput(Refusal):
    """A parameter, or the body as a whole, is not what it must be."""


class CallPastCutoff(Refusal):
    """The call named by the posting ended longer ago than the key's end call cut-off."""


class CallFull(Refusal):
    """The call already holds as many tags as one call can."""


class CallForgotten(Refusal):
    """The caller of this call asked to be forgotten, and was."""


class NotFound(Refusal):
    """There is no such publisher, key or call."""


def reason(refusal: type[Refusal]) -> str:
    """What kind of refusal it is, for counting: InvalidInput is invalid_input."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in refusal.__name__)[1:]


class InvalidCallerNumber(CallDataWritingError):
    """The text cannot be read as a phone number; the message says why, without the number."""


class RetriesExhausted(CallDataWritingError):
    """AWS would not take what had to be written, however often it was tried."""


class OutOfTime(CallDataWritingError):
    """The time for a piece of work was up before it was done."""


class MissingSetting(CallDataWritingError):
    """An environment variable that the function needs is not set."""
