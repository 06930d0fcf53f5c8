"""The words of the instructions for one key; the responses are in responses.py, common mistakes in
mistakes.py, the programs in snippets.py, the parts of web pages in page_snippets.py."""

from datetime import timedelta

from shared.domain import caller_numbers, postings
from shared.domain.keys import PostbackKey, Publisher
from shared.domain.postings import Status
from shared.instructions import links, mistakes, page_snippets, responses, snippets
from shared.instructions.document import (
    Bullets,
    Code,
    Document,
    Paragraph,
    Section,
    Table,
    TestForm,
)
from shared.instructions.durations import to_minute, to_words

EXAMPLE_TAGS = "zip=90210\nprequalified=true"


def compose(key: PostbackKey, publisher: Publisher, posting_url: str) -> Document:
    """Return the instructions of a key, with all its links below `posting_url`."""
    link = links.posting_link(posting_url, key.key)
    return Document(
        title="Posting instructions",
        addressee="for {publisher}, key {key}",
        publisher_name=publisher.name,
        key_name=key.name,
        warning=_warning(key),
        introduction=(
            "You know something about a caller: a zip code, an age, that they are prequalified. "
            "Send it as tags to the link below, together with the caller’s number. The tags are "
            "applied to that caller’s phone call, whether you send them before, during or after it."
        ),
        contents_title="On this page",
        sections=[
            _link_section(link),
            _test_section(key, link),
            Section("code", "Code to paste", [_ABOUT_CODE, *snippets.snippets(link)]),
            Section(
                "pages",
                "Forms, pixels and beacons",
                [_ABOUT_PAGES, *page_snippets.page_snippets(link)],
            ),
            _timing_section(key),
            _parameters_section(key),
            responses.responses_section(key),
            responses.errors_section(key),
            mistakes.mistakes_section(key),
            _questions_section(),
        ],
        closing=(
            "If you have this page as a file, the latest version is at this link, which contains "
            "the key:"
        ),
        link=links.instructions_link(posting_url, key.key),
    )


_PAUSED = (
    "This key is paused: postings get a 403, and their tags are not stored. Ask the sender of this "
    "page to resume it. Resuming takes effect within 30 seconds."
)


def _warning(key: PostbackKey) -> str | None:
    """Return the warning at the top of the page. It does not name the key's successor: who has this
    link need not know that."""
    warnings = [_PAUSED] if key.paused else []
    if key.expires_at:
        warnings.append(
            f"This key is valid until {to_minute(key.expires_at)}. Later postings get a 403, and "
            "their tags are not stored. Ask the sender of this page for a new posting link in time."
        )
    return " ".join(warnings) or None


_ABOUT_CODE = Paragraph(
    "Each of these programs runs as it is, sends two tags for a number that does not exist, and "
    "prints the response. Replace the number and the tags with yours. All of them try up to three "
    "times, with a longer pause each time, after a 429, a 5xx or a lost connection. If the first "
    "try arrived after all, the same tags are stored again with the same values, which does no "
    "harm. Only if you posted other values for these tags in between, the retry replaces them."
)

_ABOUT_PAGES = Paragraph(
    "These work from a page at any address, also where no other code can run. Nothing reports an "
    "error to you, so send a test posting with the same fields first, and ask the sender of this "
    "page whether the tags arrived."
)


def _link_section(link: str) -> Section:
    return Section(
        "link",
        "Your posting link",
        [
            Code(link),
            Paragraph(
                "Add parameters to it, by `GET` or `POST`. Anyone who has the key in the link can "
                "post tags in your name and read this page, but nothing else. On a web page, your "
                "visitors can see the key; that is all right. If it is abused, ask for a new one."
            ),
        ],
    )


def _test_section(key: PostbackKey, link: str) -> Section:
    storage = to_words(key.storage_duration)
    return Section(
        "test",
        "Send a test posting",
        [
            TestForm(
                posting_link=link,
                caller_label="Caller’s number",
                caller_number=snippets.CALLER_NUMBER,
                tags_label="Tags, one per line: name=value",
                tags=EXAMPLE_TAGS,
                button="Send the posting",
                without_script="This form needs JavaScript. The code below does not.",
                without_browser="To send a test posting with a form, open this page in a browser:",
                advice=[
                    *((f"200 {status}", text) for status, text in responses.successes(key)),
                    *responses.errors(key),
                    ("", responses.OTHER_ERROR),
                ],
            ),
            Bullets(
                [
                    (
                        f"`{snippets.CALLER_NUMBER}` is reserved for fiction, and no call comes "
                        f"from it. Tags for it wait {storage} and are then deleted."
                    ),
                    (
                        "To see tags reach a call, post them for the number of your own phone, "
                        "then call the campaign’s number. If you post again before you hang up, "
                        f"the status is `{Status.APPLIED_IN_PROGRESS}`."
                    ),
                    (
                        "The sender of this page can look up what happened to any posting. Give "
                        "them the caller’s number and the time."
                    ),
                ]
            ),
        ],
    )


def _timing_section(key: PostbackKey) -> Section:
    rows = [
        ("before the call", f"The tags wait {to_words(key.storage_duration)} for the call."),
        ("during the call", "The tags are applied to the call at once."),
        ("after the call", _after_the_call(key.end_call_cutoff)),
    ]
    return Section(
        "timing",
        "When to post",
        [
            Table("posted", "what happens, with your key", rows),
            Paragraph(
                "A posting is applied to one call only. If several postings have the same tag for "
                "a call, the last one wins. Sending a posting twice does no harm."
            ),
        ],
    )


def _after_the_call(cutoff: timedelta) -> str:
    too_late = (
        "tags with `caller_number` wait for the caller’s next call, and tags with `call_uuid` are "
        "refused"
    )
    if not cutoff:
        return f"It is too late for that call: {too_late}."
    until = to_words(cutoff)
    return f"The tags are applied to the call up to {until} after it ended. Later, {too_late}."


def _parameters_section(key: PostbackKey) -> Section:
    rows = [
        ("`key`", "Your key. It is in the posting link already."),
        ("`caller_number`", _about_numbers(key.default_region)),
        (
            "`call_uuid`",
            (
                "The ID of the call to tag, as the phone system writes it. Send it instead of "
                "`caller_number` if you know it. If you send both, `call_uuid` decides."
            ),
        ),
        (
            "anything else",
            (
                "A tag: a name and a value of your choice, such as `zip=90210`. Agree on the names "
                "with the sender of this page. Names are case-sensitive: `Zip` and `zip` are two "
                "tags."
            ),
        ),
    ]
    return Section(
        "parameters",
        "Parameters",
        [
            Table("name", "what it is", rows),
            Paragraph(
                "Send them in the query string, by `GET` or `POST`, or in the body of a `POST`: "
                "as `application/x-www-form-urlencoded`, as `application/json` (one object such "
                'as `{"caller_number": "+12025550123", "age": 39}`) or as `multipart/form-data`. '
                "Prefer `POST` with a body for anything personal: links end up in logs and browser "
                "histories."
            ),
            Bullets(
                [
                    f"1 to {postings.MAX_TAGS} tags in a posting",
                    (
                        f"names of 1 to {postings.MAX_NAME_LENGTH} characters, values of up to "
                        f"{postings.MAX_VALUE_LENGTH:,} characters; a value may be empty"
                    ),
                    "no control characters, except line breaks and tabs in values",
                    (
                        f"a body of {responses.BODY_KIB} KiB or less, a query string of about 8 KB "
                        "or less"
                    ),
                ]
            ),
        ],
    )


def _about_numbers(region: str) -> str:
    return (
        "The caller’s phone number, preferably as a plus, country code and number: "
        "`+12025550123`. Without a plus it is read as a number of region "
        f"`{region}` (+{caller_numbers.country_code(region)}), or, if that is not possible, as if "
        "it had a plus. Spaces, `-.()/` and a plus that is not percent-encoded do no harm."
    )


def _questions_section() -> Section:
    return Section(
        "questions",
        "If something is not clear",
        [
            Paragraph(
                "Ask the sender of this page. Give them the time, the caller’s number and, for an "
                "error, the `request_id`, by which they find your posting. Do not pass the posting "
                "link on: anyone who has it can post in your name."
            )
        ],
    )
