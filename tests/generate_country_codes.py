"""Writes shared/domain/country_codes.py from the locked phonenumbers. `make lock` runs it when
there is a newer version."""

from pathlib import Path

from shared.domain import numbering_plans

FILE = Path(__file__).parents[1] / "shared" / "domain" / "country_codes.py"

_HEAD = '''\
"""Each country code with the lengths of its national numbers, their pattern, and the prefix dialed
before them. Generated from phonenumbers by `python -m tests.generate_country_codes`; do not edit.
"""

from collections.abc import Mapping

PLANS: Mapping[str, tuple[tuple[int, ...], str, str]] = {
'''


def text() -> str:
    rows = (f'    "{code}": {plan!r},\n' for code, plan in numbering_plans.plans())
    return f"{_HEAD}{''.join(rows)}}}\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
