"""The ids of calls, as phone systems spell them. Pure."""

import re

from shared.domain import placeholders

MAX_LENGTH = 128

# The class UUID reads many spellings more: signs, underscores, digits of other scripts.
_UUID = re.compile(
    r"(?:urn:uuid:)?(?P<open>\{)?"
    r"([0-9a-f]{8})(-?)([0-9a-f]{4})\3([0-9a-f]{4})\3([0-9a-f]{4})\3([0-9a-f]{12})"
    r"(?(open)\})",
    re.IGNORECASE | re.ASCII,
)
PATTERN = rf"[A-Za-z0-9._:@\-+~=*!/]{{6,{MAX_LENGTH}}}"
"""Of every id but a UUID in braces."""
_OTHER = re.compile(PATTERN)

RULE = (
    "a UUID, or 6 to 128 characters of letters, digits and . _ : @ - + ~ = * ! /, as the phone "
    "system spells it"
)


def canonical(text: str) -> str | None:
    """The id as it is stored and compared; None if the text is none.

    A UUID, in any usual spelling, is its lower-case form with hyphens; any other id is what stands
    there.
    """
    text = text.strip()
    if placeholders.is_unfilled(text):
        return None  # undefined, --A--call_uuid--B--: every call would share it
    if match := _UUID.fullmatch(text):
        return "-".join(match.group(2, 4, 5, 6, 7)).lower()
    return text if _OTHER.fullmatch(text) else None
