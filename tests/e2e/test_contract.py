"""The service gives out its own description: the publishers' to anybody, the operators' to them."""

from infra.local import web
from tests import described
from tests.described import OPERATOR, PUBLISHER
from tests.e2e.service import Service


def test_anybody_may_read_what_publishers_can_rely_on(service: Service) -> None:
    answer = web.send("GET", f"{service.api_url}/openapi.json")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.json() == described.load(PUBLISHER)


def test_a_page_on_any_origin_may_read_it(service: Service) -> None:
    headers = {"Origin": "https://docs.example"}

    answer = web.send("GET", f"{service.api_url}/openapi.json", headers=headers)

    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_only_operators_may_read_what_they_can_rely_on(service: Service) -> None:
    signed = service.operate("GET", "/operator-openapi.json")
    unsigned = web.send("GET", f"{service.api_url}/operator-openapi.json")

    assert signed.status_code == 200
    assert signed.json() == described.load(OPERATOR)
    assert unsigned.status_code == 403
    assert b"postback-keys" not in unsigned.body
