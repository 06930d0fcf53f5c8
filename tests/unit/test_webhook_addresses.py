"""Webhook URLs and addresses: only public ones, by https."""

import pytest

from shared.domain import webhook_addresses
from shared.domain.errors import InvalidInput
from shared.domain.webhook_addresses import Target, check_addresses, is_public, target

LONGEST = "https://platform.example.com/".ljust(2048, "a")


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "host_header"),
    [
        ("https://p.example.com", "p.example.com", 443, "/", "p.example.com"),
        ("https://P.Example.com/Calls", "p.example.com", 443, "/Calls", "p.example.com"),
        ("https://p.example.com:443/", "p.example.com", 443, "/", "p.example.com"),
        ("https://p.example.com:1024/", "p.example.com", 1024, "/", "p.example.com:1024"),
        ("https://p.example.com:65535/", "p.example.com", 65535, "/", "p.example.com:65535"),
        ("https://p.example.com./", "p.example.com.", 443, "/", "p.example.com."),
        ("https://p.example.com?a=1&b=%20", "p.example.com", 443, "/?a=1&b=%20", "p.example.com"),
        (
            "https://xn--bcher-kva.example/",
            "xn--bcher-kva.example",
            443,
            "/",
            "xn--bcher-kva.example",
        ),
        ("HTTPS://p.example.com/", "p.example.com", 443, "/", "p.example.com"),
        ("https://8.8.4.4/calls", "8.8.4.4", 443, "/calls", "8.8.4.4"),
        ("https://[2606:4700::64]/", "2606:4700::64", 443, "/", "[2606:4700::64]"),
        ("https://[2606:4700::64]:/", "2606:4700::64", 443, "/", "[2606:4700::64]"),
        ("https://p.example.com?@10.1.1.1/", "p.example.com", 443, "/?@10.1.1.1/", "p.example.com"),
        ("https://[2606:4700::64]:8443/", "2606:4700::64", 8443, "/", "[2606:4700::64]:8443"),
    ],
)
def test_a_public_https_url_is_taken_apart(
    url: str, host: str, port: int, path: str, host_header: str
) -> None:
    taken = target(url)
    assert taken == Target(host=host, port=port, path=path, is_tls=True)
    assert taken.host_header == host_header


def test_a_url_may_have_2048_characters() -> None:
    assert target(LONGEST).host == "platform.example.com"
    with pytest.raises(InvalidInput, match="2,048 characters"):
        target(f"{LONGEST}a")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "begin with https"),
        ("http://p.example.com/", "begin with https"),
        ("ftp://p.example.com/", "begin with https"),
        ("gopher://p.example.com/", "begin with https"),
        ("file:///etc/hosts", "begin with https"),
        ("p.example.com/calls", "begin with https"),
        ("//p.example.com/calls", "begin with https"),
        ("https:///calls", "full host name"),
        ("https://", "full host name"),
        ("https://ann@p.example.com/", "user name or password"),
        ("https://ann:secret@p.example.com/", "user name or password"),
        ("https://@p.example.com/", "user name or password"),
        ("https://p.example.com/#top", "fragment"),
        ("https://p.example.com/#", "fragment"),
        ("https://p.example.com:22/", "port of another service"),
        ("https://p.example.com:80/", "port of another service"),
        ("https://p.example.com:1023/", "port of another service"),
        ("https://p.example.com:0/", "port of another service"),
        ("https://p.example.com:65536/", "not a URL"),
        ("https://p.example.com:https/", "not a URL"),
        ("https://[::1/", "not a URL"),
        ("https://[v1.a]/", "not a URL"),
        ("https://[8.8.4.4]/", "not a URL"),
        ("https://[2606:4700::64]p.example.com/", "not a URL"),
        ("https://p.example.com[2606:4700::64]/", "not a URL"),
        ("https://p.example.com:443:443/", "not a URL"),
        ("https://p.example.com\\@10.1.1.1/", "a character"),
        ("https://p.example.com/a b", "a character"),
        ("https://p.example.com/\r\nX-Other: 1", "a character"),
        (" https://p.example.com/", "a character"),
        ("https://p.example.com/\t", "a character"),
        ("https://bücher.example/", "a character"),
        ("https://p。example/", "a character"),
        ("https://localhost/", "full host name"),
        ("https://intranet/", "full host name"),
        ("https://p..example.com/", "full host name"),
        ("https://-p.example.com/", "full host name"),
        ("https://p%2eexample.com/", "full host name"),
        (f"https://{'a' * 64}.example.com/", "full host name"),
        ("https://127.0.0.1/", "not public"),
        ("https://127.1/", "not public"),
        ("https://2130706433/", "not public"),
        ("https://0x7f000001/", "not public"),
        ("https://0x7f.0.0.0x1/", "not public"),
        ("https://0177.0.0.1/", "not public"),
        ("https://10.1.1.1./", "not public"),
        ("https://169.254.169.254/latest/", "not public"),
        ("https://[::1]/", "not public"),
        ("https://[::ffff:10.1.1.1]/", "not public"),
        ("https://[fe80::1%25eth0]/", "not public|not a URL"),
        ("http://127.0.0.1:8080/", "begin with https"),
        ("http://localhost:8080/", "begin with https"),
    ],
)
def test_a_url_that_is_not_public_https_is_refused(url: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as refused:
        target(url)
    assert refused.value.problems[0].param == "url"


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("http://127.0.0.1:8080/calls", True),
        ("http://localhost:8080", True),
        ("http://LOCALHOST:80/", True),
        ("http://localhost/", False),
        ("http://127.0.0.1/", False),
        ("http://127.0.0.1:0/", False),
        ("http://127.0.0.2:8080/", False),
        ("http://127.1:8080/", False),
        ("http://[::1]:8080/", False),
        ("http://localhost.:8080/", False),
        ("http://localhost.example.com:8080/", False),
        ("http://ann@localhost:8080/", False),
        ("http://10.1.1.1:8080/", False),
        ("https://localhost:8080/", False),
        ("https://127.0.0.1:8080/", False),
    ],
)
def test_an_embedded_environment_may_send_to_its_own_machine(url: str, is_allowed: bool) -> None:
    if is_allowed:
        assert not target(url, may_be_loopback=True).is_tls
    else:
        with pytest.raises(InvalidInput):
            target(url, may_be_loopback=True)


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.4.4", "1.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1"),
        *("11.0.0.1", "169.253.255.255", "192.167.255.255", "223.255.255.255", "198.20.0.1"),
        *("2606:4700::64", "2001:4860:4860::64", "2a00:1450::5", "2003::1"),
        *("::ffff:8.8.4.4", "64:ff9b::8.8.4.4"),
    ],
)
def test_an_address_on_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        # This host, private, shared, loopback, link-local
        *("0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255"),  # noqa: S104
        *("192.168.0.1", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.254"),
        *("169.254.169.254", "169.254.170.2"),
        # Protocols, documentation, benchmarks, multicast, reserved, broadcast
        *("192.0.0.9", "192.0.2.7", "198.51.100.7", "203.0.113.7", "192.88.99.1", "198.18.0.1"),
        *("198.19.255.255", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        # The same, inside an IPv6 address
        *("::ffff:127.0.0.1", "::ffff:10.1.1.1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe"),
        *("64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b::169.254.169.254"),
        # Public ones inside transitions that are out of use
        *("2002:808:404::1", "2002:7f00:1::", "2001::808:404", "::8.8.4.4", "::ffff:0:8.8.4.4"),
        # IPv6: unspecified, loopback, link-local, site-local, unique local, multicast, special
        *("::", "::1", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254"),
        *("ff02::1", "ff0e::1", "100::1", "64:ff9b:1::808:404", "2001:2::1", "2001:20::1"),
        *("2001:db8::7", "3fff::1", "4000::1", "5f00::1", "2606:4700::64%eth0"),
        # No addresses
        *("", "p.example.com", "8.8.4", "8.8.4.4.4", "08.8.4.4", "0x8.8.4.4", "134743044"),
        *("8.8.4.4 ", "8.8.4.4/32", "[2606:4700::64]"),
    ],
)
def test_any_other_address_is_not(address: str) -> None:
    assert not is_public(address)


PUBLIC = target("https://p.example.com/")
LOCAL = target("http://localhost:8080/", may_be_loopback=True)


def test_a_host_is_refused_if_one_of_its_addresses_is_not_public() -> None:
    assert check_addresses(["8.8.4.4", "2606:4700::64"], PUBLIC) == ("8.8.4.4", "2606:4700::64")
    for others in (["8.8.4.4", "10.1.1.1"], ["::1"], ["2606:4700::64", "fe80::1%2"]):
        with pytest.raises(InvalidInput, match="private network") as refused:
            check_addresses(others, PUBLIC)
        assert not any(address in str(refused.value) for address in others)
    with pytest.raises(InvalidInput, match="does not exist in DNS"):
        check_addresses([], PUBLIC)


def test_loopback_is_allowed_only_to_an_embedded_environment_and_its_plain_urls() -> None:
    assert check_addresses(["127.0.0.1", "::1"], LOCAL, may_be_loopback=True)
    for addresses, of, is_embedded in (
        (["127.0.0.1"], PUBLIC, True),
        (["127.0.0.1"], LOCAL, False),
        (["127.0.0.1", "10.1.1.1"], LOCAL, True),
        (["8.8.4.4"], LOCAL, True),
        (["localhost"], LOCAL, True),
    ):
        with pytest.raises(InvalidInput):
            check_addresses(addresses, of, may_be_loopback=is_embedded)


def test_the_limits_are_what_the_messages_say() -> None:
    assert (webhook_addresses.MAX_URL_LENGTH, webhook_addresses.FIRST_UNPRIVILEGED_PORT) == (
        2048,
        1024,
    )
