"""The recipe for Kamailio: SIPp places calls, whose tags the callee gets as SIP headers."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infra.local.waiting import eventually
from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import PostbackKey, Service
from tests.e2e.sip_scenarios import CALLEES, CALLERS, NUMBER

RECIPE = Path(__file__).parents[2] / "docs" / "recipes" / "kamailio.md"


def _program(name: str, package: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return found


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


@contextmanager
def _running(command: list[str], place: Path) -> Iterator[None]:
    with (place / "log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=place, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)


@pytest.fixture
def ports() -> tuple[int, int, int]:
    return _free_port(), _free_port(), _free_port()


def _config(api_url: str, platform_key: str, kamailio: int, callee: int) -> str:
    block = re.search(r"^```kamailio\n(.*?)^```$", RECIPE.read_text(), re.MULTILINE | re.DOTALL)
    assert block
    config = block[1]
    for written, here in {
        "https://api.example.com": api_url,
        "YOUR_PLATFORM_KEY": platform_key,
        "127.0.0.1:5060": f"127.0.0.1:{kamailio}",
        "127.0.0.1:5080": f"127.0.0.1:{callee}",
        "children=8": "children=4",
        # On a busy machine the response may take longer than the recipe's two seconds.
        '"connection_timeout", 2': '"connection_timeout", 20',
        '"fr_inv_timer", 120000': '"fr_inv_timer", 2000',
    }.items():
        assert written in config
        config = config.replace(written, here)
    return config


def _place_call(
    how: str, number: str, config: str, ports: tuple[int, int, int], place: Path
) -> Iterator[tuple[str, str]]:
    """Place a call that ends so. Yield its Call-ID and the callee's messages while all runs on."""
    kamailio, sipp = _program("kamailio", "kamailio"), _program("sipp", "sip-tester")
    server, caller, callee = ports
    (place / "kamailio.cfg").write_text(config)
    (place / "callee.xml").write_text(CALLEES[how])
    (place / "caller.xml").write_text(CALLERS[how].replace(NUMBER, number))
    proxy = [kamailio, "-DD", "-E", "-P", str(place / "pid"), "-f", "kamailio.cfg", "-m", "32"]
    quiet = ["-nostdin", "-timeout", "50s", "-m", "1"]
    answering = [sipp, "-sf", "callee.xml", "-i", "127.0.0.1", "-p", str(callee), *quiet]
    calling = [sipp, f"127.0.0.1:{server}", "-sf", "caller.xml", "-s", "18005550100"]
    calling += ["-i", "127.0.0.1", "-p", str(caller), *quiet]
    with ExitStack() as stack:
        log = ["-trace_msg", "-message_file", "callee.log"]
        stack.enter_context(_running([*answering, *log], place))
        stack.enter_context(_running(proxy, place))
        eventually(lambda: (place / "pid").exists() or None, "kamailio", within=20, every=0.1)
        placed = subprocess.run(
            [*calling, "-cid_str", "kamailio-%u-%p@127.0.0.1"],
            cwd=place,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert placed.returncode == 0, (place / "log").read_text()[-3000:]
        messages = (place / "callee.log").read_text()
        call_id = re.search(r"^Call-ID: (\S+)", messages, re.MULTILINE)
        assert call_id
        yield call_id[1], messages


def _ended(service: Service, call: PhoneCall) -> Mapping[str, Any] | None:
    """Return the call once its end is known."""
    found = service.call(call)
    return found if "ended_at" in found else None


@pytest.mark.parametrize("how", CALLERS)
def test_a_call_through_kamailio_has_its_tags_and_ends_in_every_way(
    service: Service,
    key: PostbackKey,
    platform_key: str,
    caller_number: str,
    tmp_path: Path,
    ports: tuple[int, int, int],
    how: str,
) -> None:
    service.tag(key, caller_number, zip="90210", prequalified="true", other="not requested")
    config = _config(service.api_url, platform_key, ports[0], ports[2])

    for call_id, messages in _place_call(how, caller_number, config, ports, tmp_path):
        assert "X-Tag-zip: 90210" in messages
        assert "X-Tag-prequalified: true" in messages
        assert "not requested" not in messages
        reported = PhoneCall(call_uuid=call_id)
        # SIPp exits after its last message, while Kamailio is still reporting the end.
        call = eventually(partial(_ended, service, reported), "the end of the call")
        assert call["caller_number"] == caller_number
        assert call["dialed_number"] == "18005550100"
