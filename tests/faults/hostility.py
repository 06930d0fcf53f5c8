"""A hostile publisher beside the others. It fills the calls of some callers with large tags, and
floods one caller with postings. The others must lose nothing, and wait no longer than for callers
that nobody attacks: their postings take as many tries and as many requests to the tables."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import PostbackKey, Service
from tests.faults.accounts import Account

SHARE = 100_000
"""Maximum bytes of a publisher's tags on a call."""

_LARGE_TAGS, _TAGS_A_POSTING, _TAG_BYTES = 77, 11, 3600
_MOST_FLOODING = 1000
"""Maximum postings until one is braked: each process of the function counts its own."""
_MOST_TRIES = 4
_OPERATIONS = ("BatchWriteItem", "Query", "TransactWriteItems")
"""Operations that only postings and call reports send while nothing is in progress."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A posting of a publisher, or a report of the platform: the responses to all tries, and the
    requests to the tables."""

    what: str
    status_codes: Sequence[int]
    requests: int

    @property
    def is_accepted(self) -> bool:
        return self.status_codes[-1:] == [200]


@dataclass(frozen=True, slots=True)
class Visit:
    """What happened for one caller. `tags` are the call's at the end, `answered` those of the
    response to the platform. `sent` are the postings of the others and the report."""

    caller_number: str
    is_attacked: bool
    sent: Sequence[Sent]
    answered: Mapping[str, str]
    tags: Mapping[str, str]
    hostile_codes: Sequence[int]


class Hostility:
    """Acts out visits. `requests` counts what the functions have sent so far, by operation."""

    def __init__(
        self, service: Service, requests: Callable[[], Counter[str]], platform_key: str
    ) -> None:
        self._service = service
        self._requests = requests
        self._platform_key = platform_key
        self._key, self._other, self._hostile = (
            service.new_key(service.new_publisher()) for _ in range(3)
        )

    def visits(self, callers: int) -> Iterator[Visit]:
        for number in range(callers):
            yield self._visit(f"+1555777{number:04}", is_attacked=number % 2 == 0)

    def flood(self, caller_number: str) -> Sequence[int]:
        """Post for one caller until a posting is refused for that; return all status codes."""
        codes: list[int] = []
        while 429 not in codes and len(codes) < _MOST_FLOODING:
            response = self._service.tag(self._hostile, caller_number, flood=str(len(codes)))
            codes.append(response.status_code)
        return codes

    def _visit(self, caller_number: str, *, is_attacked: bool) -> Visit:
        call = PhoneCall(caller_number=caller_number)
        hostile = self._fill(caller_number) if is_attacked else []
        before = self._post(self._key, caller_number, "before")
        answered: dict[str, str] = {}
        report = self._count("report", lambda: self._report(call, answered))
        hostile += self._fill(caller_number) if is_attacked else []
        during = self._post(self._other, caller_number, "during")
        return Visit(
            caller_number,
            is_attacked,
            [before, report, during],
            answered,
            self._service.tags(call),
            hostile,
        )

    def _fill(self, caller_number: str) -> list[int]:
        return [
            self._service.post_json(
                {"key": self._hostile.key, "caller_number": caller_number}
                | {f"hostile{i}": "x" * _TAG_BYTES for i in range(start, start + _TAGS_A_POSTING)}
            ).status_code
            for start in range(0, _LARGE_TAGS, _TAGS_A_POSTING)
        ]

    def _post(self, key: PostbackKey, caller_number: str, name: str) -> Sent:
        tags = {name: caller_number}
        return self._count(name, lambda: self._service.tag(key, caller_number, **tags).status_code)

    def _report(self, call: PhoneCall, answered: dict[str, str]) -> int:
        members: dict[str, Any] = {"caller_number": call.caller_number}
        response = self._service.report(self._platform_key, call.call_uuid, members)
        if response.status_code == 200:
            answered |= response.json()["tags"]
        return response.status_code

    def _count(self, what: str, send: Callable[[], int]) -> Sent:
        before = self._total()
        codes = [send()]
        while codes[-1] != 200 and len(codes) < _MOST_TRIES:
            codes.append(send())
        return Sent(what, codes, self._total() - before)

    def _total(self) -> int:
        return sum(self._requests()[operation] for operation in _OPERATIONS)


def settle_hostility(account: Account, visits: Sequence[Visit], flooding: Sequence[int]) -> None:
    """Enter every loss of the others, and every sign that they had to wait longer."""
    usual = _fewest_requests(v for v in visits if not v.is_attacked)
    for what, fewest in _fewest_requests(v for v in visits if v.is_attacked).items():
        account.expect(
            fewest == usual[what], f"beside it {what} took {fewest} requests, not {usual[what]}"
        )
    for visit in visits:
        shown = f"caller {visit.caller_number}"
        for sent in visit.sent:
            account.expect(
                list(sent.status_codes) == [200], f"{shown}: {sent.what} got {sent.status_codes}"
            )
        own = {"before": visit.caller_number, "during": visit.caller_number}
        account.expect(own.items() <= visit.tags.items(), f"{shown}: a tag is lost")
        account.expect("before" in visit.answered, f"{shown}: the platform missed a tag")
        size = sum(
            len(name) + len(value) + 250
            for name, value in visit.tags.items()
            if name.startswith("hostile")
        )
        account.expect(size <= SHARE, f"{shown}: the hostile publisher has {size:,} bytes")
        if visit.is_attacked:
            refused = visit.hostile_codes.count(422)
            account.expect(0 < refused < len(visit.hostile_codes), f"{shown}: {refused} refused")
    account.expect(flooding[-1:] == [429], f"{len(flooding)} postings for one caller, none braked")


def _fewest_requests(visits: Iterable[Visit]) -> dict[str, int]:
    """Return the fewest requests that each posting and report took. On a busy machine some take
    more, because a client tries again."""
    fewest: dict[str, int] = {}
    for visit in visits:
        for sent in visit.sent:
            fewest[sent.what] = min(fewest.get(sent.what, sent.requests), sent.requests)
    return fewest
