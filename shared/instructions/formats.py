"""In which forms the instructions are given out. Apart from the page: routes must know these names,
and load the page when somebody asks for it."""

from enum import StrEnum


class InstructionsFormat(StrEnum):
    """As the parameter `format` names them."""

    HTML = "html"
    MARKDOWN = "markdown"
