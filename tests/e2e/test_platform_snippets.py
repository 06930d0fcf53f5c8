"""The programs of docs/platform.md, run unchanged against the deployed service."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.phone_calls import PhoneCall, new_uuid
from tests.e2e.service import PostbackKey, Service

TEXT = (Path(__file__).parents[2] / "docs" / "platform.md").read_text("utf-8")
EXAMPLE_CALL = "9b653cf0-4835-493b-860c-aed9b7af2a4a"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def _shell(service: Service, platform_key: str, command: str) -> Any:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed: apt-get install curl")
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", command],
        env={"PATH": "/usr/bin:/bin", "API": service.api_url, "PLATFORM_KEY": platform_key},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_curl_reads_a_caller_and_reports_a_call(
    service: Service, key: PostbackKey, platform_key: str, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")
    call_uuid = new_uuid()
    start, end, read = (
        block.replace(EXAMPLE_CALL, call_uuid).replace("+15551234567", caller_number)
        for block in _blocks("bash")
    )

    before = _shell(service, platform_key, read)
    started = _shell(service, platform_key, start)
    ended = _shell(service, platform_key, end)

    assert before["tags"] == started["tags"] == ended["tags"] == {"age": "39"}
    assert (started["call_status"], ended["call_status"]) == ("in_progress", "completed")
    assert "ended_at" in service.call(PhoneCall(call_uuid=call_uuid))


def test_python_reports_a_call(
    service: Service, key: PostbackKey, platform_key: str, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")
    (code,) = _blocks("python")
    scope: dict[str, Any] = {}
    exec(compile(code, "docs/platform.md", "exec"), scope)  # noqa: S102
    report: Callable[..., dict[str, Any]] = scope["report"]

    response = report(service.api_url, platform_key, new_uuid(), caller_number=caller_number)

    assert response["tags"] == {"age": "39"}


def test_php_reports_a_call(
    service: Service, key: PostbackKey, platform_key: str, caller_number: str, tmp_path: Path
) -> None:
    php = shutil.which("php")
    if php is None:
        pytest.skip("PHP is not installed: apt-get install php-cli")
    service.tag(key, caller_number, age="39")
    (code,) = _blocks("php")
    values = [service.api_url, platform_key, new_uuid(), {"caller_number": caller_number}]
    arguments = f"json_decode({json.dumps(json.dumps(values))}, true)"
    (tmp_path / "report.php").write_text(f"{code}\necho json_encode(report(...{arguments}));\n")

    done = subprocess.run(
        [php, "report.php"], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=True
    )

    assert json.loads(done.stdout)["tags"] == {"age": "39"}


def test_the_response_on_the_page_is_an_example_of_the_contract() -> None:
    shown = next(block for block in map(json.loads, _blocks("json")) if "tags" in block)
    contract = json.loads(
        (Path(__file__).parents[2] / "contract" / "platform.openapi.json").read_text()
    )
    success = contract["paths"]["/platform/calls/{call_uuid}"]["get"]["responses"]["200"]
    examples = success["content"]["application/json"]["examples"]

    assert shown in [example["value"] for example in examples.values()]
