"""The shell code of the recipes for Asterisk and FreeSWITCH runs, with stand-ins for commands."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"

CURL = """#!{python}
import json, os, sys

place = os.path.dirname(os.path.abspath(__file__))
options, url, arguments = {{}}, "", sys.argv[1:]
names = {{"-m": "--max-time", "-K": "--config", "-o": "--output", "-H": "--header"}}
while arguments:
    name = arguments.pop(0)
    if name in ("--silent", "--fail", "-sS"):
        options[name] = True
    elif name.startswith("-"):
        options[names.get(name, name)] = arguments.pop(0)
    else:
        url = name
data = options.get("--data") or open(options["--data-binary"].removeprefix("@")).read()
config = open(options["--config"]).read().strip()
with open(place + "/answers") as file:
    status, *rest = file.read().split() or ["200"]
with open(place + "/answers", "w") as file:
    file.write(" ".join(rest))
with open(place + "/sent", "a") as file:
    header = options.get("--header")
    file.write(json.dumps([url, data, config, options["--max-time"], header]) + "\\n")
if options.get("--write-out") == "%{{http_code}}":
    sys.stdout.write(status)
sys.exit(22 if "--fail" in options and int(status) >= 400 else 7 if status == "000" else 0)
"""
"""Plays curl. Its responses are in a file, and it writes down what it was to send."""

NOTE = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/{name}ed"
"""


class Switch:
    """A folder with stand-ins, in which a recipe's code runs."""

    def __init__(self, place: Path) -> None:
        self.place = place
        for name in ("logger", "sleep"):
            self._write(name, NOTE.format(name=name))
        self._write("curl", CURL.format(python=sys.executable))
        self.config = place / "call-tags.curl"
        self.config.write_text('user = "switch:cdw_test"')

    def _write(self, name: str, text: str) -> None:
        path = self.place / name
        path.write_text(text)
        path.chmod(0o755)

    def run(self, script: str, *arguments: str, answers: Sequence[int | str] = ()) -> int:
        (self.place / "answers").write_text(" ".join(map(str, answers)))
        done = subprocess.run(
            ["/bin/sh", "-c", script, "recipe", *arguments],
            env={"PATH": f"{self.place}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.stderr == ""
        return done.returncode

    def lines(self, name: str) -> list[str]:
        path = self.place / name
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def switch(tmp_path: Path) -> Switch:
    return Switch(tmp_path)


def _asterisk(switch: Switch) -> str:
    text = (RECIPES / "asterisk.md").read_text("utf-8")
    (script,) = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return str(script).replace("/etc/asterisk/call-tags.curl", str(switch.config))


def _freeswitch(switch: Switch, spool: Path) -> str:
    text = (RECIPES / "freeswitch.md").read_text("utf-8")
    (line,) = re.findall(r"^\* \* \* \* \* freeswitch (.*)$", text, re.MULTILINE)
    command = str(line).replace("/etc/freeswitch/call-tags.curl", str(switch.config))
    return command.replace("/var/spool/call-tags", str(spool))


@pytest.mark.parametrize(
    ("answers", "code", "logged"),
    [
        ([200], 0, []),
        ([202], 0, []),
        (["000", 503, 429, 200], 0, ["000", "503", "429"]),
        ([401, 403, 200], 0, ["401", "403"]),
        ([422], 1, ["422"]),
        ([500, 400], 1, ["500", "400"]),
    ],
)
def test_asterisks_script_reports_until_the_service_has_the_call(
    switch: Switch, answers: Sequence[int | str], code: int, logged: list[str]
) -> None:
    arguments = ("1741608000.42", "ended_at=1741608060")

    assert switch.run(_asterisk(switch), *arguments, answers=answers) == code
    url = "https://api.example.com/platform/calls/1741608000.42"
    sent = f'["{url}", "ended_at=1741608060", "user = \\"switch:cdw_test\\"", "10", null]'
    assert switch.lines("sent") == [sent] * len(answers)
    assert [line.split()[2] for line in switch.lines("loggered")] == logged
    assert len(switch.lines("sleeped")) == len(answers) - 1


def test_asterisks_script_waits_for_about_a_minute_at_most(switch: Switch) -> None:
    switch.run(_asterisk(switch), "1741608000.42", "ended_at=1", answers=[*[503] * 8, 200])

    assert switch.lines("sleeped") == ["1", "2", "4", "8", "16", "32", "64", "60"]


def test_the_line_for_cron_sends_what_freeswitch_could_not_send_and_keeps_what_fails(
    switch: Switch, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    for name in ("1.cdr.json", "2.cdr.json", "3.cdr.json"):
        (spool / name).write_text(f'{{"variables":{{"uuid":"{name}"}}}}')

    switch.run(_freeswitch(switch, spool), answers=[200, 503, 202])

    assert [path.name for path in spool.iterdir()] == ["2.cdr.json"]
    assert len(switch.lines("sent")) == 3
    assert all("Content-Type: application/json" in line for line in switch.lines("sent"))
    assert switch.lines("loggered") == [f"-t call-tags not sent: {spool}/2.cdr.json"]


def test_the_line_for_cron_does_nothing_without_records(switch: Switch, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    switch.run(_freeswitch(switch, spool))

    assert switch.lines("sent") == []
