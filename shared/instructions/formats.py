"""The formats of the instructions. A module of its own: routes need the names at import, and import
the instructions only when they are requested."""

from enum import StrEnum


class InstructionsFormat(StrEnum):
    """The values of the parameter `format`."""

    HTML = "html"
    MARKDOWN = "markdown"
