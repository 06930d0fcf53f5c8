"""The doctor's findings: a subject is ok, needs something done, or was not checked."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from infra.account.connection import Account
from infra.environment import Environment


class Verdict(StrEnum):
    OK = "ok"
    TO_DO = "to do"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    about: str
    verdict: Verdict
    message: str

    def __str__(self) -> str:
        return f"{self.verdict:<11}  {self.about}: {self.message}"


Check = Callable[[Account, Environment], tuple[Verdict, str]]
