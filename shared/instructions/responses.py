"""The responses to a posting: what each means, and what to do about it."""

import json
from collections.abc import Sequence

from shared.domain import caller_numbers
from shared.domain.errors import InvalidCallerNumber
from shared.domain.keys import PostbackKey
from shared.domain.postings import Status
from shared.instructions import snippets
from shared.instructions.document import Code, Paragraph, Section, Table
from shared.instructions.durations import to_words

BODY_KIB = 64
"""Maximum size of a posting's body in KiB. functions/data_writing enforces it."""


def responses_section(key: PostbackKey) -> Section:
    response = {
        "tag_values": snippets.TAGS,
        "caller_number": snippets.CALLER_NUMBER,
        "status": Status.STORED,
    }
    rows = [(f"`{status}`", text) for status, text in successes(key)]
    return Section(
        "responses",
        "Responses",
        [
            Paragraph(
                "A response with status code 200 is a promise: the tags are stored safely, and you "
                "are done. The response shows how your posting was read. Its `status` says what "
                "happened to the tags."
            ),
            Code(_json(response), "json"),
            Table("status", "meaning", rows),
            Paragraph(
                "If the service repaired, guessed or left out something, the response also has "
                "`warnings`, one sentence each. The tags are stored all the same."
            ),
        ],
    )


def successes(key: PostbackKey) -> Sequence[tuple[str, str]]:
    """Return each status with its meaning."""
    rarely = "" if key.end_call_cutoff else " With your key this is rare."
    return [
        (
            Status.STORED,
            (
                "There is no call for the tags yet. They are stored, and wait "
                f"{to_words(key.storage_duration)} for the caller’s next call."
            ),
        ),
        (Status.APPLIED_IN_PROGRESS, "The tags were applied to the caller’s current call."),
        (
            Status.APPLIED_COMPLETED,
            f"The tags were applied to a call that has just ended.{rarely}",
        ),
    ]


def errors_section(key: PostbackKey) -> Section:
    return Section(
        "errors",
        "Errors and what to do",
        [
            Table("code", "what is wrong, and what to do", [*errors(key), ("other", OTHER_ERROR)]),
            Paragraph("An error response names each parameter that is wrong, and the reason:"),
            Code(_json(_example_error(key.default_region)), "json"),
        ],
    )


def errors(key: PostbackKey) -> Sequence[tuple[str, str]]:
    """Return each error's status code with its meaning and what to do."""
    cutoff = to_words(key.end_call_cutoff)
    too_late = (
        f"ended more than {cutoff} before" if key.end_call_cutoff else "had ended when you posted"
    )
    return [
        ("401", "The key is missing or unknown. Copy the whole posting link again."),
        (
            "403",
            (
                "The key is paused or has expired, or the request is a link preview or a prefetch. "
                "If it is the key, ask the sender of this page to resume it, or for a new one. "
                "Until then, do not retry: the response will be the same."
            ),
        ),
        ("404", "This address does not exist. Copy the posting link again."),
        ("405", "Only `GET` and `POST` are supported. Use one of them."),
        (
            "413",
            f"The body is larger than {BODY_KIB} KiB. Send less, or several postings.",
        ),
        (
            "415",
            (
                "The body is not a form, JSON or multipart (see Parameters), or it is compressed. "
                "In a browser, give `fetch` a `URLSearchParams` or a `FormData`, or JSON with its "
                "`Content-Type`."
            ),
        ),
        (
            "422",
            (
                "The caller’s number or a tag is invalid, no tags were sent, or the call that "
                f"`call_uuid` names {too_late}, or has no room for more tags: all postings of a "
                "publisher for one call can take 100,000 bytes. `errors` says what is wrong. Fix "
                "it before you send it again: a retry gets the same response."
            ),
        ),
        (
            "429",
            (
                "Too many postings at once, with the body "
                '`{"message":"Too Many Requests"}`, more than 60 for one caller in a minute, or '
                "too many unknown keys from your address. The tags are not stored. Wait as many "
                "seconds as the header `Retry-After` says, or a few seconds without it, and retry, "
                "waiting longer each time."
            ),
        ),
        (
            "431",
            "The link is too long: it can have about 8 KB. Send the tags in the body of a `POST`.",
        ),
        (
            "503",
            (
                "The service failed, and the tags may not be stored. Wait as many seconds as the "
                "header `Retry-After` says, or a few seconds without it, and retry."
            ),
        ),
    ]


OTHER_ERROR = (
    "Another 5xx, a timeout or no response: the tags may or may not be stored. Retry after a few "
    "seconds."
)


def _example_error(region: str) -> dict[str, object]:
    """Return the response to a posting with the caller number 12."""
    try:
        caller_numbers.normalize("12", region)
    except InvalidCallerNumber as error:
        problem = {"param": "caller_number", "message": str(error)}
        return {
            "status": "error",
            "errors": [problem],
            "request_id": "1741608000000-JKJaXmPLvHcESHA=",
        }
    raise AssertionError("12 is not a phone number")


def _json(members: object) -> str:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))
