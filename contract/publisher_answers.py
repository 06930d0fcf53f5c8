"""What postings are answered with, as the document of the posting URL describes it: for each status
code the meaning, the headers and examples."""

from collections.abc import Mapping
from typing import Any

from contract.fragments import JSON, NO_STORE, UUID, Schema, allow, answer, ref, refusal
from functions.data_writing import bodies, handler, openapi, parameters, posting, request
from functions.data_writing.posting import STATUS_CODES, UNAVAILABLE
from shared.domain import call_ids, errors
from shared.domain.errors import Refusal
from shared.domain.postings import Status
from shared.stores.key_cache import KEY_CACHE_SECONDS, TOO_MANY_GUESSES

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

_MEANINGS: Mapping[type[Refusal], str] = {
    errors.UnknownKey: "There is no key, or one that nobody was given.",
    errors.KeyPaused: "The key is paused.",
    errors.KeyExpired: "The key has expired.",
    errors.LinkPreview: "A link preview or a prefetch; nothing is stored.",
    errors.UnknownPath: "Nothing is at this path.",
    errors.MethodNotAllowed: "A method that this path does not allow.",
    errors.BodyTooLarge: f"The body has more than {bodies.MAX_BYTES:,} bytes.",
    errors.UnsupportedBody: "The body is neither a form, JSON nor multipart, or compressed.",
    errors.InvalidInput: "The caller number, a tag or the body cannot be accepted.",
    errors.CallPastCutoff: "The call named by `call_uuid` has been over for too long.",
    errors.CallFull: "The call has no room for these tags.",
    errors.TooManyUnknownKeys: "Too many requests at once, or too many unknown keys from the "
    "sender's address; send it again a little later.",
}

_UNREAD = (
    "a body of type application/xml is neither a form, JSON nor multipart, and is not read; send "
    f"it as one of them, with the Content-Type {FORM}, {JSON}, {MULTIPART}"
)
_IMPOSSIBLE = (
    "is not a possible phone number in region US, nor with a plus before it; "
    "send it as + followed by country code and number"
)
_LESS = f"send {bodies.MAX_BYTES} at most, the rest in another posting"
_ANOTHER_TARGET = "send the call's, or caller_number instead"
_NOT_STORED = "the tags could not be stored, and nothing was promised; send the posting again"

_PROBLEMS: Mapping[int, Mapping[str, Schema]] = {
    401: {
        "missing": refusal((parameters.KEY, "is missing: send the key of your posting link")),
        "unknown": refusal((parameters.KEY, request.UNKNOWN.message)),
    },
    403: {
        "paused": refusal(
            (parameters.KEY, "is paused; ask whoever gave you the posting link to resume it")
        ),
        "expired": refusal(
            (parameters.KEY, "has expired; ask whoever gave you the posting link for a new one")
        ),
        "link preview": refusal((None, posting.PREVIEW.message)),
    },
    404: {"unknown path": refusal((None, "unknown path; send postings to /data_writing"))},
    405: {"PUT": refusal((None, "PUT is not allowed here; send GET or POST"))},
    413: {"too large": refusal((None, f"the body has 65537 bytes; {_LESS}"))},
    415: {"XML": refusal((None, _UNREAD))},
    422: {
        "no caller": refusal(
            (parameters.CALLER_NUMBER, "is missing or empty, and so is call_uuid: send one of them")
        ),
        "impossible number": refusal((parameters.CALLER_NUMBER, _IMPOSSIBLE)),
        "several problems": refusal(
            (parameters.CALL_UUID, f"is no call id: that is {call_ids.RULE}; {_ANOTHER_TARGET}"),
            ("note", "the value has 8193 characters; send 8192 at most"),
        ),
        "no tags": refusal((None, "there are no tags: add at least one parameter such as age=39")),
        "another name": refusal(
            (parameters.CALLER_NUMBER, "is missing, and phone was sent: name it caller_number")
        ),
    },
    429: {
        "guessing": refusal((parameters.KEY, TOO_MANY_GUESSES.message)),
    },
    503: {"not stored": refusal((None, _NOT_STORED))},
}

_ANSWERS = {
    "stored": {
        "tag_values": {"0": "", "example_tag": "value123"},
        "caller_number": "+10123456789",
        "status": Status.STORED,
    },
    "on the call in progress": {
        "tag_values": {"prequalified": "true"},
        "caller_number": "+15551234567",
        "status": Status.APPLIED_IN_PROGRESS,
    },
    "read with a warning": {
        "tag_values": {"prequalified": "true"},
        "caller_number": "+15551234567",
        "status": Status.STORED,
        "warnings": [
            {
                "param": "caller_number",
                "message": "the extension was left out; send the number alone",
            }
        ],
    },
    "on the call that has ended": {
        "tag_values": {"age": "39", "utm_campaign": "auto"},
        "call_uuid": UUID,
        "status": Status.APPLIED_COMPLETED,
    },
}

_GATEWAYS_MESSAGES = {
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    503: "Service Unavailable",
}
"""What API Gateway itself may answer instead, in the form of its own."""

_RETRY_AFTER_SECONDS = {429: KEY_CACHE_SECONDS, UNAVAILABLE: handler.RETRY_AFTER_SECONDS}


def responses() -> Schema:
    taken = answer(
        "The tags are stored, and will be on the call.",
        ref("Accepted"),
        examples=_ANSWERS,
        headers={"Cache-Control": NO_STORE},
    )
    return {"200": taken} | _refusals() | gateways_own()


def _refusals() -> Schema:
    meanings: dict[int, list[str]] = {}
    for refused, status_code in STATUS_CODES.items():
        meanings.setdefault(status_code, []).append(_MEANINGS[refused])
    meanings[UNAVAILABLE] = ["The tags could not be stored. Nothing was promised."]
    return {str(code): _refusal(code, " ".join(each)) for code, each in sorted(meanings.items())}


def _refusal(status_code: int, meaning: str) -> Schema:
    headers = {"Cache-Control": NO_STORE}
    if status_code == 405:
        headers["Allow"] = allow(", ".join(request.METHODS), ", ".join(openapi.METHODS))
    if status_code in _RETRY_AFTER_SECONDS:
        headers["Retry-After"] = {
            "description": "After how many seconds to send the posting again.",
            "required": False,
            "schema": {"type": "integer", "examples": [_RETRY_AFTER_SECONDS[status_code]]},
        }
    examples: dict[str, Any] = dict(_PROBLEMS[status_code])
    if status_code not in _GATEWAYS_MESSAGES:
        return answer(meaning, ref("Refused"), examples=examples, headers=headers)
    examples["the gateway's own"] = {"message": _GATEWAYS_MESSAGES[status_code]}
    headers["Cache-Control"] = NO_STORE | {"required": False}
    either = {"anyOf": [ref("Refused"), ref("GatewayMessage")]}
    return answer(meaning, either, examples=examples, headers=headers)


def gateways_own() -> Schema:
    return {
        "431": {
            "description": "The request's line and headers have more than 10 KB together: post "
            "the tags in a body."
        },
        "5XX": answer(
            "API Gateway did not get an answer. Nothing was promised: send the posting again.",
            ref("GatewayMessage"),
            examples={"the gateway's own": {"message": "Internal Server Error"}},
        ),
    }
