"""The platform page's programs, run as they stand there, against the deployed service."""

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
        pytest.skip("there is no curl here: apt-get install curl")
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


def test_by_curl_a_caller_is_asked_for_and_a_call_started_and_ended(
    service: Service, key: PostbackKey, platform_key: str, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")
    call_uuid = new_uuid()
    start, end, ask = (
        block.replace(EXAMPLE_CALL, call_uuid).replace("+15551234567", caller_number)
        for block in _blocks("bash")
    )

    asked = _shell(service, platform_key, ask)
    started = _shell(service, platform_key, start)
    ended = _shell(service, platform_key, end)

    assert asked["tags"] == started["tags"] == ended["tags"] == {"age": "39"}
    assert (started["call_status"], ended["call_status"]) == ("in_progress", "completed")
    assert "ended_at" in service.call(PhoneCall(call_uuid=call_uuid))


def test_by_python_a_call_is_told_of(
    service: Service, key: PostbackKey, platform_key: str, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")
    (code,) = _blocks("python")
    scope: dict[str, Any] = {}
    exec(compile(code, "docs/platform.md", "exec"), scope)  # noqa: S102
    tell: Callable[..., dict[str, Any]] = scope["tell"]

    answer = tell(service.api_url, platform_key, new_uuid(), caller_number=caller_number)

    assert answer["tags"] == {"age": "39"}


def test_by_php_a_call_is_told_of(
    service: Service, key: PostbackKey, platform_key: str, caller_number: str, tmp_path: Path
) -> None:
    php = shutil.which("php")
    if php is None:
        pytest.skip("there is no PHP here: apt-get install php-cli")
    service.tag(key, caller_number, age="39")
    (code,) = _blocks("php")
    told = [service.api_url, platform_key, new_uuid(), {"caller_number": caller_number}]
    arguments = f"json_decode({json.dumps(json.dumps(told))}, true)"
    (tmp_path / "tell.php").write_text(f"{code}\necho json_encode(tell(...{arguments}));\n")

    done = subprocess.run(
        [php, "tell.php"], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=True
    )

    assert json.loads(done.stdout)["tags"] == {"age": "39"}


def test_the_answer_that_the_page_shows_is_one_of_the_contracts_examples() -> None:
    (shown,) = map(json.loads, _blocks("json"))
    contract = json.loads(
        (Path(__file__).parents[2] / "contract" / "platform.openapi.json").read_text()
    )
    answers = contract["paths"]["/platform/calls/{call_uuid}"]["get"]["responses"]["200"]
    examples = answers["content"]["application/json"]["examples"]

    assert shown in [example["value"] for example in examples.values()]
