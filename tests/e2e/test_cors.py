"""Landing pages on any origin can post from the browser, with credentials too."""

import pytest

from infra.local import web
from tests.e2e.service import PostbackKey, Service

ORIGIN = {"Origin": "https://landing.example"}


@pytest.mark.parametrize("in_path", [False, True])
def test_a_preflight_from_any_origin_allows_posting_json(
    service: Service, key: PostbackKey, in_path: bool
) -> None:
    preflight = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    path = f"/data_writing/{key.key}" if in_path else "/data_writing"

    response = web.send("OPTIONS", service.api_url + path, headers=ORIGIN | preflight)

    assert response.status_code in (200, 204)
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    # The asterisk does not include Authorization, which some libraries request.
    allowed = response.headers["Access-Control-Allow-Headers"].lower().split(",")
    assert {"*", "authorization", "content-type"} <= {name.strip() for name in allowed}
    assert response.headers["Access-Control-Allow-Credentials"] == "true"


@pytest.mark.parametrize(
    ("query", "status_code"),
    [
        ("key={key}&caller_number=%2B15550007777&age=39", 200),
        ("key={key}&caller_number=12&age=39", 422),
        ("caller_number=%2B15550007777&age=39", 401),
    ],
)
def test_a_page_on_any_origin_may_read_the_response(
    service: Service, key: PostbackKey, query: str, status_code: int
) -> None:
    url = f"{service.api_url}/data_writing?{query.format(key=key.key)}"

    response = web.send("GET", url, headers=ORIGIN)

    assert response.status_code == status_code
    assert response.headers.get_all("Access-Control-Allow-Origin") == [ORIGIN["Origin"]]
    assert response.headers.get_all("Access-Control-Allow-Credentials") == ["true"]
    assert response.headers.get_all("Vary") == ["Origin"]


def test_a_frame_without_an_origin_may_read_the_response_without_credentials(
    service: Service, key: PostbackKey
) -> None:
    url = f"{service.api_url}/data_writing/{key.key}?caller_number=%2B15550007777&age=39"

    for method in ("OPTIONS", "GET"):
        response = web.send(method, url, headers={"Origin": "null"})

        assert response.headers.get_all("Access-Control-Allow-Origin") == ["*"]
        assert "Access-Control-Allow-Credentials" not in response.headers
