"""Writes shared/domain/country_codes.py from the locked library of numbering plans: `make lock`
calls it when a newer one comes."""

from pathlib import Path

from shared.domain import numbering_plans

FILE = Path(__file__).parents[1] / "shared" / "domain" / "country_codes.py"

_HEAD = '''\
"""The country codes of the world: the lengths of national numbers, what these look like, and what
may be dialed before them. Written by `python -m tests.plans` from phonenumbers; not to be edited.
"""

from collections.abc import Mapping

PLANS: Mapping[str, tuple[tuple[int, ...], str, str]] = {
'''


def text() -> str:
    rows = (f'    "{code}": {plan!r},\n' for code, plan in numbering_plans.plans())
    return f"{_HEAD}{''.join(rows)}}}\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
