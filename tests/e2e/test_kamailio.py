"""The recipe for Kamailio: SIPp places a call, and the callee gets its tags as SIP headers."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from infra.local.waiting import eventually
from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import PostbackKey, Service

RECIPES = Path(__file__).parents[2] / "docs" / "recipes.md"
CALLER = """\
<?xml version="1.0" encoding="UTF-8"?>
<scenario name="a call">
  <send retrans="500"><![CDATA[
    INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:NUMBER@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:[service]@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 1 INVITE
    Contact: <sip:caller@[local_ip]:[local_port]>
    Max-Forwards: 70
    Content-Length: 0
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
    ACK [next_url] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:NUMBER@[local_ip]:[local_port]>;tag=[call_number]
    [last_To:]
    [routes]
    Call-ID: [call_id]
    CSeq: 1 ACK
    Max-Forwards: 70
    Content-Length: 0
  ]]></send>
  <pause milliseconds="200"/>
  <send retrans="500"><![CDATA[
    BYE [next_url] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:NUMBER@[local_ip]:[local_port]>;tag=[call_number]
    [last_To:]
    [routes]
    Call-ID: [call_id]
    CSeq: 2 BYE
    Max-Forwards: 70
    Content-Length: 0
  ]]></send>
  <recv response="200"/>
</scenario>
"""

CALLEE = """\
<?xml version="1.0" encoding="UTF-8"?>
<scenario name="an answer">
  <recv request="INVITE"/>
  <send retrans="500"><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_Record-Route:]
    [last_From:]
    [last_To:];tag=callee[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Contact: <sip:callee@[local_ip]:[local_port]>
    Content-Length: 0
  ]]></send>
  <recv request="ACK" rtd="true"/>
  <recv request="BYE"/>
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0
  ]]></send>
</scenario>
"""
"""The callee's scenario. Unlike SIPp's own it copies Record-Route, as phones do."""


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


def _config(service: Service, platform_key: str, kamailio: int, callee: int) -> str:
    block = re.search(r"^```kamailio\n(.*?)^```$", RECIPES.read_text(), re.MULTILINE | re.DOTALL)
    assert block
    config = block[1]
    for written, here in {
        "https://api.example.com": service.api_url,
        "YOUR_PLATFORM_KEY": platform_key,
        "127.0.0.1:5060": f"127.0.0.1:{kamailio}",
        "127.0.0.1:5080": f"127.0.0.1:{callee}",
        "children=8": "children=4",
        # On a busy machine the response may take longer than the recipe's two seconds.
        '"connection_timeout", 2': '"connection_timeout", 20',
    }.items():
        assert written in config
        config = config.replace(written, here)
    return config


def test_a_call_through_kamailio_reaches_its_callee_with_its_tags(
    service: Service,
    key: PostbackKey,
    platform_key: str,
    caller_number: str,
    tmp_path: Path,
    ports: tuple[int, int, int],
) -> None:
    kamailio, sipp = _program("kamailio", "kamailio"), _program("sipp", "sip-tester")
    server, caller, callee = ports
    service.tag(key, caller_number, zip="90210", prequalified="true", other="not requested")
    (tmp_path / "kamailio.cfg").write_text(_config(service, platform_key, server, callee))
    (tmp_path / "answer.xml").write_text(CALLEE)
    (tmp_path / "call.xml").write_text(CALLER.replace("NUMBER", caller_number))
    proxy = [kamailio, "-DD", "-E", "-P", str(tmp_path / "pid"), "-f", "kamailio.cfg", "-m", "32"]
    answering = [sipp, "-sf", "answer.xml", "-i", "127.0.0.1", "-p", str(callee), "-trace_msg"]
    quiet = ["-nostdin", "-timeout", "50s", "-m", "1"]
    to_server = ["-sf", "call.xml", "-s", "18005550100", "-i", "127.0.0.1", "-p", str(caller)]
    calling = [
        sipp,
        f"127.0.0.1:{server}",
        *to_server,
        *quiet,
        "-cid_str",
        "kamailio-%u-%p@127.0.0.1",
    ]

    with ExitStack() as stack:
        stack.enter_context(_running([*answering, *quiet, "-message_file", "callee.log"], tmp_path))
        stack.enter_context(_running(proxy, tmp_path))
        eventually(lambda: (tmp_path / "pid").exists() or None, "kamailio", within=20, every=0.1)
        placed = subprocess.run(
            calling,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert placed.returncode == 0, (tmp_path / "log").read_text()[-3000:]
    heard = (tmp_path / "callee.log").read_text()
    assert "X-Tag-zip: 90210" in heard
    assert "X-Tag-prequalified: true" in heard
    assert "not requested" not in heard
    call_id = re.search(r"^Call-ID: (\S+)", heard, re.MULTILINE)
    assert call_id
    reported = PhoneCall(call_uuid=call_id[1])
    # SIPp exits after the response to its BYE, while Kamailio is still reporting the end.
    eventually(lambda: "ended_at" in service.call(reported) or None, "end of the call")
    call = service.call(reported)
    assert call["caller_number"] == caller_number
    assert call["dialed_number"] == "18005550100"
