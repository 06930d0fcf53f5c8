"""Sends HTTP requests through the environment's proxy, if any. Does not follow redirects."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from cli.errors import Unreachable

_TIMEOUT = urllib3.Timeout(connect=10, read=40)


@dataclass(frozen=True, slots=True)
class Response:
    status_code: int
    text: str


def send(
    method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Send a request. Raises Unreachable if there is no response."""
    try:
        response = _pool(url).request(
            method, url, body=body, headers=dict(headers or {}), retries=False, timeout=_TIMEOUT
        )
    except (urllib3.exceptions.HTTPError, UnicodeError) as error:
        raise Unreachable(f"Cannot reach {_host(url)}: {_reason(error)}") from error
    return Response(response.status, response.data.decode(errors="replace"))


def _pool(url: str) -> urllib3.PoolManager:
    host = urlsplit(url).hostname or ""
    proxy = getproxies().get(urlsplit(url).scheme)
    # The variables that boto3 reads. Without them, urllib3 uses the system's certificates.
    ca_bundle = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE")
    if proxy and host not in ("127.0.0.1", "localhost") and not proxy_bypass(host):
        return urllib3.ProxyManager(proxy, ca_certs=ca_bundle)
    return urllib3.PoolManager(ca_certs=ca_bundle)


def _host(url: str) -> str:
    return urlsplit(url).netloc or url


def _reason(error: Exception) -> str:
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "the host name is unknown"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "the connection was refused"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "the request timed out"
    return str(error)
