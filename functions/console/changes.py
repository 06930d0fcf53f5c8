"""A change that a form asks for. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from functions.console.responses import GatewayResponse

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """`make` makes the change, and `show_form` shows its page with what was typed and errors."""

    make: Callable[[], GatewayResponse]
    show_form: Callable[..., GatewayResponse]
