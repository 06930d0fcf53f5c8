"""Common mistakes in postings, and what the service does about each."""

from shared.domain.keys import PostbackKey
from shared.instructions.document import Paragraph, Section, Table


def mistakes_section(key: PostbackKey) -> Section:
    rows = [
        (
            "`phone`, `callerid`, `caler_number` or another name for `caller_number`",
            "Refused; the error names what was sent. `Caller_Number` is read, with a warning.",
        ),
        (
            "`{{phone}}`, `[phone]`, `--A--phone--B--`",
            (
                "A placeholder that your tool did not fill in. As the caller’s number it is "
                "refused. As a tag it is kept with a warning, and replaces no earlier value."
            ),
        ),
        (
            "`anonymous`, `+266696687`, `0000000000`",
            "What phone networks send for a withheld number. Refused.",
        ),
        (
            "`4.479E+11`",
            "A number that a spreadsheet has rounded. Refused. Store phone numbers as text.",
        ),
        (
            "`5551234567 x12`, `5551234567.0`, `+1 1 555…`, `+5551234567`",
            (
                "Read with a warning: without the extension, as a whole number, with one country "
                f"code, and as a number of region `{key.default_region}`."
            ),
        ),
        (
            "two numbers, or one that could be either of two",
            "Refused. Send one posting for each caller.",
        ),
        (
            "`&amp;` in the link",
            "The parameters after it get wrong names. Use `&` instead of `&amp;`.",
        ),
        (
            "a second `?` in the link, or quotes around the key",
            "Read with a warning, if it is not part of a value.",
        ),
        (
            "`[object Object]` as the body",
            "Refused. Send `JSON.stringify(object)`, with the Content-Type `application/json`.",
        ),
        (
            "a `Content-Type` that does not fit the body, or none",
            "The body is read as what it looks like, with a warning.",
        ),
        (
            "`x[]=a&x[]=b`, a list or an object in JSON",
            (
                "A list is one tag `x` with the value `a,b`. An object is one tag for each member, "
                "such as `lead.age`."
            ),
        ),
        ("a file", "Left out, with a warning. Text with a file name is read as a value."),
        (
            "the key in a header, or its ID (`pbk_…`)",
            "Refused. The key is in your posting link.",
        ),
        (
            "the link in a chat or an email",
            "Programs that open it for a preview get a 403, and nothing is stored.",
        ),
    ]
    return Section(
        "mistakes",
        "Common mistakes",
        [
            Paragraph(
                "Tools often send something other than what was meant. If only one reading is "
                "possible, the service uses it and adds a warning to the response. Everything "
                "else is refused with the reason."
            ),
            Table("sent", "what the service does", rows),
        ],
    )
