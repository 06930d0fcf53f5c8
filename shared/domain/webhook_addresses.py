"""Which URLs a webhook may have, and which IP addresses may be connected to. Pure: no DNS.

A URL is checked when it is saved, the addresses of its host before each connection.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from shared.domain.errors import InvalidInput, Problem

MAX_URL_LENGTH = 2048
HTTPS_PORT = 443
FIRST_UNPRIVILEGED_PORT = 1024

_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost"})
"""Hosts that an embedded environment may send to, by plain HTTP."""

_URL_CHARACTERS = re.compile(r"[!-;=?-\[\]_a-z~]*")
"""Printable ASCII that no parser of URLs reads differently from another: no backslash or space."""
_AUTHORITY = re.compile(
    r"(?:[^@]*@)?(?:\[[0-9a-f:.]*:[0-9a-f:.]*\]|[^\[\]:@]*)(?::[0-9]*)?", re.IGNORECASE
)
"""Host and port: `urlsplit` ignores text behind a bracket, and takes `[v1.a]` for a host name."""
_HOST_NAME = re.compile(
    r"(?=.{1,253}\.?\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)", re.IGNORECASE)
"""A last label by which resolvers take the whole host for an IPv4 address, such as 0x7f000001."""

_NOT_A_URL = "is not a URL, such as https://platform.example.com/calls"

_GLOBAL_IPV6 = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
_SPECIAL = tuple(
    map(
        ip_network,
        (
            # Python versions differ on whether these are global.
            "192.0.0.0/24",  # IETF protocol assignments
            "192.88.99.0/24",  # relays of 6to4, withdrawn by RFC 7526
            "2001::/23",  # IETF protocol assignments, among them Teredo
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which leads to any IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a webhook's URL leads: what to resolve, connect to, and put into the request line."""

    host: str
    port: int
    path: str
    is_tls: bool

    @property
    def host_header(self) -> str:
        """The Host header: without the port if it is the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS_PORT if self.is_tls else 80
        return host if self.port == usual else f"{host}:{self.port}"


def target(url: str, *, may_be_loopback: bool = False) -> Target:
    """Return where the URL leads. Raises InvalidInput for a URL that a webhook may not have.

    `may_be_loopback` also allows http://127.0.0.1:PORT and http://localhost:PORT, for receivers on
    the machine of an embedded environment.
    """
    if len(url) > MAX_URL_LENGTH:
        raise _invalid(f"has more than {MAX_URL_LENGTH:,} characters")
    if not _URL_CHARACTERS.fullmatch(url):
        raise _invalid(
            "has a character that a URL cannot have; percent-encode it, and write an international "
            "host name in its ASCII form (xn--…)"
        )
    parts, port = _split(url)
    if parts.username is not None or parts.password is not None:
        raise _invalid("has a user name or password; leave them out, and verify the signature")
    if parts.fragment or "#" in url:
        raise _invalid("has a fragment, which is not sent to servers; remove # and what follows")
    host = parts.hostname or ""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if may_be_loopback and parts.scheme == "http" and host in _LOOPBACK_HOSTS and port:
        return Target(host=host, port=port, path=path, is_tls=False)
    if parts.scheme != "https":
        raise _invalid("must begin with https://")
    _check_host(host)
    return Target(host=host, port=_checked_port(port), path=path, is_tls=True)


def check_addresses(
    addresses: Iterable[str], target: Target, *, may_be_loopback: bool = False
) -> tuple[str, ...]:
    """Return the addresses that the target's host was resolved to, if all of them are allowed.

    One address that is not public refuses all, since the next resolution may list it first.
    Raises InvalidInput, whose message does not have the address, so that errors shown to people
    reveal nothing of the network.
    """
    resolved = tuple(addresses)
    if not resolved:
        raise _invalid("has a host that does not exist in DNS")
    is_local = may_be_loopback and not target.is_tls
    allowed = _is_loopback if is_local else is_public
    if not all(map(allowed, resolved)):
        raise _invalid(
            "leads to an address of this machine or of a private network; send to a public address"
        )
    return resolved


def is_public(address: str) -> bool:
    """Whether this is an address on the internet, or leads to one (IPv4-mapped, NAT64).

    Everything else is not: private, loopback, link-local, shared, multicast, documentation, 6to4,
    Teredo, and whatever is not an IP address.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        if parsed.scope_id:
            return False
        inner = _inner_ipv4(parsed)
        if inner is None:
            return parsed in _GLOBAL_IPV6 and _is_ordinary(parsed)
        parsed = inner
    return _is_ordinary(parsed)


def _is_ordinary(address: IPv4Address | IPv6Address) -> bool:
    is_special = any(address in network for network in _SPECIAL)
    return address.is_global and not (address.is_multicast or address.is_reserved or is_special)


def _inner_ipv4(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that the IPv6 address stands for, if any."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _invalid(_NOT_A_URL) from None
    if not _AUTHORITY.fullmatch(parts.netloc):
        raise _invalid(_NOT_A_URL)
    return parts, port


def _check_host(host: str) -> None:
    if ":" in host:
        if not is_public(host):
            raise _invalid("has an IP address that is not public")
    elif _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        if not is_public(host):
            raise _invalid("has an IP address that is not public, or not written as 203.0.113.7 is")
    elif not _HOST_NAME.fullmatch(host):
        raise _invalid("must have a full host name, such as platform.example.com")


def _checked_port(port: int | None) -> int:
    if port is None:
        return HTTPS_PORT
    if port != HTTPS_PORT and port < FIRST_UNPRIVILEGED_PORT:
        raise _invalid("has a port of another service; use 443, or 1024 or higher")
    return port


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(Problem("url", message))
