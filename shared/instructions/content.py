"""What the instructions say about one key; its answers in responses.py, its code in snippets.py."""

from datetime import timedelta

from shared.domain import caller_numbers, postings
from shared.domain.keys import PostbackKey, Publisher
from shared.domain.postings import Status
from shared.instructions import links, responses, snippets
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
    link = links.posting_link(posting_url, key.key)
    return Document(
        title="Posting instructions",
        whose="for {publisher}, key {key}",
        publisher_name=publisher.name,
        key_name=key.name,
        warning=_warning(key),
        introduction=(
            "You know things about a caller: a zip code, an age, that they are prequalified. Send "
            "them to the link below as tags, together with the caller’s number, and they are put "
            "on that caller’s phone call, before, during or after it."
        ),
        contents_title="On this page",
        sections=[
            _link_section(link),
            _test_section(key, link),
            Section("code", "Code to paste", [_ABOUT_CODE, *snippets.snippets(link)]),
            _timing_section(key),
            _parameters_section(key),
            responses.responses_section(key),
            responses.errors_section(key),
            _mistakes_section(key),
            _questions_section(),
        ],
        closing=(
            "If you have this page as a file, its newest version is at this link, which has the "
            "key in it:"
        ),
        link=links.instructions_link(posting_url, key.key),
    )


_PAUSED = (
    "This key is paused: every posting is answered with 403, and its tags are not kept. Ask "
    "whoever sent you this page to resume it; that takes effect within 30 seconds."
)


def _warning(key: PostbackKey) -> str | None:
    """What is to be known before all else. Whose key follows is not the page's to tell."""
    warnings = [_PAUSED] if key.paused else []
    if key.expires_at:
        warnings.append(
            f"This key is good until {to_minute(key.expires_at)}. What is posted after that is "
            "answered with 403, and its tags are not kept. Ask whoever sent you this page for a "
            "new posting link in time."
        )
    return " ".join(warnings) or None


_ABOUT_CODE = Paragraph(
    "Each of these works as it stands, sends two tags for a number that nobody has, and prints "
    "the answer. Put your caller’s number and your tags in place of those. All "
    "wait and send again if they are answered with 429 or a 5xx."
)


def _link_section(link: str) -> Section:
    return Section(
        "link",
        "Your posting link",
        [
            Code(link),
            Paragraph(
                "Add parameters to it, by `GET` or `POST`. The key in the link lets anyone who has "
                "it post tags in your name, and read this page, but nothing else. In a web page "
                "your visitors can see it; that is all right. If somebody abuses it, ask for a new "
                "one."
            ),
        ],
    )


def _test_section(key: PostbackKey, link: str) -> Section:
    waiting = to_words(key.storage_duration)
    return Section(
        "test",
        "Send a test posting",
        [
            TestForm(
                posting_link=link,
                caller_label="Caller’s number",
                caller_number=snippets.CALLER_NUMBER,
                tags_label="Tags, one on each line: name=value",
                tags=EXAMPLE_TAGS,
                button="Send the posting",
                without_script="This form needs JavaScript. The code below does not.",
                without_browser="A form that sends one is on this page as a web page:",
                advice=[
                    *((f"200 {status}", text) for status, text in responses.successes(key)),
                    *responses.errors(key),
                    ("", responses.OTHER_ERROR),
                ],
            ),
            Bullets(
                [
                    (
                        f"`{snippets.CALLER_NUMBER}` is kept for fiction, and no call comes from "
                        f"it: tags for it wait for {waiting} and are then forgotten."
                    ),
                    (
                        "To see tags reach a call, post them for the number of your own phone, "
                        "then call the campaign’s number. If you post again before you hang up, "
                        f"the answer is `{Status.APPLIED_IN_PROGRESS}`."
                    ),
                    (
                        "Whoever sent you this page can look up what became of any posting: tell "
                        "them the caller’s number and the time."
                    ),
                ]
            ),
        ],
    )


def _timing_section(key: PostbackKey) -> Section:
    rows = [
        ("before the call", f"The tags wait {to_words(key.storage_duration)} for the call."),
        ("during the call", "They are put on the call at once."),
        ("after the call", _after_the_call(key.end_call_cutoff)),
    ]
    return Section(
        "timing",
        "When to post",
        [
            Table("posted", "what happens, with your key", rows),
            Paragraph(
                "A posting goes on one call and no other. If several carry the same tag for a "
                "call, the value that was posted last counts. Sending a posting twice does no harm."
            ),
        ],
    )


def _after_the_call(cutoff: timedelta) -> str:
    too_late = (
        "with `caller_number` they wait for the caller’s next call, and with `call_uuid` they are "
        "refused"
    )
    if not cutoff:
        return f"It is too late for that call: {too_late}."
    return (
        f"They are put on the call up to {to_words(cutoff)} after the call has ended. "
        f"Later than that {too_late}."
    )


def _parameters_section(key: PostbackKey) -> Section:
    rows = [
        ("`key`", "Your key. It is in the posting link already."),
        ("`caller_number`", _about_numbers(key.default_region)),
        (
            "`call_uuid`",
            (
                "The id of the very call to tag, as the phone system spells it, if you know it, "
                "instead of `caller_number`. If you send both, `call_uuid` decides."
            ),
        ),
        (
            "anything else",
            (
                "A tag: a name and a value of your choice, such as `zip=90210`. Agree the names "
                "with whoever sent you this page. Capitals count: `Zip` is another tag than `zip`."
            ),
        ),
    ]
    return Section(
        "parameters",
        "Parameters",
        [
            Table("name", "what it is", rows),
            Paragraph(
                "They may stand in the query string, by `GET` or `POST`, or in the body of a "
                "`POST`: as `application/x-www-form-urlencoded`, as `application/json` (one "
                'object such as `{"caller_number": "+12025550123", "age": 39}`) or as '
                "`multipart/form-data`. Prefer `POST` with a body for anything personal: links "
                "end up in logs and browser histories."
            ),
            Bullets(
                [
                    f"1 to {postings.MAX_TAGS} tags in a posting",
                    (
                        f"names of 1 to {postings.MAX_NAME_LENGTH} characters, values of up to "
                        f"{postings.MAX_VALUE_LENGTH:,}; an empty value is a value"
                    ),
                    "no control characters in either, but for line breaks and tabs in values",
                    f"a body of at most {responses.BODY_KIB} KiB, a query string of some 8 KB",
                ]
            ),
        ],
    )


def _about_numbers(region: str) -> str:
    return (
        "The caller’s phone number, best as a plus, country code and number: `+12025550123`. "
        f"Without a plus it is read as a number of the region `{region}` "
        f"(+{caller_numbers.country_code(region)}), or, where none can be like it, as if the plus "
        "stood before it. Spaces and `-.()/` do no harm, nor does a plus that is not "
        "percent-encoded."
    )


def _mistakes_section(key: PostbackKey) -> Section:
    """What senders get wrong most often. What is read with a warning is told in the answer."""
    rows = [
        (
            "`phone`, `callerid` or another name for `caller_number`",
            "Refused, with the name that was sent. `Caller_Number` is read, with a warning.",
        ),
        (
            "`{{phone}}`, `[phone]`, `--A--phone--B--`",
            (
                "A placeholder that your tool did not fill in. As the caller’s number it is "
                "refused; as a tag it is kept with a warning, and replaces no earlier value."
            ),
        ),
        (
            "`anonymous`, `+266696687`, `0000000000`",
            "What phone networks send for a withheld number. Refused: it is nobody’s own.",
        ),
        (
            "`4.479E+11`",
            "A number that a spreadsheet has rounded. Refused. Keep phone numbers as text.",
        ),
        (
            "`5551234567 x12`, `5551234567.0`, `+1 1 555…`, `+5551234567`",
            (
                "Read with a warning: without the extension, as a whole number, with one country "
                f"code, and as a number of the region `{key.default_region}`."
            ),
        ),
        (
            "two numbers, or one that could be either of two",
            "Refused. Send one posting for each caller.",
        ),
        (
            "`&amp;` in the link",
            "Its parameters have other names then. Put `&` where the link has `&amp;`.",
        ),
        (
            "a `Content-Type` that does not fit the body, or none",
            "The body is read as what it looks like, with a warning.",
        ),
        (
            "`x[]=a&x[]=b`, a list or an object in JSON",
            "One tag `x` with the value `a,b`; of an object a tag for each member: `lead.age`.",
        ),
        ("a file", "Left out with a warning."),
        (
            "the key in a header, or its id (`pbk_…`)",
            "Refused. The key stands in your posting link.",
        ),
        (
            "the link in a chat or a mail",
            "Programs that look at it for a preview get a 403, and nothing is stored.",
        ),
    ]
    return Section(
        "mistakes",
        "Common mistakes",
        [
            Paragraph(
                "Many tools send something else than what was meant. Where only one reading is "
                "possible, the service reads that, and tells it in `warnings`. Everything else is "
                "refused with the reason, and not guessed."
            ),
            Table("sent", "what the service does", rows),
        ],
    )


def _questions_section() -> Section:
    return Section(
        "questions",
        "If something is not clear",
        [
            Paragraph(
                "Ask whoever sent you this page. Tell them the time, the caller’s number, and of "
                "an error the `request_id`: with these they find your posting. Do not send the "
                "posting link around: whoever has it can post in your name."
            )
        ],
    )
