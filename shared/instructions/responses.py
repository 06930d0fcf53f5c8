"""What a posting can be answered, and what to do about it."""

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
"""The most that a posting's body may have. functions/data_writing refuses what has more."""


def responses_section(key: PostbackKey) -> Section:
    answer = {
        "tag_values": snippets.TAGS,
        "caller_number": snippets.CALLER_NUMBER,
        "status": Status.STORED,
    }
    rows = [(f"`{status}`", text) for status, text in successes(key)]
    return Section(
        "answers",
        "Answers",
        [
            Paragraph(
                "An answer with the status code 200 is a promise: the tags are stored safely, and "
                "there is nothing more to do. It says what was understood, and in `status` what "
                "became of it."
            ),
            Code(_json(answer), "json"),
            Table("status", "what it means", rows),
            Paragraph(
                "Where something had to be repaired, guessed or left out, `warnings` follows the "
                "status and says what, one sentence each. The tags are stored all the same."
            ),
        ],
    )


def successes(key: PostbackKey) -> Sequence[tuple[str, str]]:
    seldom = "" if key.end_call_cutoff else " With your key this hardly ever happens."
    return [
        (
            Status.STORED,
            (
                "There is no call to put the tags on yet. They are stored, and wait "
                f"{to_words(key.storage_duration)} for the caller’s next call."
            ),
        ),
        (Status.APPLIED_IN_PROGRESS, "The tags are on the call that is going on."),
        (Status.APPLIED_COMPLETED, f"The tags are on the call that has just ended.{seldom}"),
    ]


def errors_section(key: PostbackKey) -> Section:
    return Section(
        "errors",
        "Errors and what to do",
        [
            Table("code", "what is wrong, and what to do", [*errors(key), ("other", OTHER_ERROR)]),
            Paragraph("An error says what is wrong with which parameter:"),
            Code(_json(_example_error(key.default_region)), "json"),
        ],
    )


def errors(key: PostbackKey) -> Sequence[tuple[str, str]]:
    cutoff = to_words(key.end_call_cutoff)
    too_late = (
        f"ended more than {cutoff} before" if key.end_call_cutoff else "had ended when you posted"
    )
    return [
        (
            "401",
            "The key is missing, or is none that we know. Copy the whole posting link once more.",
        ),
        (
            "403",
            (
                "The key is paused or has expired, or the request is a link preview or a prefetch. "
                "If it is the key, ask whoever sent you this page to resume it, or for a new one; "
                "until then, sending again gets the same answer."
            ),
        ),
        ("404", "There is nothing at this address. Copy the posting link once more."),
        ("405", "Only `GET` and `POST` are answered. Use one of them."),
        ("413", f"The body has more than {BODY_KIB} KiB. Send less, or several postings."),
        (
            "415",
            (
                "The body is neither a form, JSON nor multipart (see Parameters), or it is "
                "compressed. In a browser give `fetch` a `URLSearchParams` or a `FormData`, or "
                "JSON and its `Content-Type`."
            ),
        ),
        (
            "422",
            (
                "Something in it cannot be accepted: the caller’s number, a tag, no tags at all, "
                f"or the call that `call_uuid` names {too_late}, or is full of tags. `errors` says "
                "what; mend that. Sending the same again gets the same answer."
            ),
        ),
        (
            "429",
            (
                'Too many postings at once, answered with `{"message":"Too Many Requests"}`; or '
                "too many unknown keys from your address. These tags are not stored. Wait some "
                "seconds, or as many as the header `Retry-After` says, longer each time, and send "
                "it again."
            ),
        ),
        (
            "431",
            (
                "The link is too long: some 8 KB find room in it. Send the tags in the body of a "
                "`POST`."
            ),
        ),
        (
            "503",
            (
                "The tags could not be stored, and nothing is promised. Wait as many seconds as "
                "the header `Retry-After` says, or some if there is none, and send it again."
            ),
        ),
    ]


OTHER_ERROR = (
    "Another 5xx, a time-out or no answer at all: it is not known whether the tags were stored. "
    "Send it again after some seconds."
)


def _example_error(region: str) -> dict[str, object]:
    """What a posting with the caller number 12 is answered, but for the request id."""
    try:
        caller_numbers.normalize("12", region)
    except InvalidCallerNumber as error:
        problem = {"param": "caller_number", "message": str(error)}
        return {"status": "error", "errors": [problem], "request_id": "JKJaXmPLvHcESHA="}
    raise AssertionError("12 is nobody's number")


def _json(members: object) -> str:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))
