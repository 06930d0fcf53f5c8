"""The results of applying postings to a call."""

from dataclasses import dataclass

from shared.domain.calls import Call
from shared.domain.errors import OutOfTime
from shared.domain.postings import Posting


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """A call after postings were applied to it.

    `refused` are those for which the call had no room; those of them that are `over_share` exceed
    their publisher's share of it. Another writer had applied or refused those `already_decided`.
    `has_other_caller` if the call was reported with another caller than is known: the first stays.
    `ends_early` if it was reported with an end before its known start: the end was replaced.
    """

    call: Call
    applied: tuple[Posting, ...] = ()
    refused: tuple[Posting, ...] = ()
    over_share: tuple[Posting, ...] = ()
    already_decided: tuple[Posting, ...] = ()
    has_other_caller: bool = False
    ends_early: bool = False

    def followed_by(self, second: "ApplyResult") -> "ApplyResult":
        """Return the result of both, one after the other."""
        return ApplyResult(
            second.call,
            self.applied + second.applied,
            self.refused + second.refused,
            self.over_share + second.over_share,
            self.already_decided + second.already_decided,
        )


class AppliedInPart(OutOfTime):
    """The time limit ran out after some of a call's postings were applied. The rest are pending."""

    def __init__(self, result: ApplyResult) -> None:
        super().__init__("the time limit has passed before all postings were applied")
        self.result = result
