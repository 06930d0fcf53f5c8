"""The service returns its contracts: the publishers' to anybody, the operators' to operators."""

from infra.local import web
from tests import described
from tests.described import OPERATOR, PUBLISHER
from tests.e2e.service import Service


def test_anybody_can_read_the_contract_of_publishers(service: Service) -> None:
    response = web.send("GET", f"{service.api_url}/openapi.json")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert response.json() == described.load(PUBLISHER)


def test_web_pages_of_any_origin_can_read_it(service: Service) -> None:
    headers = {"Origin": "https://docs.example"}

    response = web.send("GET", f"{service.api_url}/openapi.json", headers=headers)

    assert response.headers["Access-Control-Allow-Origin"] == headers["Origin"]


def test_only_operators_can_read_their_contract(service: Service) -> None:
    signed = service.operate("GET", "/operator-openapi.json")
    unsigned = web.send("GET", f"{service.api_url}/operator-openapi.json")

    assert signed.status_code == 200
    assert signed.json() == described.load(OPERATOR)
    assert unsigned.status_code == 403
    assert b"postback-keys" not in unsigned.body
