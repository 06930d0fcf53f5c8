"""Finds a caller number in the payload of a lead form, which has its fields as a list.

Imported only for a refusal, to keep cold starts short.
"""

from collections.abc import Callable, Mapping

from shared.domain import caller_numbers
from shared.domain.errors import InvalidCallerNumber

_MAX_READ = 20
"""Maximum values that are read as a number, because each takes time."""


def find_number(
    parameters: Mapping[str, str], region: str, names_number: Callable[[str], bool]
) -> tuple[str, str] | None:
    """Return the name and the number of a value beside a label such as "User Phone" or "phone".

    Such a list, [{"name": "phone", "value": "+1555…"}], was read as list.0.name and list.0.value.
    `names_number` tells whether a label suggests a phone number.
    """
    nested = {name: value for name, value in parameters.items() if "." in name}
    items = {_item(name) for name, value in nested.items() if names_number(value)}
    values = [(name, value) for name, value in nested.items() if _item(name) in items]
    for name, value in values[:_MAX_READ]:
        try:
            return name, caller_numbers.normalize(value, region)
        except InvalidCallerNumber:
            continue
    return None


def _item(name: str) -> str:
    return name.rpartition(".")[0]
