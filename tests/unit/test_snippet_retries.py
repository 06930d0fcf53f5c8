"""The instructions' programs retry what may succeed later, and nothing else.

All programs run at once, each against a stand-in for the service, because they mostly wait.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.neighbors import Answer, neighbor
from tests.snippets import RUNNERS, Runner, in_markdown, written_for

JSON = {"Content-Type": "application/json"}
BUSY = '{"status":"error"}'
REFUSAL = '{"status":"error","errors":[{"param":"zip","message":"is \\"odd\\""}]}'
DONE: Answer = (200, JSON, '{"status":"done"}')


def busy(status_code: int) -> Answer:
    return (status_code, JSON | {"Retry-After": "1"}, BUSY)


SITUATIONS: dict[str, list[Answer | None]] = {
    "429": [busy(429), DONE],
    "500": [busy(500), DONE],
    "503": [busy(503), DONE],
    "lost connection": [None, DONE],
    "never": [busy(503)],
    "refused": [(422, JSON, REFUSAL)],
}
"""What the service answers, by the name of the situation. The last answer is repeated."""

ENVIRONMENT = os.environ | {"NO_PROXY": "localhost", "no_proxy": "localhost"}

CURLS = RUNNERS[:2]
"""curl itself retries, more often than three times."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program printed, and the bodies that it posted."""

    printed: str
    heard: list[str]


def run(runner: Runner, situation: str, place: Path) -> Finished:
    with neighbor() as service:
        service.answers = SITUATIONS[situation]
        text = written_for(f"{service.url}/data_writing")
        place.mkdir()
        printed = runner.run(in_markdown(text, runner.title), place, ENVIRONMENT)
        return Finished(printed.rstrip(), service.heard)


Run = Callable[[Runner, str], Finished]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Return a function that waits for a program in a situation."""
    folder = tmp_path_factory.mktemp("snippets")
    runs: dict[tuple[str, str], Future[Finished]] = {}
    with ThreadPoolExecutor(max_workers=8) as executor:
        for runner in RUNNERS:
            for situation in SITUATIONS:
                if runner in CURLS and situation == "never":
                    continue
                place = folder / f"{runner.file}-{situation.replace(' ', '-')}"
                runs[runner.file, situation] = executor.submit(run, runner, situation, place)
        yield lambda runner, situation: runs[runner.file, situation].result()


@pytest.mark.parametrize("situation", ["429", "500", "503", "lost connection"])
@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.file)
def test_a_snippet_sends_the_same_again_after_a_failure_that_may_pass(
    finished: Run, runner: Runner, situation: str
) -> None:
    outcome = finished(runner, situation)

    assert outcome.printed.endswith('{"status":"done"}')
    first, second = outcome.heard
    assert first == second


@pytest.mark.parametrize("runner", RUNNERS[2:], ids=lambda runner: runner.file)
def test_a_snippet_gives_up_after_three_tries(finished: Run, runner: Runner) -> None:
    outcome = finished(runner, "never")

    assert outcome.printed == f"503 {BUSY}"
    assert len(outcome.heard) == 3


@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.file)
def test_a_snippet_shows_a_refusal_and_does_not_retry(finished: Run, runner: Runner) -> None:
    outcome = finished(runner, "refused")

    assert outcome.printed.removeprefix("422 ") == REFUSAL
    assert len(outcome.heard) == 1
