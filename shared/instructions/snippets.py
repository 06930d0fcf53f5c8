"""Programs that post tags to one link, ready to paste. The tests run them unchanged."""

import json
import shlex
from collections.abc import Iterator

from shared.domain import e164
from shared.instructions.document import Code, Snippet

CALLER_NUMBER = e164.EXAMPLE

TAGS = {"zip": "90210", "prequalified": "true"}

_CURL_GET = """\
curl --retry 2 --retry-all-errors --max-time 30 {link}
"""

_CURL_POST = """\
curl --retry 2 --retry-all-errors --max-time 30 {link} \\
  --data-urlencode 'caller_number={number}' \\
  --data-urlencode 'zip=90210' \\
  --data-urlencode 'prequalified=true'
"""

_BROWSER = """\
const link = {link};

async function postTags(parameters, tries = 3, pause = 2) {
  let response;
  try {
    response = await fetch(link, {
      method: "POST",
      body: new URLSearchParams(parameters),
      keepalive: true, // sent even if the visitor leaves the page
    });
  } catch (error) {
    if (tries === 1) throw error; // no connection
  }
  if (tries > 1 && (!response || response.status === 429 || response.status >= 500)) {
    const seconds = Number(response?.headers.get("Retry-After") ?? pause);
    await new Promise((resume) => setTimeout(resume, seconds * 1000));
    return postTags(parameters, tries - 1, pause * 2);
  }
  return response;
}

postTags({ caller_number: "{number}", zip: "90210", prequalified: "true" })
  .then(async (response) => console.log(response.status, await response.text()));
"""

_NODE = """\
const link = {link};

async function postTags(parameters, tries = 3, pause = 2) {
  let response;
  try {
    response = await fetch(link, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(parameters),
      signal: AbortSignal.timeout(30_000),
    });
  } catch (error) {
    if (tries === 1) throw error; // no connection, or no response in time
  }
  if (tries > 1 && (!response || response.status === 429 || response.status >= 500)) {
    const seconds = Number(response?.headers.get("Retry-After") ?? pause);
    await new Promise((resume) => setTimeout(resume, seconds * 1000));
    return postTags(parameters, tries - 1, pause * 2);
  }
  return response;
}

const response = await postTags({ caller_number: "{number}", zip: "90210", prequalified: true });
console.log(response.status, await response.text());
"""

_PYTHON = """\
import json
import time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

LINK = {link}


def post_tags(parameters, tries=3, pause=2):
    body = json.dumps(parameters).encode()
    request = Request(LINK, body, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=30) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        if tries == 1 or (error.code != 429 and error.code < 500):
            return error.code, error.read().decode()
        seconds = int(error.headers.get("Retry-After", pause))
    except (OSError, HTTPException):  # no connection, or no response in time
        if tries == 1:
            raise
        seconds = pause
    time.sleep(seconds)
    return post_tags(parameters, tries - 1, pause * 2)


print(*post_tags({"caller_number": "{number}", "zip": "90210", "prequalified": True}))
"""

_PHP = """\
<?php
$link = {link};

function post_tags(string $link, array $parameters, int $tries = 3, int $pause = 2): array
{
    $stream = @fopen($link, 'rb', false, stream_context_create(['http' => [
        'method' => 'POST',
        'header' => 'Content-Type: application/json',
        'content' => json_encode($parameters),
        'ignore_errors' => true, // read error responses too
        'timeout' => 30,
    ]]));
    // No connection, or no response in time, has no headers and the status 0.
    $headers = $stream ? implode("\\n", stream_get_meta_data($stream)['wrapper_data']) : '';
    $status = (int) substr($headers, strlen('HTTP/1.1 '), 3);
    if ($tries > 1 && ($status === 0 || $status === 429 || $status >= 500)) {
        $has_seconds = preg_match('/^Retry-After: *(\\d+)/mi', $headers, $found);
        sleep($has_seconds ? (int) $found[1] : $pause);
        return post_tags($link, $parameters, $tries - 1, $pause * 2);
    }
    return [$status, $stream ? stream_get_contents($stream) : 'no connection'];
}

[$status, $response] = post_tags($link, [
    'caller_number' => '{number}',
    'zip' => '90210',
    'prequalified' => true,
]);
echo $status, ' ', $response, "\\n";
"""


def snippets(posting_link: str) -> Iterator[Snippet]:
    get_link = f"{posting_link}&caller_number=%2B{CALLER_NUMBER[1:]}&zip=90210&prequalified=true"
    terminal = (
        "In a terminal on Linux or macOS, or in WSL or Git Bash on Windows. curl 7.71 or newer."
    )
    yield snippet("curl-get", "curl, GET", terminal, "sh", _CURL_GET, shlex.quote(get_link))
    yield snippet("curl-post", "curl, POST", terminal, "sh", _CURL_POST, shlex.quote(posting_link))
    yield snippet(
        "browser",
        "Browser",
        "In a script of your landing page, at any address. `postTags(new FormData(form))` sends "
        "all fields of a form. If you need no response, a beacon is enough: see Forms, pixels and "
        "beacons.",
        "js",
        _BROWSER,
        in_double_quotes(posting_link),
    )
    yield snippet(
        "node",
        "Node",
        "Version 18 or newer. Save it as `post-tags.mjs` and run `node post-tags.mjs`.",
        "js",
        _NODE,
        in_double_quotes(posting_link),
    )
    yield snippet(
        "python",
        "Python",
        "Version 3, without packages. Save it as `post_tags.py` and run `python3 post_tags.py`.",
        "python",
        _PYTHON,
        in_double_quotes(posting_link),
    )
    yield snippet(
        "php",
        "PHP",
        "Version 7.1 or newer, without extensions. Save it as `post-tags.php` "
        "and run `php post-tags.php`.",
        "php",
        _PHP,
        _in_single_quotes(posting_link),
    )


def snippet(
    name: str, title: str, how_to_run: str, language: str, template: str, link: str
) -> Snippet:
    """Return the template with the example's number and a link, escaped for the language."""
    text = template.replace("{number}", CALLER_NUMBER).replace("{link}", link)
    return Snippet(name, title, how_to_run, Code(text.rstrip("\n"), language))


def in_double_quotes(text: str) -> str:
    """Return a string literal for JavaScript or Python, in which no HTML tag can begin."""
    return json.dumps(text).replace("<", "\\u003c")


def _in_single_quotes(text: str) -> str:
    """Return a string literal for PHP."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
