"""The guided journey of `make run`: postings become tags of calls, each step shown and checked."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.rule import Rule
from rich.table import Table

from infra.local import web
from infra.local.service import Service
from infra.local.web import Response

CALLER = "+10123456789"
SEED_RESPONSE = (
    '{"tag_values":{"0":"","example_tag":"value123"},'
    '"caller_number":"+10123456789","status":"call not found, tags stored"}'
)


class JourneyFailed(Exception):
    """A step had an unexpected result. The message has both results."""


@dataclass(frozen=True, slots=True)
class DemoKey:
    """The keys that the journey created, for a person or a program to use after it."""

    publisher_id: str
    key_id: str
    key: str
    posting_link: str
    instructions_link: str
    platform_key: str


class Journey:
    def __init__(self, service: Service, console: Console) -> None:
        self._service = service
        self._console = console

    def walk(self) -> DemoKey:
        """Walk the journey. Raises JourneyFailed, or TimeoutError if an event does not arrive."""
        publisher_id, key, strict_key = self._set_up()
        self._post_before_the_call(key)
        call = self._start_call("The caller calls: the pending tags are applied to the call")
        self._expect_tags(call, {"0": "", "example_tag": "value123"}, "in_progress")
        self._post_during_the_call(key, call)
        self._end_call(call)
        self._post_within_the_cutoff(key, call)
        self._post_after_the_cutoff(strict_key)
        platform_key = self._add_platform_key()
        self._start_call_by_http(platform_key)
        return DemoKey(
            publisher_id,
            key["key_id"],
            key["key"],
            key["posting_link"],
            key["instructions_link"],
            platform_key,
        )

    def _set_up(self) -> tuple[str, dict[str, Any], dict[str, Any]]:
        self._title("An operator creates a publisher and two postback keys")
        publisher = self._operate("/publishers", {"name": "Acme Leads"})
        keys_path = f"/publishers/{publisher['publisher_id']}/postback-keys"
        key = self._operate(keys_path, {"name": "Landing page"})
        strict_key = self._operate(keys_path, {"name": "No late data", "end_call_cutoff": 0})
        return publisher["publisher_id"], key, strict_key

    def _post_before_the_call(self, key: Mapping[str, Any]) -> None:
        self._title("The publisher posts before the call, with an unescaped plus in the number")
        response = self._post(key, f"caller_number={CALLER}&0=&example_tag=value123")
        self._expect("the response, byte for byte", response.text, SEED_RESPONSE)

    def _post_during_the_call(self, key: Mapping[str, Any], call: Mapping[str, Any]) -> None:
        self._title("A posting during the call, as a POST with a JSON body")
        body = {"caller_number": CALLER, "age": 39, "zip": "90210"}
        response = self._post_json(key, body)
        self._expect_status(response, "in progress call found, tags applied")
        tags = {"0": "", "example_tag": "value123", "age": "39", "zip": "90210"}
        self._expect_tags(call, tags, "in_progress")

    def _end_call(self, call: dict[str, Any]) -> None:
        self._title("The call ends")
        self._put_event("Call Ended", call | {"ended_at": _now()})
        self._service.wait_until_ended(call["call_uuid"])

    def _post_within_the_cutoff(self, key: Mapping[str, Any], call: Mapping[str, Any]) -> None:
        self._title("A posting after the call, within the key's cutoff of an hour")
        response = self._post(key, f"call_uuid={call['call_uuid']}&sale=yes")
        self._expect_status(response, "completed call found, tags applied")
        tags = {"0": "", "example_tag": "value123", "age": "39", "zip": "90210", "sale": "yes"}
        self._expect_tags(call, tags, "completed")

    def _post_after_the_cutoff(self, strict_key: Mapping[str, Any]) -> None:
        self._title("The same with a key whose cutoff is 0: too late, kept for the next call")
        response = self._post(strict_key, f"caller_number={CALLER}&too_late=for+the+first+call")
        self._expect_status(response, "call not found, tags stored")

    def _start_call(self, title: str) -> dict[str, Any]:
        self._title(title)
        call = {
            "call_uuid": str(uuid.uuid4()),
            "caller_number": CALLER,
            "campaign_id": "c-42",
            "dialed_number": "+18005550100",
            "started_at": _now(),
        }
        self._put_event("Call Started", call)
        return call

    def _add_platform_key(self) -> str:
        self._title("An operator creates a key for a platform that reports calls over HTTP")
        key: str = self._operate("/platform-keys", {"name": "Switch in Dallas"})["key"]
        return key

    def _start_call_by_http(self, platform_key: str) -> None:
        self._title("The caller calls again: the response to the call report has the pending tags")
        path = f"/platform/calls/{uuid.uuid4()}"
        body = {"caller_number": CALLER, "campaign_id": "c-42"}
        self._show_request("PUT", path, body, note="Authorization: Bearer …")
        response = self._show_response(self._service.report_call(path, platform_key, body))
        self._expect("the status code", response.status_code, 200)
        self._expect("the tags", response.json()["tags"], {"too_late": "for the first call"})

    def _operate(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._show_request("POST", f"{self._service.api_url}{path}", body, note="IAM-signed")
        response = self._service.operate("POST", path, body)
        self._show_response(response)
        self._expect("the status code", response.status_code, 201)
        return response.json()

    def _post(self, key: Mapping[str, Any], parameters: str) -> Response:
        url = f"{key['posting_link']}&{parameters}"
        self._show_request("GET", url)
        return self._show_response(web.send("GET", url))

    def _post_json(self, key: Mapping[str, Any], body: Mapping[str, Any]) -> Response:
        self._show_request("POST", key["posting_link"], body)
        headers = {"Content-Type": "application/json"}
        url = key["posting_link"]
        response = web.send("POST", url, body=json.dumps(body).encode(), headers=headers)
        return self._show_response(response)

    def _put_event(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        self._console.print(f"[bold magenta]→ bus[/] {detail_type}")
        self._show_json(detail)
        self._service.put_event(detail_type, detail)

    def _expect_status(self, response: Response, status: str) -> None:
        self._expect("the status code", response.status_code, 200)
        self._expect("the status", response.status, status)

    def _expect_tags(
        self, call: Mapping[str, Any], tags: Mapping[str, str], call_status: str
    ) -> None:
        event = self._service.next_event(call["call_uuid"])
        self._show_event(event)
        self._expect("the tags", event["tags"], tags)
        self._expect("the call's status", event["call_status"], call_status)
        self._expect("the tags attributed", event["attribution"].keys(), tags.keys())

    def _expect(self, what: str, found: object, wanted: object) -> None:
        if found != wanted:
            raise JourneyFailed(f"Expected {what} to be\n  {wanted}\nbut it is\n  {found}")
        self._console.print(f"  [green]✓[/] {what}")

    def _title(self, title: str) -> None:
        self._console.print()
        self._console.print(Rule(f"[bold]{title}", align="left"))

    def _show_request(
        self, method: str, url: str, body: Mapping[str, Any] | None = None, *, note: str = ""
    ) -> None:
        address = escape(url.removeprefix(self._service.api_url))
        self._console.print(f"[bold cyan]→ {method}[/] {address} [dim]{note}[/]", highlight=False)
        if body is not None:
            self._show_json(body)

    def _show_response(self, response: Response) -> Response:
        self._console.print(f"[bold cyan]← {response.status_code}[/] {escape(response.text)}")
        return response

    def _show_event(self, event: Mapping[str, Any]) -> None:
        self._console.print("[bold magenta]← bus[/] Call Tagged")
        about = {name: event[name] for name in event if name not in ("tags", "attribution")}
        self._show_json(about)
        table = Table("tag", "value", "key_id", "posted at", box=box.SIMPLE_HEAD)
        for name, value in event["tags"].items():
            source = event["attribution"][name]
            table.add_row(escape(name), escape(value), source["key_id"], source["posted_at"])
        self._console.print(table)

    def _show_json(self, members: Mapping[str, Any]) -> None:
        self._console.print(f"  {escape(json.dumps(members, ensure_ascii=False))}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
