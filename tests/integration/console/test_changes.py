"""What the console's forms send to the operator API."""

import json
from typing import Any

import pytest

from tests.integration.console.operator_stub import Console, OperatorStub


def test_a_change_is_sent_once_and_confirmed_after_a_redirect(
    console: Console, operator_api: type[OperatorStub]
) -> None:
    operator_api.respond_with({"publisher_id": "pub_1"}, 201)

    response = console.post("/publishers", "name=Acme")

    assert response["statusCode"] == 303
    assert response["headers"]["Location"] == "/publishers/pub_1?add=1#add"
    assert [request.method for request in operator_api.requests] == ["POST"]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (
            "expires_at=2026-12-31T23:59&expects_every=2h&match_rate_floor=40+%25",
            {
                "expires_at": "2026-12-31T23:59:00+00:00", "expects_every": 7200,
                "match_rate_floor": 0.4,
            },
        ),
        (
            "expires_at=2026-12-31T23:59&expires_was=2026-12-31T23:59",
            {"expects_every": None, "match_rate_floor": None},
        ),
        (
            "expires_at=&expires_was=2026-12-31T23:59",
            {"expires_at": None, "expects_every": None, "match_rate_floor": None},
        ),
    ],
)  # fmt: skip
def test_a_keys_form_sends_its_expiry_only_if_changed_and_always_its_alerts(
    console: Console, operator_api: type[OperatorStub], typed: str, sent: dict[str, Any]
) -> None:
    response = console.post("/keys/pbk_a/change", f"name=main&{typed}")

    assert response["statusCode"] == 303
    (request,) = operator_api.requests
    always = {
        "name": "main", "storage_duration": 86_400, "end_call_cutoff": 3_600, "note": "",
        "default_region": "US",
    }  # fmt: skip
    assert json.loads(request.body) == always | sent
