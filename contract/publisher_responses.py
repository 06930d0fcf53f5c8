"""The responses to postings, in the document of the posting URL: meaning, headers and examples of
each status code."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from contract.fragments import (
    JSON,
    NO_STORE,
    REQUEST_ID,
    UUID,
    Schema,
    allow,
    error_body,
    ref,
    response,
)
from functions.data_writing import bodies, handler, openapi, parameters, posting, request
from functions.data_writing.brake import MAX_POSTINGS, TOO_MANY
from functions.data_writing.posting import STATUS_CODES
from shared.domain import call_ids, errors, spelled_digits
from shared.domain.errors import Refusal
from shared.domain.merging import MAX_SHARE_BYTES
from shared.domain.postings import Status
from shared.runtime.http import UNAVAILABLE
from shared.stores.key_cache import KEY_CACHE_SECONDS, TOO_MANY_UNKNOWN_KEYS
from shared.stores.pending import SHARE_FULL

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

_MEANINGS: Mapping[type[Refusal], str] = {
    errors.UnknownKey: "The key is missing or unknown.",
    errors.KeyPaused: "The key is paused.",
    errors.KeyExpired: "The key has expired.",
    errors.LinkPreview: "The request is a link preview or a prefetch. Nothing is stored.",
    errors.UnknownPath: "The path is unknown.",
    errors.MethodNotAllowed: "The path does not support the method.",
    errors.BodyTooLarge: f"The body is larger than {bodies.MAX_BYTES:,} bytes.",
    errors.UnsupportedBody: "The body is not a form, JSON or multipart, or it is compressed.",
    errors.InvalidInput: "The caller number, a tag or the body is invalid.",
    errors.CallPastCutoff: "The call that `call_uuid` names ended too long ago.",
    errors.CallFull: "The call has no room for these tags.",
    errors.ShareFull: f"Your tags for this call would take more than {MAX_SHARE_BYTES:,} bytes.",
    errors.TooManyPostings: f"More than {MAX_POSTINGS} postings of a key for one caller in "
    "a minute. The tags are not stored. Retry after the seconds in `Retry-After`.",
    errors.TooManyUnknownKeys: "Too many requests at once, or too many unknown keys from the "
    "sender's address. Retry a little later.",
}

_UNREAD = (
    "a body of type application/xml is not a form, JSON or multipart; send one of these, with its "
    f"Content-Type: {FORM}, {JSON}, {MULTIPART}"
)
_IMPOSSIBLE = (
    "is not a valid phone number in region US, or internationally; "
    "send + followed by the country code and number"
)
_LESS = f"send {bodies.MAX_BYTES} or fewer, and the rest in another posting"
_ANOTHER_TARGET = "send the call ID, or caller_number instead"
_NOT_STORED = "the tags may not be stored; send the posting again"

_POSTING_ID = f"1795507498120-{REQUEST_ID}"
_refusal = partial(error_body, request_id=_POSTING_ID)

_PROBLEMS: Mapping[int, Mapping[str, Schema]] = {
    401: {
        "missing": _refusal(
            (parameters.KEY, "is missing; use your posting link, which contains it")
        ),
        "unknown": _refusal((parameters.KEY, request.UNKNOWN.message)),
    },
    403: {
        "paused": _refusal(
            (parameters.KEY, "is paused; ask the person who gave you the posting link to resume it")
        ),
        "expired": _refusal(
            (
                parameters.KEY,
                "has expired; ask the person who gave you the posting link for a new one",
            )
        ),
        "link preview": _refusal((None, posting.PREVIEW.message)),
    },
    404: {"unknown path": error_body((None, "unknown path; send postings to /data_writing"))},
    405: {"PUT": error_body((None, "PUT is not allowed here; send GET or POST"))},
    413: {"too large": _refusal((None, f"the body has 65537 bytes; {_LESS}"))},
    415: {"XML": _refusal((None, _UNREAD))},
    422: {
        "no caller": _refusal(
            (
                parameters.CALLER_NUMBER,
                "is missing or empty; send caller_number or call_uuid; received: age",
            )
        ),
        "impossible number": _refusal((parameters.CALLER_NUMBER, _IMPOSSIBLE)),
        "several problems": _refusal(
            (parameters.CALL_UUID, f"is not a call ID ({call_ids.RULE}); {_ANOTHER_TARGET}"),
            ("note", "the value has 8193 characters; send at most 8192"),
        ),
        "no tags": _refusal(
            (None, "no tags were sent; add at least one parameter, such as age=39")
        ),
        "too many bytes for one call": _refusal((None, SHARE_FULL.message)),
        "another name": _refusal(
            (parameters.CALLER_NUMBER, "is missing, but phone was sent; rename it to caller_number")
        ),
    },
    429: {
        "one caller": _refusal((None, TOO_MANY.message)),
        "guessing": _refusal((parameters.KEY, TOO_MANY_UNKNOWN_KEYS)),
    },
    503: {"not stored": _refusal((None, _NOT_STORED))},
}

_SUCCESS_EXAMPLES = {
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
                "message": spelled_digits.EXTENSION,
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
"""Messages of errors that API Gateway itself may return instead."""

_RETRY_AFTER_SECONDS = {429: KEY_CACHE_SECONDS, UNAVAILABLE: handler.RETRY_AFTER_SECONDS}


def responses() -> Schema:
    return {"200": _accepted()} | _errors() | gateway_errors()


def _accepted() -> Schema:
    return response(
        "The tags are stored, and will be applied to the call.",
        ref("Accepted"),
        examples=_SUCCESS_EXAMPLES,
        headers={"Cache-Control": NO_STORE},
    )


def _errors() -> Schema:
    meanings: dict[int, list[str]] = {}
    for refused, status_code in STATUS_CODES.items():
        meanings.setdefault(status_code, []).append(_MEANINGS[refused])
    meanings[UNAVAILABLE] = ["The tags could not be stored. Nothing is promised: retry."]
    return {str(code): _error(code, " ".join(each)) for code, each in sorted(meanings.items())}


def _error(status_code: int, meaning: str) -> Schema:
    headers = {"Cache-Control": NO_STORE}
    if status_code == 405:
        headers["Allow"] = allow(", ".join(request.METHODS), ", ".join(openapi.METHODS))
    if status_code in _RETRY_AFTER_SECONDS:
        headers["Retry-After"] = {
            "description": "Seconds to wait before the retry.",
            "required": False,
            "schema": {"type": "integer", "examples": [_RETRY_AFTER_SECONDS[status_code]]},
        }
    examples: dict[str, Any] = dict(_PROBLEMS[status_code])
    if status_code not in _GATEWAYS_MESSAGES:
        return response(meaning, ref("Refused"), examples=examples, headers=headers)
    examples["the gateway's own"] = {"message": _GATEWAYS_MESSAGES[status_code]}
    headers["Cache-Control"] = NO_STORE | {"required": False}
    either = {"anyOf": [ref("Refused"), ref("GatewayMessage")]}
    return response(meaning, either, examples=examples, headers=headers)


def pixel_responses() -> Schema:
    """Describe the responses to pixels: the image, with the same status codes and headers."""
    policy = {
        "description": "Pages that isolate themselves may show the image too.",
        "required": True,
        "schema": {"const": "cross-origin"},
    }
    images: Schema = {}
    for code, described in ({"200": _accepted()} | _errors()).items():
        headers = described["headers"] | {"Cross-Origin-Resource-Policy": policy}
        is_gateways_too = int(code) in _GATEWAYS_MESSAGES
        if is_gateways_too:
            headers["Cross-Origin-Resource-Policy"] = policy | {"required": False}
        content: Schema = {"image/gif": {"schema": {"type": "string", "format": "binary"}}}
        if is_gateways_too:
            content[JSON] = {"schema": ref("GatewayMessage")}
        images[code] = described | {"headers": headers, "content": content}
    return images | gateway_errors()


def gateway_errors() -> Schema:
    return {
        "431": {
            "description": "The request line and headers together are larger than 10 KB. Post "
            "the tags in a body."
        },
        "5XX": response(
            "API Gateway got no response from the service. Nothing is promised: retry.",
            ref("GatewayMessage"),
            examples={"the gateway's own": {"message": "Internal Server Error"}},
        ),
    }
