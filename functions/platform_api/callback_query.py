"""What a callback address says about all calls that are reported to it."""

from collections.abc import Mapping
from typing import Any

from functions.platform_api import bodies
from functions.platform_api.plain_report import CAMPAIGN_ID, DIRECTION, READ_FROM, fold
from shared.domain.errors import Problem
from shared.domain.postings import shown_name
from shared.runtime import http


def read(event: Mapping[str, Any], warnings: list[Problem]) -> dict[str, str]:
    """Return `campaign_id` and `direction` of a callback address. Adds to `warnings`.

    Names that nearly are those are read, too. In a GET, whose query string may be the phone
    system's, only `campaign_id` may be misspelled: `Direction` is Twilio's.
    """
    sent = bodies.form(event.get("rawQueryString", ""), warnings)
    misspelled = (CAMPAIGN_ID,) if http.method(event) == "GET" else (CAMPAIGN_ID, DIRECTION)
    for name in [*sent]:
        for member in misspelled:
            if fold(name) == fold(member) and member not in sent:
                sent[member] = sent[name]
                warnings.append(Problem(member, READ_FROM.format(shown_name(name), member)))
    return {name: sent[name] for name in (CAMPAIGN_ID, DIRECTION) if sent.get(name)}
