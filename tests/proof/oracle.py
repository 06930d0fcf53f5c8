"""The rules that every schedule must keep, derived from the operations alone."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from shared.domain import timestamps
from shared.domain.log_entries import Outcome
from shared.domain.postings import Status
from shared.stores.dynamodb import from_item
from tests.proof import leg_rules
from tests.proof.facts import Facts, Posted, Values
from tests.proof.operations import AGENT, CALL, CHILD, LATER, NOON, Post, Tell

LONGEST_CALL = timedelta(hours=4)

NEARLY_FULL = 200_000
"""Characters of tags. A call with fewer has room for more."""

SHARE = 100_000
"""Maximum bytes of one publisher's tags on a call: docs/publishers.md, "Limits"."""

TOO_MANY_REQUESTS = 429


def flaws(facts: Facts) -> list[str]:
    """Return every violation; empty if the schedule kept all rules."""
    kept = [posting_id for posting_id in facts.posted if posting_id not in facts.touched]
    return [
        *_steps_backward(facts),
        *_forgotten_calls(facts),
        *_early_ends(facts),
        *leg_rules.flaws(facts),
        *_wrong_applications(facts),
        *(f for posting_id in kept for f in _broken_promises(facts, posting_id)),
        *(f for posting_id in kept for f in _wrong_answers(facts, facts.posted[posting_id])),
        *(f for posting_id in kept for f in _untrue_rows(facts, posting_id)),
        *_left_behind(facts),
        *(f for call in facts.calls.values() for f in _wrong_tags(facts, call)),
        *(f for call in facts.calls.values() for f in _unfair_shares(facts, call)),
        *(f for call in facts.calls.values() for f in _wrong_announcements(facts, call)),
        *_incomplete_answers(facts),
    ]


def _belongs(post: Post, call: Values) -> bool:
    """Apply the rule of docs/publishers.md, "Responses": stored long enough, or early enough."""
    if post.call_uuid and _called(post.call_uuid) != call["call_uuid"]:
        return False
    if post.call_uuid is None and call.get("caller_number") != post.caller_number:
        return False
    started_at = timestamps.from_text(call["started_at"])
    if post.at < started_at:
        return started_at <= post.stored_until
    ended_at = _timestamp(call, "ended_at") or started_at + LONGEST_CALL
    return post.at <= ended_at + post.key.end_call_cutoff


def _called(call_uuid: str) -> str:
    """Return the call that a posting means: a leg's is the leg's parent."""
    return CALL if call_uuid == CHILD else call_uuid


def _steps_backward(facts: Facts) -> Iterator[str]:
    """A call does not reopen, its start and its caller do not change, its version grows."""
    for change in facts.journal:
        if not change.before or "started_at" not in change.before:
            continue
        before, after = from_item(change.before), from_item(change.after or {})
        if before.get("main_leg") != after.get("main_leg") and "main_leg" in before:
            # Another leg has taken the call over, with its own caller and times.
            before = {"call_uuid": before["call_uuid"], "version": before["version"]}
        if "forgotten_at" in after or (not after and change.key[0].startswith("CALLER#")):
            after = {"caller_number": before.get("caller_number"), **before, **after}
            after["version"] = max(after.get("version", 0), before.get("version", 0) + 1)
        if _is_assumed(before) and after.get("started_at", "") < before["started_at"]:
            before = {**before, "started_at": after["started_at"]}
        for name in ("call_uuid", "caller_number", "started_at", "ended_at"):
            if name in before and before[name] != after.get(name):
                yield f"{change.key}: {name} {before[name]} became {after.get(name)}"
        if "version" in before and before["version"] >= after.get("version", 0):
            yield f"{change.key}: version {before['version']} became {after.get('version')}"


def _is_assumed(call: Values) -> bool:
    """Return whether no report of the call has said when it started."""
    started_at = timestamps.from_text(call["started_at"]) if "started_at" in call else None
    return started_at is not None and call.get("assumed_start") == timestamps.to_epoch_ms(
        started_at
    )


def _early_ends(facts: Facts) -> Iterator[str]:
    """No call ends before its start."""
    for call in facts.calls.values():
        if call.get("ended_at", call["started_at"]) < call["started_at"]:
            yield f"the call {call['call_uuid']} ended before it started: {dict(call)}"


def _forgotten_calls(facts: Facts) -> Iterator[str]:
    """A reported call is known as reported, and is in its caller's list."""
    for told in facts.told:
        call = facts.calls.get(told.call_uuid, {})
        reports = [each for each in facts.told if each.call_uuid == told.call_uuid]
        if not _is_as_told(call, told, reports):
            yield f"{told.kind} was handled, and the call is {dict(call)}"
        listed = _places(facts, told.call_uuid, _start(reports)) or [{}]
        for place in listed if told.caller_number and "forgotten_at" not in call else []:
            # A posting reads a call itself if the list does not show it as ended.
            is_told = _is_as_told(place, told, reports) or not _outlasts(told)
            if _timestamp(place, "started_at") != _start(reports) or not is_told:
                yield f"{told.kind} was handled, and the list has {dict(place)}"


def _places(facts: Facts, call_uuid: str, started_at: datetime) -> Sequence[Values]:
    """Return where a call is listed. A fault may leave its entry at an assumed start there."""
    own = [each for each in facts.listed if each["call_uuid"] == call_uuid]
    stale = timestamps.to_text(LATER)
    if facts.has_faults and started_at != LATER:
        return [each for each in own if each["started_at"] != stale]
    return own


def _outlasts(told: Tell) -> bool:
    return told.ended_at is not None and told.ended_at > (told.started_at or NOON) + LONGEST_CALL


def _start(reports: Sequence[Tell]) -> datetime:
    """Return the start of a call: without a report that says it, the time of the request."""
    return next((told.started_at for told in reports if told.started_at), LATER)


def _is_as_told(call: Values, told: Tell, reports: Sequence[Tell]) -> bool:
    started_at = _start(reports)
    # An end before the start is replaced by the time of the request. The first end stays.
    ends = [
        each.ended_at if each.ended_at >= started_at else LATER for each in reports if each.ended_at
    ]
    is_ended = told.ended_at is None or _timestamp(call, "ended_at") in ends
    return _timestamp(call, "started_at") == started_at and is_ended


def _wrong_applications(facts: Facts) -> Iterator[str]:
    """A posting is applied to one call, once, and belongs to it as the call was known then."""
    ids = [application.posting_id for application in facts.applications]
    for posting_id in sorted(set(ids) - facts.touched):
        if ids.count(posting_id) > 1:
            yield f"{facts.posted[posting_id]} was applied {ids.count(posting_id)} times"
    for application in facts.applications:
        posted = facts.posted[application.posting_id]
        if application.call is None:
            yield f"{posted} was applied, and no call was changed with it"
        elif not _belongs(posted.post, application.call):
            yield f"{posted} was applied to a call that it does not belong to"


def _broken_promises(facts: Facts, posting_id: str) -> Iterator[str]:
    """After a 200 the tags are on their call, or wait for a call that is not known yet. A pending
    posting that a late copy of a request restored after the decision does not count."""
    posted = facts.posted[posting_id]
    is_applied, is_refused = posting_id in facts.applied, posting_id in facts.refused
    is_waiting = posting_id in facts.waiting and not (is_applied or is_refused)
    if is_applied and is_refused:
        yield f"{posted} was applied and refused"
    if posted.status_code == 200:
        if not (is_applied or is_waiting or is_refused):
            yield f"{posted} was promised, and is lost"
        is_of_unknown_leg = posted.post.call_uuid == CHILD and not facts.is_child_known
        if (
            is_waiting
            and not is_of_unknown_leg
            and any(_belongs(posted.post, call) for call in facts.calls.values())
        ):
            yield f"{posted} waits, and its call is there"
        if is_refused and not _may_lack_room(facts, posted):
            yield f"{posted} was promised, and left out of a call that had room"
    elif 400 <= posted.status_code < 500 and (is_applied or is_waiting):
        yield f"{posted} was refused, and its tags are there all the same"
    if posted.status in (Status.APPLIED_IN_PROGRESS, Status.APPLIED_COMPLETED) and not is_applied:
        yield f"{posted} was answered {posted.status!r}, and is on no call"
    if (
        posted.status == Status.APPLIED_COMPLETED
        and not any("ended_at" in call for call in facts.calls.values())
        and not any(leg.ended_at for leg in facts.legs)
    ):
        yield f"{posted} was answered {posted.status!r}, and no call has ended"


def _wrong_answers(facts: Facts, posted: Posted) -> Iterator[str]:
    """No posting is refused that was in time for a call with room, none fails without a fault, and
    none is accepted after its key has expired."""
    has_expired = posted.post.key.has_expired(posted.post.at)
    if has_expired is not (posted.status_code == 403) and 0 < posted.status_code < 500:
        yield f"{posted} was answered {posted.status_code}, its key {_end(posted)}"
    if posted.post.is_braked is not (posted.status_code == TOO_MANY_REQUESTS) and (
        0 < posted.status_code < 500
    ):
        often = "too often" if posted.post.is_braked else "not too often"
        yield f"{posted} was answered {posted.status_code}, its key had posted {often}"
    if 400 <= posted.status_code < 500:
        named = facts.calls.get(_called(posted.post.call_uuid or ""))
        is_too_late = named is not None and not _belongs(posted.post, named)
        is_braked = posted.status_code == TOO_MANY_REQUESTS
        if not (has_expired or is_too_late or is_braked or _may_lack_room(facts, posted)):
            yield f"{posted} was refused, in time and for a call that had room"
    if posted.status_code >= 500 and not posted.is_struck:
        yield f"{posted} was answered {posted.status_code}, and met no fault"


def _end(posted: Posted) -> str:
    return f"expires at {posted.post.key.expires_at}, and it was posted at {posted.post.at}"


def _untrue_rows(facts: Facts, posting_id: str) -> Iterator[str]:
    """The log shows a posting's outcome and the response to it."""
    posted, entry = facts.posted[posting_id], facts.entries.get(posting_id)
    if entry is None:
        if posted.status_code == 200 or (posted.status_code and not posted.is_unlogged):
            yield f"{posted} was answered {posted.status_code}, and is not in the log"
        return
    outcome = _outcome(facts, posting_id)
    # A posting without a promise and without a decision may have been written in part.
    is_known = 0 < posted.status_code < 500 or outcome in (Outcome.APPLIED, Outcome.REFUSED)
    if is_known and _as_stored(entry.outcome) is not outcome:
        yield f"{posted} is {outcome}, and the log says {entry.outcome}"
    calls = [uuid for uuid in facts.calls if posting_id in facts.postings_of(uuid)]
    if ([entry.applied_to] if entry.applied_to else []) != calls:
        yield f"{posted} is on {calls}, and the log says {entry.applied_to}"
    status = posted.status if posted.status_code == 200 else None
    is_answered = posted.status_code and not posted.is_unlogged
    if is_answered and (entry.status_code, entry.status) != (posted.status_code, status):
        said = (entry.status_code, entry.status)
        yield f"{posted} was answered {posted.status_code} {status}, and the log says {said}"


def _outcome(facts: Facts, posting_id: str) -> Outcome | None:
    if posting_id in facts.applied:
        return Outcome.APPLIED
    if posting_id in facts.refused or 400 <= facts.posted[posting_id].status_code < 500:
        return Outcome.REFUSED
    return Outcome.STORED if posting_id in facts.waiting else None


def _as_stored(outcome: Outcome) -> Outcome:
    return Outcome.STORED if outcome is Outcome.EXPIRED else outcome


def _wrong_tags(facts: Facts, call: Values) -> Iterator[str]:
    """Each tag has the value of the latest posting and the one that it replaced, in the order of
    posting; a real value takes precedence over an unfilled placeholder."""
    written: dict[str, list[tuple[str, str]]] = {}
    for posting_id in facts.postings_of(call["call_uuid"]):
        if posting_id in facts.erased:
            continue
        for name, value in facts.posted[posting_id].post.tags.items():
            written.setdefault(name, []).append((value, posting_id))
    for values in written.values():
        values.sort(key=lambda each: (not each[0].startswith("{{"), each[1]))
    expected = {name: values[-2:] for name, values in written.items()}
    found = {name: _values(tag) for name, tag in call.get("tags", {}).items()}
    if _is_nearly_full(call):  # replaced values may have been dropped to make room
        expected, found = (
            {name: values[-1:] for name, values in tags.items()} for tags in (expected, found)
        )
    if "forgotten_at" in call or facts.erased.intersection(facts.postings_of(call["call_uuid"])):
        # A tag keeps two values, so the value that an erased one had replaced is lost.
        expected, found = (
            {n: v[-1:] for n, v in tags.items() if not v[-1][0].startswith("{{")}
            for tags in (expected, found)
        )
    if found != expected:
        yield f"the call {call['call_uuid']} has {_short(found)} instead of {_short(expected)}"


def _incomplete_answers(facts: Facts) -> Iterator[str]:
    """A response to a call report has the tags of all postings that waited, and no others."""
    for detail in facts.answered:
        uuid = detail["call_uuid"]
        on_it = {facts.posted[posting_id] for posting_id in facts.postings_of(uuid)}
        for posted in on_it:
            is_kept = posted.post.posting_id not in facts.touched
            is_there = f"own{posted.post.number}" in detail["tags"]
            if posted.is_early and is_kept and not is_there:
                yield f"the call {uuid} was answered with {detail['tags']}, without {posted}"
        known = {name for posted in on_it for name in posted.post.tags}
        if detail["tags"].keys() - known:
            yield f"the call {uuid} was answered with {detail['tags']}, with tags of other calls"


def _left_behind(facts: Facts) -> Iterator[str]:
    """Forgetting a caller leaves nothing posted before, and no known call with the number."""
    for table, items in facts.tables.items():
        for key, item in items.items():
            text = str(item)
            for posting_id in facts.erased:
                if posting_id in text or f"own{facts.posted[posting_id].post.number}'" in text:
                    yield f"{facts.posted[posting_id]} is left in {table} at {key}"
    for call in facts.calls.values():
        if call["call_uuid"] in facts.to_forget and "forgotten_at" not in call:
            yield f"the call {call['call_uuid']} was known, and was not forgotten"
        if "forgotten_at" in call:
            is_listed = any(c["call_uuid"] == call["call_uuid"] for c in facts.listed)
            if call.get("caller_number") or is_listed:
                yield f"the call {call['call_uuid']} was forgotten, and has its number again"


def _wrong_announcements(facts: Facts, call: Values) -> Iterator[str]:
    """Each call is announced, first with all tags that waited for it, last with all its tags."""
    uuid = call["call_uuid"]
    told = [detail for detail in facts.announced if detail["call_uuid"] == uuid]
    versions = [detail["version"] for detail in told]
    if versions != sorted(set(versions)):
        yield f"the call {uuid} was announced with the versions {versions}"
    is_told = any(each.call_uuid == uuid for each in facts.told)
    if not (is_told or leg_rules.is_reported(facts, uuid)):
        return
    if not told:
        yield f"the call {uuid} was never announced"
        return
    tags = {name: tag["value"] for name, tag in call.get("tags", {}).items()}
    last = told[-1]
    if last["tags"] != tags and not last.get("tags_omitted"):
        yield f"the call {uuid} was last announced with {last['tags']}, and has {tags}"
    # Before the caller's own leg was reported, the call had an agent's number.
    first = next((each for each in told if each["caller_number"] != AGENT), last)
    for posted in (facts.posted[posting_id] for posting_id in facts.postings_of(uuid)):
        is_shown = first.get("tags_omitted") or f"own{posted.post.number}" in first["tags"]
        is_kept = posted.post.posting_id not in facts.touched
        if posted.is_early and is_kept and not is_shown:
            yield f"the call {uuid} was first announced without {posted}"


def _values(tag: Values) -> list[tuple[str, str]]:
    """Return the tag's values, the latest last."""
    replaced = tag.get("replaced")
    return [*(_values(replaced) if replaced else []), (tag["value"], tag["posting_id"])]


def _unfair_shares(facts: Facts, call: Values) -> Iterator[str]:
    """No publisher's tags take more of a call than its share."""
    for publisher_id, size in _sizes(facts, call).items():
        if size > SHARE:
            yield f"the call {call['call_uuid']} has {size} bytes of {publisher_id}"


def _sizes(facts: Facts, call: Values) -> dict[str, int]:
    """Return the bytes of each publisher's tags on a call."""
    sizes: dict[str, int] = {}
    for name, tag in call.get("tags", {}).items():
        for value, posting_id in _values(tag):
            publisher_id = facts.posted[posting_id].post.key.publisher_id
            sizes[publisher_id] = sizes.get(publisher_id, 0) + _count(name, value)
    return sizes


def _count(name: str, value: str) -> int:
    return len(name) + len(value) + 250


def _may_lack_room(facts: Facts, posted: Posted) -> bool:
    """Whether a call may have no room for the posting: it is nearly full, or the publisher's share
    is."""
    post = posted.post
    own = sum(_count(name, value) for name, value in post.tags.items())
    return any(
        _is_nearly_full(call) or _sizes(facts, call).get(post.key.publisher_id, 0) + own > SHARE
        for call in facts.calls.values()
    )


def _is_nearly_full(call: Values) -> bool:
    return sum(len(tag["value"]) for tag in call.get("tags", {}).values()) > NEARLY_FULL


def _timestamp(call: Values, name: str) -> datetime | None:
    return timestamps.from_text(call[name]) if name in call else None


def _short(tags: object) -> str:
    return str(tags)[:500]
