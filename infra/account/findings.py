"""What the doctor has to say: of each subject that it is right, what to do, or that it was not
checked."""

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
    told: str

    def __str__(self) -> str:
        return f"{self.verdict:<11}  {self.about}: {self.told}"


Check = Callable[[Account, Environment], tuple[Verdict, str]]
