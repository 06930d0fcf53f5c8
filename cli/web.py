"""HTTP as the command line speaks it: through the environment's proxy, if any, and no redirects."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from cli.failures import Unreachable

_TIMEOUT = urllib3.Timeout(connect=10, read=40)


@dataclass(frozen=True, slots=True)
class Answer:
    status_code: int
    text: str


def send(
    method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Send the request as it stands. Raises Unreachable."""
    try:
        response = _pool(url).request(
            method, url, body=body, headers=dict(headers or {}), retries=False, timeout=_TIMEOUT
        )
    except (urllib3.exceptions.HTTPError, UnicodeError) as error:
        raise Unreachable(f"{_host(url)} cannot be reached: {_reason(error)}") from error
    return Answer(response.status, response.data.decode(errors="replace"))


def _pool(url: str) -> urllib3.PoolManager:
    host = urlsplit(url).hostname or ""
    proxy = getproxies().get(urlsplit(url).scheme)
    # What boto3 reads too; without either, the machine's certificates.
    ca_bundle = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE")
    if proxy and host not in ("127.0.0.1", "localhost") and not proxy_bypass(host):
        return urllib3.ProxyManager(proxy, ca_certs=ca_bundle)
    return urllib3.PoolManager(ca_certs=ca_bundle)


def _host(url: str) -> str:
    return urlsplit(url).netloc or url


def _reason(error: Exception) -> str:
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "there is no such host"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "it does not accept connections"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "it did not answer in time"
    return str(error)
