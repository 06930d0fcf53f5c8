"""The requests of the recipes for Asterisk and FreeSWITCH, as the switches' sources produce them.

Asterisk: `funcs/func_curl.c`. FreeSWITCH: `mod_curl.c`, `mod_json_cdr.c`, and `switch_utils.c` for
what splits and decodes the arguments.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

import pytest
import time_machine

from shared.domain import platform_keys
from shared.domain.keys import PostbackKey
from shared.stores.platform_keys import PlatformKeyStore
from tests.integration import events
from tests.integration.events import MINUTE, NOON, SECOND, new_caller_number
from tests.integration.service import Response, Service

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"
API = "https://api.example.com"
DIALED = "+15552013333"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOON + MINUTE, tick=False):
        yield


@pytest.fixture
def platform_key(service: Service) -> str:
    credential = platform_keys.credential(b"switch")
    store = PlatformKeyStore(service.dynamodb, service.environment["POSTBACK_KEYS_TABLE"])
    store.add(events.example_platform_key(credential))
    return credential


def _recipe(name: str, platform_key: str) -> str:
    text = (RECIPES / f"{name}.md").read_text("utf-8")
    return text.replace("YOUR_PLATFORM_KEY", platform_key)


def _send(service: Service, url: str, headers: Mapping[str, str], body: str) -> Response:
    path, _, query = url.removeprefix(API).partition("?")
    event = events.platform("POST", path, None) | {"rawQueryString": query, "body": body}
    event["headers"] |= {name.lower(): value for name, value in headers.items()}
    return service.request(event, function="platform_api")


def _basic(userpwd: str) -> str:
    """Return the header that libcurl makes of CURLOPT_USERPWD, whose default is Basic."""
    return "Basic " + base64.b64encode(userpwd.encode()).decode()


def _from_asterisk(service: Service, recipe: str, values: Mapping[str, str]) -> Response:
    """Send what CURL() sends: a form with the options that were set, and no header of our own."""
    (userpwd,) = re.findall(r"CURLOPT\(userpwd\)=(\S+)\)", recipe)
    (report,) = re.findall(r"Set\(REPORT=(\S+)\)", recipe)
    for name, value in values.items():
        report = report.replace(f"${{{name}}}", value)
    assert "httpheader)=" not in recipe
    headers = {
        "User-Agent": "asterisk-libcurl-agent/1.0",
        "Accept": "*/*",
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": _basic(userpwd),
    }
    return _send(service, f"{API}/platform/calls/{values['UNIQUEID']}", headers, report)


def test_asterisk_gets_tags_and_reports_the_end(
    service: Service, key: PostbackKey, platform_key: str
) -> None:
    number, unique_id = new_caller_number(), "1741608000.42"
    service.post(key, at=NOON - SECOND, caller_number=number, zip="60614")
    recipe = _recipe("asterisk", platform_key)
    values = {
        "UNIQUEID": unique_id,
        "CALLER": quote(number, safe="-_.!~*'()"),
        "DIALED": quote(DIALED, safe="-_.!~*'()"),
        "EPOCH": str(round(NOON.timestamp())),
    }

    response = _from_asterisk(service, recipe, values)

    assert (response.status_code, response.json["tags"]) == (200, {"zip": "60614"})
    (form,) = re.findall(r"report-call \$\{UNIQUEID\} '(ended_at=\S+)' &", recipe)
    end = form.replace("${EPOCH}", str(round((NOON + MINUTE).timestamp())))
    # The script sends the same form with curl, whose --config has the key.
    (user,) = re.findall(r'^user = "(.+)"$', recipe, re.MULTILINE)
    form_type = "application/x-www-form-urlencoded"
    headers = {"Authorization": _basic(user), "Content-Type": form_type}
    ended = _send(service, f"{API}/platform/calls/{unique_id}", headers, end)
    assert ended.status_code == 200
    call = service.call(unique_id)
    assert (call.caller_number, call.dialed_number) == (number, DIALED)
    assert (call.started_at, call.ended_at) == (NOON, NOON + MINUTE)


def _arguments(command: str) -> list[str]:
    """Split as switch_separate_string does: at spaces outside of single quotes."""
    return [a.replace("'", "") for a in re.findall(r"(?:'[^']*'|[^ '])+", command)]


def _from_mod_curl(service: Service, command: str) -> Response:
    """Send what `curl` of mod_curl sends: headers as they are, and the data percent-decoded."""
    url, *options = _arguments(command)
    headers = {"User-Agent": "freeswitch-curl/1.0", "Accept": "*/*"}
    body = ""
    while options:
        match options.pop(0):
            case "append_headers":
                name, _, value = options.pop(0).partition(":")
                headers[name] = value.strip()
            case "content-type":
                headers["Content-Type"] = options.pop(0)
            case "post":
                body = unquote(options.pop(0))
            case "timeout" | "connect-timeout":
                assert int(options.pop(0)) <= 2
            case flag:
                assert flag in ("json", "secure")
    return _send(service, url, headers, body)


def _curl_command(recipe: str, values: tuple[str, str, str]) -> str:
    (script,) = re.findall(r"^```lua\n(.*?)^```$", recipe, re.MULTILINE | re.DOTALL)
    template: str
    (template,) = re.findall(r"string\.format\('(.*?)'", script)
    (call,) = re.findall(r"executeString\((.*?)\.\. report\)", script, re.DOTALL)
    command: str = "".join(re.findall(r'"(.*?)"', call))
    assert command.startswith("curl ")
    return command.removeprefix("curl ") + template % values


def test_freeswitch_gets_tags(service: Service, key: PostbackKey, platform_key: str) -> None:
    number, uuid = new_caller_number(), str(uuid4())
    service.post(key, at=NOON - SECOND, caller_number=number, zip="60614")

    command = _curl_command(_recipe("freeswitch", platform_key), (uuid, number, DIALED))
    response = _from_mod_curl(service, command)

    assert (response.status_code, response.json["tags"]) == (200, {"zip": "60614"})
    # As mod_curl returns it to the script, with the body as a string of JSON.
    shown = json.dumps({"status_code": "200", "body": response.text}, separators=(",", ":"))
    assert re.findall(r'\\"zip\\":\\"(.*?)\\"', shown) == ["60614"]
    assert service.call(uuid).caller_number == number


def _record(uuid: str, number: str) -> dict[str, Any]:
    times = {
        "start_epoch": str(round(NOON.timestamp())),
        "end_epoch": str(round((NOON + MINUTE).timestamp())),
        "answer_epoch": "0",
    }
    profile = {"caller_id_number": number, "destination_number": DIALED, "uuid": uuid}
    return {
        "core-uuid": str(uuid4()),
        "channel_data": {"state": "CS_REPORTING", "direction": "inbound"},
        "variables": {"uuid": uuid, "direction": "inbound", **times},
        "callflow": [{"caller_profile": profile}],
    }


def test_freeswitch_reports_a_call_that_was_not_answered_by_its_record(
    service: Service, key: PostbackKey, platform_key: str
) -> None:
    number, uuid = new_caller_number(), str(uuid4())
    service.post(key, at=NOON - SECOND, caller_number=number, zip="60614")
    pairs = re.findall(r'<param name="(\S+)" value="(\S+)"/>', _recipe("freeswitch", platform_key))
    settings = dict(pairs)
    assert (settings["auth-scheme"], settings["encode"]) == ("basic", "false")
    assert settings["enable-cacert-check"] == settings["enable-ssl-verifyhost"] == "true"
    headers = {
        "User-Agent": "freeswitch-json/1.0",
        "Authorization": _basic(settings["cred"]),
        "Content-Type": "application/json",
    }

    # mod_json_cdr adds the query string to every URL.
    url = f"{settings['url']}?uuid={uuid}"
    response = _send(service, url, headers, json.dumps(_record(uuid, number)))

    assert response.status_code == 200
    call = service.call(uuid)
    assert (call.caller_number, call.started_at, call.ended_at) == (number, NOON, NOON + MINUTE)
    assert service.tags(uuid) == {"zip": "60614"}
