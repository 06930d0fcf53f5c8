"""Sign-ins in progress, which the browser's cookies hold: one for each tab."""

import time

import pytest

from functions.console import sign_in

PREFIX = "__Host-sign-in-"
NOW = 1_800_000_000.5


def _begin(path: str = "/log?outcome=stored", now: float = NOW) -> tuple[dict[str, str], str]:
    """Return the cookie of a new sign-in, and its state."""
    ident, value, begun = sign_in.begin(path, now)
    return {f"{PREFIX}{ident}": value}, begun.state


def test_a_sign_in_is_finished_with_the_values_that_it_began_with() -> None:
    ident, value, begun = sign_in.begin("/log?outcome=stored", NOW)

    found = sign_in.finish({f"{PREFIX}{ident}": value}, PREFIX, begun.state, NOW + 40)

    assert found == begun
    assert len({begun.state, begun.nonce, begun.verifier, value.partition(".")[0]}) == 4
    assert 43 <= len(begun.verifier) <= 128  # RFC 7636, 4.1


def test_two_tabs_sign_in_at_once_and_either_finishes_first() -> None:
    (first, first_state), (second, second_state) = _begin("/log"), _begin("/calls")
    cookies = first | second

    for state, path in ((second_state, "/calls"), (first_state, "/log")):
        found = sign_in.finish(cookies, PREFIX, state, NOW + 5)
        assert found
        assert found.path == path


@pytest.mark.parametrize(
    ("seconds", "is_known"), [(-4, True), (-7, False), (0, True), (899, True), (902, False)]
)
def test_a_sign_in_takes_fifteen_minutes_at_most(seconds: int, is_known: bool) -> None:
    cookies, state = _begin()

    assert bool(sign_in.finish(cookies, PREFIX, state, NOW + seconds)) is is_known


@pytest.mark.parametrize("change", ["", "x", ".", "é", "\udcff", "x" * 5000])
def test_another_state_finishes_nothing(change: str) -> None:
    cookies, state = _begin()
    other_cookies, other_state = _begin()

    assert sign_in.finish(cookies, PREFIX, change, NOW) is None
    assert sign_in.finish(cookies, PREFIX, state + (change or "0"), NOW) is None
    assert sign_in.finish(cookies, PREFIX, other_state, NOW) is None
    assert sign_in.finish({}, PREFIX, state, NOW) is None
    assert sign_in.finish(other_cookies, PREFIX, state, NOW) is None


@pytest.mark.parametrize("value", ["", ".", "abc", "abc.é", "abc.%%%", "\udcff.L2xvZw", "a.b.c"])
def test_a_broken_cookie_finishes_nothing(value: str) -> None:
    (name,), state = _begin()[0], _begin()[1]

    assert sign_in.finish({name: value}, PREFIX, state, NOW) is None


def test_a_path_that_is_too_long_leads_to_the_first_page() -> None:
    longest = "/log?" + "x" * (sign_in.MAX_PATH_LENGTH - 5)

    assert sign_in.begin(longest, NOW)[2].path == longest
    assert sign_in.begin(longest + "x", NOW)[2].path == "/"


def test_only_the_newest_sign_ins_of_a_browser_stay() -> None:
    cookies: dict[str, str] = {"__Host-session": "s"}
    for seconds in (30, 10, 50, 20, 40):
        cookies |= _begin(now=time.time() + seconds)[0]
    by_age = sorted(name for name in cookies if name.startswith(PREFIX))

    assert sign_in.surplus(cookies, PREFIX, 3) == by_age[:2]
    assert sign_in.surplus(cookies, PREFIX, 5) == sign_in.surplus({}, PREFIX, 3) == []


def test_the_cookies_of_twenty_tabs_fit_into_the_gateways_headers() -> None:
    longest = "/log?" + "x" * (sign_in.MAX_PATH_LENGTH - 5)
    usual, most = _begin()[0], _begin(longest)[0]

    def size(cookies: dict[str, str]) -> int:
        return sum(len(f"{name}={value}; ") for name, value in cookies.items())

    assert size(usual) * 20 < 3_000
    assert size(most) * 20 < 10_240
