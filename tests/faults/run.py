"""One run: faults under load, outages, quiet, and the accounts."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.local.deployment import api_url, deploy
from infra.local.embedded_aws import EmbeddedAws
from infra.local.waiting import eventually
from shared.domain.postings import Status
from tests.e2e.mailbox import Mailbox, subscribe
from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import STACK_DUMPS, PostbackKey, Service, change_settings
from tests.faults import forgetting, processes
from tests.faults.accounts import Account, settle
from tests.faults.books import read_books
from tests.faults.counting import Counting
from tests.faults.event_queue import EventQueue
from tests.faults.forgetting import Forgotten
from tests.faults.hostility import Hostility, settle_hostility
from tests.faults.proxy import Proxy
from tests.faults.stories import Attempt, Story, StoryRunner
from tests.faults.weather import (
    CUT_OFF,
    FAILING,
    HANGING,
    TAKING_NOTHING,
    THROTTLED,
    Calm,
    Outage,
    Storm,
    kills,
)

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef

_NO_TIME = timedelta(0)

OUTAGES = (HANGING, CUT_OFF, THROTTLED, FAILING, TAKING_NOTHING)

LONGEST_ANSWER_SECONDS = 10.0
"""Maximum time to a response in an outage, far below the gateway's 30 seconds."""

_FUNCTIONS_UNDER_TEST = (
    "data_writing",
    "call_events",
    "platform_api",
    "call_feed",
    "activity",
    "operator_api",
)
_DEADLY = 20.0
"""Factor by which functions are killed more often while callers are forgotten."""
_MIN_FAULTS = 20
_STATUS_CODES = {200, 422, 503}
_OUTAGE_THREADS = 4
_SECONDS_TO_QUIET = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The size of a run.

    Each of `stories` has four postings under faults; each kind of outage gets `outage_postings`;
    `forgotten` callers are forgotten. An event that failed comes again after `visibility` seconds
    instead of the deployed three minutes. The log's rows are counted in `batches` batches. A
    hostile publisher is beside the others for `visits` callers, of whom it attacks every other one.
    """

    stories: int
    outage_postings: int
    seed: int
    rate: float = 0.08
    threads: int = 12
    visibility: int = 5
    forgotten: int = 8
    batches: int = 150
    visits: int = 20

    @classmethod
    def small(cls, seed: int) -> "Plan":
        """Return the plan of a run that takes a minute or two."""
        return cls(
            stories=30,
            outage_postings=4,
            seed=seed,
            rate=0.12,
            threads=8,
            visibility=3,
            forgotten=3,
            batches=60,
            visits=6,
        )


@dataclass(slots=True)
class Ledger:
    """Everything that a run did and found."""

    plan: Plan
    stories: list[Story] = field(default_factory=list)
    outages: dict[str, list[Attempt]] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: float = 0.0
    account: Account = field(default_factory=Account)
    forgotten: list[Forgotten] = field(default_factory=list)
    items: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """The items of the tables, before and after callers were forgotten."""
    gaps: list[str] = field(default_factory=list)
    """Situations that the run should have covered and did not."""

    @property
    def attempts(self) -> list[Attempt]:
        return [attempt for story in self.stories for attempt in story.attempts]

    @property
    def discrepancies(self) -> list[str]:
        return self.account.discrepancies


def run(ledger: Ledger, *, folder: Path, report: Callable[[str], None]) -> None:
    """Carry out the ledger's plan and enter the results; logs go to the folder.

    Raises what goes wrong with the run itself.
    """
    started = time.monotonic()
    # Without `auth`: tests/e2e covers permissions, and the proxy needs plain HTTP.
    with EmbeddedAws(port=None, log=folder / "ministack.log") as aws:
        report("deploying the CDK app on an embedded AWS")
        service = deploy_service(aws, folder)
        try:
            _run(service, ledger, report)
        finally:
            service.write_logs(folder)
    _settle_outages(ledger)
    ledger.gaps = list(_gaps(ledger))
    ledger.seconds = time.monotonic() - started


def _run(service: Service, ledger: Ledger, report: Callable[[str], None]) -> None:
    plan = ledger.plan
    keys = _keys(service)
    with _proxied(service, plan) as proxy:
        runner = StoryRunner(service, keys, seed=plan.seed, threads=plan.threads)
        runner.warm_up()
        counting = Counting.of(service, plan.batches)
        counting.wait()
        proxy.weather = Storm(plan.seed, plan.rate)
        ledger.stories = _run_under_faults(runner, plan, report)
        proxy.weather = Calm()
        ledger.stories += _suffer_outages(runner, service, ledger, proxy, report)
        report("faults are over; waiting until nothing is in progress")
        announced = _wait_for_quiet(service, proxy)
        report("counting the log's rows under faults")
        proxy.weather = Storm(plan.seed, plan.rate)
        counting.catch_up()
        proxy.weather = Calm()
        ledger.requests, ledger.faults = proxy.requests, proxy.struck
        report("comparing responses, tables, log and events")
        books = read_books(service, announced)
        ledger.items["before"] = books.items
        ledger.account = settle(ledger.stories, books)
        counting.wait()
        ledger.forgotten = forgetting.choose(ledger.stories, plan.forgotten)
        report(f"forgetting {len(ledger.forgotten)} callers under faults")
        proxy.weather = Storm(plan.seed, plan.rate, deadly=_DEADLY)
        forgetting.forget_all(runner, ledger.forgotten)
        proxy.weather = Calm()
        after = read_books(service, _wait_for_quiet(service, proxy))
        ledger.items["after"] = after.items
        forgetting.settle_forgotten(ledger.account, ledger.forgotten, books, after)
        report(f"a hostile publisher beside others, for {plan.visits} callers")
        hostility = Hostility(service, lambda: proxy.requests, service.new_platform_key())
        visits = list(hostility.visits(plan.visits))
        settle_hostility(ledger.account, visits, hostility.flood(visits[0].caller_number))


def _gaps(ledger: Ledger) -> Iterator[str]:
    if sum(ledger.faults.values()) <= _MIN_FAULTS:
        yield "too few faults"
    missing = _STATUS_CODES - {attempt.status_code for attempt in ledger.attempts}
    if missing:
        yield f"no response {' or '.join(map(str, sorted(missing)))}"
    promised = {attempt.body["status"] for attempt in ledger.attempts if attempt.is_promise}
    yield from (f"no response says: {status}" for status in Status if status not in promised)
    if not any(story.malformed for story in ledger.stories):
        yield "no malformed event"
    if processes.can_be_found() and not kills(ledger.faults):
        yield "no function killed"
    if len(ledger.outages) < len(OUTAGES):
        yield "not every kind of outage"
    successes = sum(answer == 200 for each in ledger.forgotten for answer in each.answers)
    if successes < ledger.plan.forgotten:
        yield f"{successes} successful requests to forget a caller"


def deploy_service(aws: EmbeddedAws, scratch: Path) -> Service:
    outputs = deploy(aws, log=scratch / "deploy.log")
    sqs, events = aws.client("sqs"), aws.client("events")
    return Service(
        aws=aws,
        api_url=api_url(aws),
        outputs=outputs,
        dynamodb=aws.client("dynamodb"),
        events=events,
        announced=Mailbox(sqs, subscribe(sqs, events, outputs["EventBusName"])),
        dead_letters=Mailbox(sqs, outputs["CallEventsDeadLetterQueueUrl"]),
    )


def _keys(service: Service) -> list[PostbackKey]:
    """Create three keys with the default cutoff, and one that applies nothing to ended calls."""
    publisher_id = service.new_publisher()
    keys = [service.new_key(publisher_id) for _ in range(3)]
    return [*keys, service.new_key(publisher_id, end_call_cutoff=_NO_TIME)]


@contextmanager
def _proxied(service: Service, plan: Plan) -> Iterator[Proxy]:
    """Send the functions' requests through a proxy, and retry failed events sooner."""
    EventQueue.of(service).come_again_after(plan.visibility)
    with Proxy(service.aws.port, Calm()) as proxy:

        def through_the_proxy(function: "FunctionConfigurationTypeDef") -> dict[str, str]:
            is_tested = function["Handler"].split(".")[1] in _FUNCTIONS_UNDER_TEST
            return STACK_DUMPS | ({"AWS_ENDPOINT_URL": proxy.url} if is_tested else {})

        change_settings(service.aws.client("lambda"), through_the_proxy)
        yield proxy


def _run_under_faults(
    runner: StoryRunner, plan: Plan, report: Callable[[str], None]
) -> list[Story]:
    said = time.monotonic()

    def progress(done: int) -> None:
        nonlocal said
        if time.monotonic() - said > 10:
            said = time.monotonic()
            report(f"under faults: {done} of {plan.stories} callers")

    report(f"under faults: {plan.stories} callers, {plan.threads} requests at a time")
    return runner.run(range(plan.stories), progress)


def _suffer_outages(
    runner: StoryRunner,
    service: Service,
    ledger: Ledger,
    proxy: Proxy,
    report: Callable[[str], None],
) -> list[Story]:
    """Inject the same fault at every DynamoDB request for a while. Meanwhile report a call and post
    about it, with a key that the functions have cached and with another."""
    stories = []
    for number, fault in enumerate(OUTAGES, start=ledger.plan.stories):
        report(f"outage: DynamoDB, every request: {fault.name}")
        call = PhoneCall(caller_number=f"+1{5550000000 + number}")
        story = Story(number, call.caller_number, [call.call_uuid])
        publisher_id = service.new_publisher()
        keys = [service.new_key(publisher_id) for _ in range(2)]
        story.attempts.append(runner.send(f"known{number}", 1, keys[0], "555"))  # to be refused
        proxy.weather = Outage(fault)
        runner.put(story, call.started())
        sent = partial(_post_in_outage, runner, story, keys)
        with ThreadPoolExecutor(_OUTAGE_THREADS) as threads:
            ledger.outages[fault.name] = list(threads.map(sent, range(ledger.plan.outage_postings)))
        story.attempts += ledger.outages[fault.name]
        stories.append(story)
        proxy.weather = Calm()
    return stories


def _post_in_outage(
    runner: StoryRunner, story: Story, keys: Sequence[PostbackKey], number: int
) -> Attempt:
    key = keys[number % len(keys)]
    return runner.send(f"p{story.number}_{number}", 1, key, story.caller_number)


def _settle_outages(ledger: Ledger) -> None:
    for name, attempts in ledger.outages.items():
        for attempt in attempts:
            shown = f"posting {attempt.mark} in an outage ({name})"
            answer = attempt.status_code
            ledger.account.expect(answer == 503, f"{shown} was answered with {answer}")
            ledger.account.expect(
                attempt.seconds <= LONGEST_ANSWER_SECONDS, f"{shown} took {attempt.seconds:.1f} s"
            )


def _wait_for_quiet(service: Service, proxy: Proxy) -> list[dict[str, Any]]:
    """Wait until all events are handled and all changes announced; return the announcements.

    Changes are announced in order: after the last call is announced, all earlier ones have been.
    """
    proxy.wait_for_the_late()
    queue = EventQueue.of(service)
    eventually(
        lambda: queue.is_empty() or None, "an empty queue", within=_SECONDS_TO_QUIET, every=0.25
    )
    last = PhoneCall()
    service.put(last.started())
    eventually(
        lambda: service.all_tagged(last) or None,
        "the last announcement",
        within=_SECONDS_TO_QUIET,
        every=0.5,
    )
    return [letter.event["detail"] for letter in service.announced.letters]
