"""Deliberate breaks of the protocol, each in one place. The proof must find each of them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

from functions.data_writing.brake import Brake
from shared.domain.calls import Call
from shared.domain.errors import TooManyPostings
from shared.domain.keys import PostbackKey
from shared.domain.legs import Leg
from shared.domain.log_entries import Cause
from shared.domain.postings import Posting
from shared.stores.apply_results import ApplyResult
from shared.stores.call_records import RecordedCall
from shared.stores.calls import CallStore
from shared.stores.log import RecordedDecision, RefusedPosting
from shared.stores.tables import LOGGED_PREFIX
from tests.proof import proving
from tests.proof.faults import Fault
from tests.proof.processes import FORGETTING, LEGS, POSTBACK_LOG, Process
from tests.proof.proving import Checker, Failure
from tests.proof.scenarios import Scenario
from tests.proof.tasks import Request, settle_but_for_copies
from tests.proof.world import World, standing_still

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sabotage:
    """One deliberate break of the protocol.

    `scenario` and `faults` reveal it; `build` makes a world that has it.
    """

    name: str
    scenario: str
    build: Callable[[], World]
    faults: Sequence[Fault] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """The failures that were found with a sabotage, and those found without it."""

    name: str
    found: Sequence[Failure]
    false_alarms: Sequence[Failure]

    @property
    def is_clear(self) -> bool:
        return bool(self.found) and not self.false_alarms


def try_out(name: str) -> Finding:
    """Run the sabotage's scenario with the sabotage and without it."""
    (sabotage,) = (each for each in SABOTAGES if each.name == name)
    found = _failures(sabotage, sabotage.build())
    replays = [proving.replay(failure.run) for failure in found]
    false_alarms = [
        *_failures(sabotage, World()),
        *(replay for replay in replays if replay.flaws),
    ]
    return Finding(name, found, false_alarms)


def _failures(sabotage: Sabotage, world: World) -> Sequence[Failure]:
    with standing_still():
        checker = Checker(world)
        checker.explore(Scenario.parse(sabotage.scenario), sabotage.faults)
        return checker.tally.failures


class _Store:
    """A handler's call store with one method replaced."""

    def __init__(self, calls: CallStore) -> None:
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        return getattr(self._calls, name)


class _LooksFirst(_Store):
    """Looks for the call, and stores the posting only after that."""

    def __init__(self, calls: CallStore) -> None:
        super().__init__(calls)
        self._unstored: list[Posting] = []

    def store(self, posting: Posting) -> None:
        self._unstored.append(posting)

    def latest(self, caller_number: str) -> list[Call]:
        found = self._calls.latest(caller_number)
        while self._unstored:
            self._calls.store(self._unstored.pop())
        return found


class _CollectsFirst(_Store):
    """Looks for pending postings, and records the call only after that."""

    def report(self, told: Call, **options: Any) -> ApplyResult:
        _drop_unused(options)
        found = list(self._calls._read_pending(told))
        known = self._calls._records.record(told, at=options["at"])
        if not isinstance(known, RecordedCall):
            raise TypeError(known)
        self._calls._records.add_to_list(told.caller_number or "", known.call)
        return self._calls.apply(known.call, found, cause=Cause.CALL_STARTED, **options)


class _LooksOnce(_Store):
    """Does not look for postings that came while the call was being listed."""

    def report(self, told: Call, **options: Any) -> ApplyResult:
        _drop_unused(options)
        known = self._calls._records.record(told, at=options["at"])
        if not isinstance(known, RecordedCall):
            raise TypeError(known)
        enter = partial(self._calls._records.add_to_list, told.caller_number or "", known.call)
        pending = self._calls._read_pending(known.call, [enter])
        return self._calls.apply(known.call, pending, cause=Cause.CALL_STARTED, **options)


def _drop_unused(options: dict[str, Any]) -> None:
    """Drop what a report may have, and an application of postings has not."""
    options.pop("leg", None)
    options.pop("arrived_at", None)


class _Refuses(_Store):
    """Refuses postings that it should apply."""

    def apply(self, call: Call, postings: Sequence[Posting], **options: Any) -> ApplyResult:
        for posting in postings:
            self._calls.refuse(posting, call, at=options["at"])
        return ApplyResult(call, refused=tuple(postings))


class _AnswersEarly(_Store):
    """Applies tags to the call and does not return them."""

    def report(self, told: Call, **options: Any) -> ApplyResult:
        result = self._calls.report(told, **options)
        if not isinstance(result, ApplyResult):
            raise TypeError(result)
        return replace(result, call=replace(result.call, tags={}))


class _Fails(_Store):
    """Stores postings and cannot read calls."""

    def get(self, call_uuid: str) -> Call:
        raise KeyError(call_uuid)


class _TakesLegsForTheCall(_Store):
    """Handles a report about any leg as one about the call."""

    def report(self, told: Call, *, leg: Leg, **options: Any) -> object:
        numbers = leg.inbound.caller_number, leg.inbound.dialed_number
        reported = replace(told, caller_number=numbers[0], dialed_number=numbers[1])
        return self._calls.report(reported, **options)


class _DropsEarlyEnds(_Store):
    """Does not remember the end of a leg whose call is unknown."""

    def report(self, told: Call, *, leg: Leg, **options: Any) -> object:
        if leg.direction is None and self._calls.get(told.call_uuid) is None:
            return None
        return self._calls.report(told, leg=leg, **options)


class _IgnoresShares(_Store):
    """Counts each posting as if its publisher had no other one."""

    def apply(self, call: Call, postings: Sequence[Posting], **options: Any) -> ApplyResult:
        own = {posting.posting_id: posting for posting in postings}
        alone = [replace(p, publisher_id=p.posting_id) for p in own.values()]
        result = self._calls.apply(call, alone, **options | {"with_companions": False})
        return ApplyResult(
            result.call,
            applied=tuple(own[p.posting_id] for p in result.applied),
            refused=tuple(own[p.posting_id] for p in result.refused),
            already_decided=tuple(own[p.posting_id] for p in result.already_decided),
        )


class _StoresFirst(_Store):
    """Stores a posting and only then, as the brake has it, refuses it."""

    def __init__(self, calls: CallStore, brake: Brake) -> None:
        super().__init__(calls)
        self._brake = brake

    def store(self, posting: Posting) -> None:
        self._calls.store(posting)
        Brake.admit(self._brake, posting.key_id, posting.call_uuid or posting.caller_number or "")


def _brake_late(process: Process) -> None:
    if process.package == "data_writing":
        processor = process.handler.processor
        processor.brake = _Released(processor.brake._clock)
        processor.calls = _StoresFirst(processor.calls, processor.brake)


def _release(process: Process) -> None:
    if process.package == "data_writing":
        processor = process.handler.processor
        processor.brake = _Released(processor.brake._clock)


class _Released(Brake):
    """Admits every posting, and counts none but those of the setting."""

    def admit(self, key_id: str, target: str) -> None:
        with suppress(TooManyPostings):
            super().admit(key_id, target)


def _with_store(package: str, store: Callable[[CallStore], object]) -> Callable[[], World]:
    def tamper(process: Process) -> None:
        if process.package == package:
            # A posting's store is its processor's, an event's the handler's own.
            owner: Any = getattr(process.handler, "processor", process.handler)
            owner.calls = store(owner.calls)

    return lambda: World(tamper=tamper)


def _with_keys(alter: Callable[[PostbackKey], PostbackKey]) -> Callable[[], World]:
    """Have the posting handler find altered keys."""

    def tamper(process: Process) -> None:
        if process.package == "data_writing":
            keys = process.handler.processor.keys
            process.handler.processor.keys = SimpleNamespace(
                find=lambda key, sender: alter(keys.find(key, sender))
            )

    return lambda: World(tamper=tamper)


def _without(
    is_meant: Callable[[str, Mapping[str, Any]], bool], member: str
) -> Callable[[Request], Request]:
    """Remove a member from the matching writes, in transactions too."""

    def falsify(request: Request) -> Request:
        if request.operation == "TransactWriteItems":
            items = [
                {kind: _cut(kind, write) for kind, write in item.items()}
                for item in request.body["TransactItems"]
            ]
            return Request(request.operation, {**request.body, "TransactItems": items})
        return Request(request.operation, _cut(request.operation, request.body))

    def _cut(kind: str, write: Mapping[str, Any]) -> Mapping[str, Any]:
        if not is_meant(kind, write):
            return write
        return {name: value for name, value in write.items() if name != member}

    return falsify


def _ends_waiting(kind: str, write: Mapping[str, Any]) -> bool:
    return kind == "Delete" or _writes_row(kind, write)


def _writes_row(kind: str, write: Mapping[str, Any]) -> bool:
    return kind == "Put" and write["TableName"] == POSTBACK_LOG


def _records_call(kind: str, write: Mapping[str, Any]) -> bool:
    return kind == "UpdateItem" and "if_not_exists" in write["UpdateExpression"]


def _decides_about_a_leg(kind: str, write: Mapping[str, Any]) -> bool:
    return kind == "UpdateItem" and ":before" in write["ExpressionAttributeValues"]


def _without_term(term: str) -> Callable[[Request], Request]:
    """Remove a term from the conditions of call reports."""

    def falsify(request: Request) -> Request:
        condition = request.body.get(_CONDITION, "")
        if request.operation != "UpdateItem" or term not in condition:
            return request
        kept = [each for each in condition.split(" AND ") if term not in each]
        return Request(request.operation, {**request.body, _CONDITION: " AND ".join(kept)})

    return falsify


def _keeps_stale_entries(process: Process) -> None:
    if process.package in (LEGS, "platform_api"):
        process.handler.calls._records.remove_stale_entries = lambda *_: None


def _forgetting(spoil: Callable[[Any], None]) -> Callable[[], World]:
    def tamper(process: Process) -> None:
        if process.package == FORGETTING:
            spoil(process.handler.forgetting)

    return lambda: World(tamper=tamper)


def _with_verdict(
    taken: Callable[[RecordedDecision | None], RecordedDecision],
) -> Callable[[], World]:
    """Have the posting handler read altered decisions."""

    def tamper(process: Process) -> None:
        if process.package == "data_writing":
            log = process.handler.processor._log
            verdict = log.read_decision
            log.read_decision = lambda posting: taken(verdict(posting))

    return lambda: World(tamper=tamper)


def _leads_nowhere(process: Process) -> None:
    """Write no pointer from a call without a number to the decisions about its postings."""
    if process.package == "data_writing":
        process.handler.processor.calls._records.log_pointer = lambda *_: []


def _logs_first(process: Process) -> None:
    """Write a refused posting's row before the pointer to it."""
    if process.package == "data_writing":
        processor = process.handler.processor
        put, note = processor._log.put_refused, processor.calls.point_to_log
        later: list[Callable[[], None]] = []
        processor.calls.point_to_log = lambda *whose: later.append(partial(note, *whose))

        def put_first(refused: RefusedPosting) -> None:
            put(refused)
            while later:
                later.pop()()

        processor._log.put_refused = put_first


def _forget_more(forgetting: Any) -> None:
    forget = forgetting.forget
    forgetting.forget = lambda number, at: forget(number, at + timedelta(minutes=1))


def _erase_at_once(forgetting: Any) -> None:
    mark, pass_ = forgetting._mark, forgetting._pass

    def erase(number: str, at: datetime, erased: Any) -> Any:
        marked = mark(number, at, erased)
        pass_(number, at, marked.max_calls, erased)
        return marked

    forgetting._mark = erase


def _look_over_logged(forgetting: Any) -> None:
    erase = forgetting._erase_postings
    forgetting._erase_postings = lambda partition, prefix, *rest: (
        prefix != LOGGED_PREFIX and erase(partition, prefix, *rest)
    )


_CONDITION = "ConditionExpression"

_LEG_SABOTAGES = (
    Sabotage(
        "an agent's leg ends the call",
        "caller-started / agent-ended + during",
        _with_store(LEGS, _TakesLegsForTheCall),
    ),
    Sabotage(
        "a leg's end that comes before its start is dropped",
        "caller-ended / caller-started + agent-started in turn",
        _with_store(LEGS, _DropsEarlyEnds),
    ),
    Sabotage(
        "a leg becomes a call",
        "child-started / started + child-bare in turn",
        lambda: World(falsify=_without(_records_call, _CONDITION)),
    ),
    Sabotage(
        "a call is taken over although a leg was remembered meanwhile",
        "agent-started / caller-started + caller-ended in turn",
        lambda: World(falsify=_without(_decides_about_a_leg, _CONDITION)),
    ),
    Sabotage(
        "a call that was taken over stays in the agent's list",
        "agent-started / caller-started + during-of-agent in turn",
        lambda: World(tamper=_keeps_stale_entries),
    ),
)

_TIME_SABOTAGES = (
    Sabotage(
        "an end before its call's start is recorded as it was sent",
        "http-started / http-ended-early + during in turn",
        lambda: World(falsify=_without_term("<= :end")),
    ),
    Sabotage(
        "the end of a leg before its call's start is recorded as it was sent",
        "caller-started / caller-ended-early + during in turn",
        lambda: World(falsify=_without_term("<= :end")),
    ),
    Sabotage(
        "a start that was assumed stays when another report has it",
        "http-untimed / http-started + during in turn",
        lambda: World(falsify=_without_term("<= :latest_start")),
    ),
    Sabotage(
        "a call whose start has moved stays in its old place of its caller's list",
        "http-untimed / http-started + during in turn",
        lambda: World(tamper=_keeps_stale_entries),
    ),
    Sabotage(
        "a call's start is moved without a check of its version",
        "http-untimed / http-started + http-ended in turn",
        lambda: World(falsify=_without(_decides_about_a_leg, _CONDITION)),
    ),
)

SABOTAGES = (
    *_LEG_SABOTAGES,
    *_TIME_SABOTAGES,
    Sabotage(
        "a posting looks for its call, then is stored",
        "nothing / before + started",
        _with_store("data_writing", _LooksFirst),
    ),
    Sabotage(
        "an event looks for postings, then records its call",
        "nothing / before + started",
        _with_store("call_events", _CollectsFirst),
    ),
    Sabotage(
        "a call report looks for postings, then records its call",
        "nothing / before + http-started",
        _with_store("platform_api", _CollectsFirst),
    ),
    Sabotage(
        "a call report is answered with the tags that the call had before",
        "before / http-started + started",
        _with_store("platform_api", _AnswersEarly),
    ),
    Sabotage(
        "a call report does not look again after its call can be found",
        "nothing / before + http-started",
        _with_store("platform_api", _LooksOnce),
    ),
    Sabotage(
        "an event does not look again after its call can be found",
        "nothing / before + started",
        _with_store("call_events", _LooksOnce),
    ),
    Sabotage(
        "a caller is forgotten without waiting for requests on their way",
        "nothing / forget + before",
        _forgetting(lambda it: setattr(it, "_settle", lambda _: None)),
        (Fault.DOUBLED,),
    ),
    Sabotage(
        "a late retry writes a pending posting again after its caller is forgotten",
        "nothing / forget + before",
        _forgetting(lambda it: setattr(it, "_settle", settle_but_for_copies)),
        (Fault.DOUBLED,),
    ),
    Sabotage(
        "a row of the log's index stays when its caller is forgotten",
        "past-the-end / forget + started",
        _forgetting(lambda it: setattr(it, "_erase_log_rows", lambda *_: False)),
    ),
    Sabotage(
        "a call stays in its caller's list when the caller is forgotten",
        "nothing / forget + started",
        _forgetting(lambda it: setattr(it, "_remove_from_list", lambda *_: True)),
    ),
    Sabotage(
        "a row stays if only the call that it names points to it",
        "started / forget + refused-by-uuid",
        _forgetting(_look_over_logged),
    ),
    Sabotage(
        "nothing points to the decisions about a call without a number",
        "started ended / forget-later + too-late-by-uuid",
        lambda: World(tamper=_leads_nowhere),
    ),
    Sabotage(
        "a refused posting's row is written before the pointer to it",
        "started / refused-by-uuid + forget",
        lambda: World(tamper=_logs_first),
        (Fault.DIES,),
    ),
    Sabotage(
        "a decision that cannot be read yet counts as a refusal",
        "nothing / before + started",
        _with_verdict(lambda verdict: verdict or RecordedDecision(None)),
        (Fault.SEEN_IN_PART,),
    ),
    Sabotage(
        "a posting that waits for a forgotten call is erased before all its rows exist",
        "before started / forget + before-by-uuid",
        _forgetting(_erase_at_once),
    ),
    Sabotage(
        "a repeated start brings a forgotten caller's number back",
        "before started forget / started + during",
        lambda: World(falsify=_without(_records_call, _CONDITION)),
    ),
    Sabotage(
        "a tag that was posted afterwards is erased",
        "before started / forget + during",
        _forgetting(_forget_more),
    ),
    Sabotage(
        "reads are not consistent",
        "nothing / before + started",
        lambda: World(falsify=_without(lambda *_: True, "ConsistentRead"), stale_reads=True),
    ),
    Sabotage(
        "a call is changed without a check of its version",
        "started / during + during",
        lambda: World(falsify=_without(lambda kind, _: kind == "Update", _CONDITION)),
    ),
    Sabotage(
        "a pending posting is removed without a check that it is pending and undecided",
        "before / started + next-started",
        lambda: World(falsify=_without(_ends_waiting, _CONDITION)),
    ),
    Sabotage(
        "a posting is decided although the log has a decision",
        "started / during + next-started",
        lambda: World(falsify=_without(_writes_row, _CONDITION)),
        (Fault.DOUBLED,),
    ),
    Sabotage(
        "a call's changes are written one by one",
        "nothing / before + started",
        lambda: World(piecemeal=True),
    ),
    Sabotage(
        "a start is put in its caller's list without a check of what the list has",
        "nothing / started + long-ended",
        lambda: World(falsify=_without(lambda kind, _: kind == "PutItem", _CONDITION)),
    ),
    Sabotage(
        "a posting is refused although its call has room",
        "started / during + during",
        _with_store("data_writing", _Refuses),
    ),
    Sabotage(
        "a key is used as if it did not expire",
        "nothing / past-the-end + started",
        _with_keys(lambda key: replace(key, expires_at=None)),
    ),
    Sabotage(
        "a key's expiry is compared with the time of handling",
        "nothing / in-time + started",
        _with_keys(lambda key: replace(key, expires_at=key.expires_at and LONG_AGO)),
    ),
    Sabotage(
        "a publisher's share of a call is not counted",
        "started greedy / greedy + during",
        _with_store("data_writing", _IgnoresShares),
    ),
    Sabotage(
        "a posting is accepted however often its key has posted",
        "started / braked + during",
        lambda: World(tamper=_release),
    ),
    Sabotage(
        "a posting is refused for its key's haste after it is stored",
        "nothing / braked + started",
        lambda: World(tamper=_brake_late),
    ),
    Sabotage(
        "a posting's handler fails after the posting is stored",
        "started / during + ended",
        _with_store("data_writing", _Fails),
    ),
)
