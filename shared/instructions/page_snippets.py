"""Parts of web pages that post tags, ready to paste. The tests run them unchanged."""

import html
from collections.abc import Iterator

from shared.instructions.document import Snippet
from shared.instructions.snippets import CALLER_NUMBER, in_double_quotes, snippet

_FORM_POST = """\
<form action="{link}" method="post" target="posted">
  <label>Phone <input name="caller_number" type="tel" value="{number}" required></label>
  <label>Zip code <input name="zip" value="90210"></label>
  <input name="prequalified" type="hidden" value="true">
  <button>Call me</button>
</form>
<iframe name="posted" hidden></iframe>
"""

_FORM_GET = """\
<form action="{link}" method="get" target="posted">
  <input name="key" type="hidden" value="{key}">
  <label>Phone <input name="caller_number" type="tel" value="{number}" required></label>
  <label>Zip code <input name="zip" value="90210"></label>
  <input name="prequalified" type="hidden" value="true">
  <button>Call me</button>
</form>
<iframe name="posted" hidden></iframe>
"""

_PIXEL = """\
<img src="{link}" alt="" width="1" height="1">
"""

_BEACON = """\
<script>
  const link = {link};
  const parameters = { caller_number: "{number}", zip: "90210", prequalified: true };

  addEventListener("pagehide", () => {
    const type = "application/json";
    navigator.sendBeacon(link, new Blob([JSON.stringify(parameters)], { type }));
  });
</script>
"""


def page_snippets(posting_link: str) -> Iterator[Snippet]:
    address, _, key = posting_link.partition("?key=")
    yield snippet(
        "form-post",
        "HTML form, POST",
        "The hidden frame receives the response, so that the visitor stays on your page. Without "
        "`target` and the frame, the browser leaves your page and shows the response as text. "
        "The fields’ names become the tags’ names.",
        "html",
        _FORM_POST,
        html.escape(posting_link),
    )
    yield snippet(
        "form-get",
        "HTML form, GET",
        "A form with `GET` replaces the query string of its `action`, so the key is in a hidden "
        f"field. The path works as well: `{address}/{key}` without the field. The visitor sees "
        "what a form with `POST` shows.",
        "html",
        _FORM_GET.replace("{key}", html.escape(key)),
        html.escape(address),
    )
    pixel = f"{address}/{key}.gif?caller_number=%2B{CALLER_NUMBER[1:]}&zip=90210&prequalified=true"
    yield snippet(
        "pixel",
        "Pixel",
        "An image for tools that run no scripts, such as tag managers and emails. Let your tool "
        "percent-encode the values: a plus is `%2B`. The image is transparent, whatever the "
        "status code: test the link in your browser without `.gif` first. Nothing retries it.",
        "html",
        _PIXEL,
        html.escape(pixel),
    )
    yield snippet(
        "beacon",
        "Beacon",
        "Sent even if the visitor leaves the page. A beacon has no response, and nothing retries "
        "it. The browser asks the service first whether it may send JSON; "
        "`new URLSearchParams(parameters)` in place of the `Blob` needs no such question. "
        "`JSON.stringify(parameters)` alone is read too, with a warning, because browsers send it "
        "as `text/plain`.",
        "html",
        _BEACON,
        in_double_quotes(posting_link),
    )
