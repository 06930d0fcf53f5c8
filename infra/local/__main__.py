"""`make run`: deploy the whole service on this machine, and walk through a guided journey."""

import argparse
import json
import shlex
import signal
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from rich.console import Console

from infra.event_sources import PLATFORM_SOURCE
from infra.functions import FUNCTIONS
from infra.local import demo as demo_data
from infra.local import people
from infra.local.deployment import DeploymentError, deploy
from infra.local.embedded_aws import DEFAULT_PORT, PROJECT, EmbeddedAws, EmbeddedAwsError
from infra.local.journey import DemoKey, Journey, JourneyFailed
from infra.local.service import Service

RUN_FILE = PROJECT / ".local" / "run.json"

TABLES = {
    "call_data": "CallDataTableName",
    "postback_keys": "PostbackKeysTableName",
    "postback_log": "PostbackLogTableName",
    "activity": "ActivityTableName",
    "history": "HistoryTableName",
}
LOG_GROUPS = {package: function.log_group_output for package, function in FUNCTIONS.items()}
LOG_GROUPS["access"] = "AccessLogGroupName"


def main() -> int:
    options = _parse_arguments()
    console = Console(highlight=False, soft_wrap=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        console.print(f"Starting the embedded AWS on port {options.port}")
        with EmbeddedAws(port=options.port, auth=True) as aws:
            _run(aws, console, stay=not options.exit, with_data=options.demo)
    except KeyboardInterrupt:
        return 0
    except (EmbeddedAwsError, DeploymentError, JourneyFailed, TimeoutError) as error:
        console.print(f"[bold red]✗[/] {error}", markup=True)
        return 1
    return 0


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="port of the embedded AWS")
    parser.add_argument("--exit", action="store_true", help="stop after the journey")
    parser.add_argument("--demo", action="store_true", help="add a week of postings")
    return parser.parse_args()


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 2**16:
        raise argparse.ArgumentTypeError(f"{port} is not a port. Use 1 to {2**16 - 1}.")
    return port


def _run(aws: EmbeddedAws, console: Console, *, stay: bool, with_data: bool) -> None:
    started = time.monotonic()
    with console.status("Deploying the service"):
        service = Service(aws, deploy(aws, report=console.print, keep=True))
    took = time.monotonic() - started
    console.print(f"[green]✓[/] The service runs on the embedded AWS at {aws.endpoint_url}")
    console.print(f"  [dim]deployed in {took:.1f} seconds, logs in .local/[/]")
    demo = Journey(service, console).walk()
    console.print("\n[bold green]✓ Every step of the journey had the expected result.[/]")
    if with_data:
        console.print("Adding a week of postings")
        with console.status("Adding a week of postings"):
            demo_data.fill(aws, service)
    pool = service.outputs["ConsoleUserPoolId"]
    colleagues = people.add_demo(aws, pool, everyone=with_data)
    with _run_file(aws, service, demo, colleagues):
        _show_ways_on(aws, service, demo, console)
        console.print("\n[bold]The console, for account managers, in a browser:[/]")
        console.print(service.outputs["ConsoleUrl"] + "/")
        for each in colleagues:
            text = f"user {each['address']}, password {each['password']} ({each['role']})"
            console.print(text, markup=False)
        if stay:
            console.print("\nPress Ctrl-C to stop.")
            threading.Event().wait()


@contextmanager
def _run_file(
    aws: EmbeddedAws, service: Service, demo: DemoKey, colleagues: list[dict[str, str]]
) -> Iterator[None]:
    """Write what programs need to use the stack into a file, for as long as the stack runs."""
    RUN_FILE.parent.mkdir(exist_ok=True)
    whole = RUN_FILE.with_suffix(".tmp")
    whole.write_text(json.dumps(_facts(aws, service, demo, colleagues), indent=2) + "\n")
    whole.rename(RUN_FILE)
    try:
        yield
    finally:
        # Another run, on another port, may have replaced the file.
        with suppress(FileNotFoundError):
            if json.loads(RUN_FILE.read_text())["endpoint_url"] == aws.endpoint_url:
                RUN_FILE.unlink()


def _facts(
    aws: EmbeddedAws, service: Service, demo: DemoKey, colleagues: list[dict[str, str]]
) -> dict[str, Any]:
    outputs = service.outputs
    return {
        "api_url": service.api_url,
        "posting_link": demo.posting_link,
        "instructions_link": demo.instructions_link,
        "console_url": f"{outputs['ConsoleUrl']}/",
        "console_user": colleagues[0]["address"],
        "console_password": colleagues[0]["password"],
        "console_people": colleagues,
        "key": demo.key,
        "key_id": demo.key_id,
        "publisher_id": demo.publisher_id,
        "platform_key": demo.platform_key,
        "endpoint_url": aws.endpoint_url,
        "region": aws.region,
        "event_bus": outputs["EventBusName"],
        "tables": {purpose: outputs[output] for purpose, output in TABLES.items()},
        "log_groups": {purpose: outputs[output] for purpose, output in LOG_GROUPS.items()},
        "credentials": {
            "access_key_id": aws.access_key_id,
            "secret_access_key": aws.secret_access_key,
        },
    }


def _show_ways_on(aws: EmbeddedAws, service: Service, demo: DemoKey, console: Console) -> None:
    call_uuid = str(uuid.uuid4())
    number = "+15551234567"
    console.print("\n[bold]Posting link:[/]")
    console.print(demo.posting_link)
    console.print("\n[bold]Posting instructions, to send to a publisher:[/]")
    console.print(demo.instructions_link)
    console.print("\n[bold]Post tags:[/]")
    console.print(f"curl '{demo.posting_link}&caller_number={number}&prequalified=true'")
    console.print(f"curl '{demo.posting_link}' -d caller_number=%2B15551234567 -d zip=90210")
    console.print("\n[bold]Send call events (then post again):[/]")
    times = {"Call Started": ["started_at"], "Call Ended": ["started_at", "ended_at"]}
    for detail_type, names in times.items():
        detail = {"call_uuid": call_uuid, "caller_number": number}
        console.print(_put_event_command(aws, service, detail_type, detail, names))
    console.print("\n[bold]Report a call over HTTP, and get its tags in the response:[/]")
    console.print(
        f"curl -X PUT {service.api_url}/platform/calls/{call_uuid}"
        f" -H 'Authorization: Bearer {demo.platform_key}'"
        f""" -H 'Content-Type: application/json' -d '{{"caller_number":"{number}"}}'"""
    )
    console.print("\n[bold]See what happened to the postings:[/]")
    console.print(".venv/bin/calltags --local log")
    console.print(f"\n[dim]For programs: {RUN_FILE.relative_to(PROJECT)}[/]")


def _put_event_command(
    aws: EmbeddedAws, service: Service, detail_type: str, detail: dict[str, str], times: list[str]
) -> str:
    """Return a curl command. The embedded AWS needs no signature, only the operation's name."""
    now = "NOW"
    entry = {
        "EventBusName": service.outputs["EventBusName"],
        "Source": PLATFORM_SOURCE,
        "DetailType": detail_type,
        "Detail": json.dumps(detail | dict.fromkeys(times, now)),
    }
    body = shlex.quote(json.dumps({"Entries": [entry]}))
    # Close the quotes around the time, so that the shell fills it in.
    body = body.replace(now, "'$(date -u +%FT%TZ)'")
    return (
        f"curl {aws.endpoint_url} -H 'X-Amz-Target: AWSEvents.PutEvents'"
        f" -H 'Content-Type: application/x-amz-json-1.1' -d {body}"
    )


if __name__ == "__main__":
    sys.exit(main())
