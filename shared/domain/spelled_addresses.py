"""Unwraps a phone number from a URI, a messenger's address, a display name, quotes, or escape
sequences. Imported only for a number with such characters."""

import re
from urllib.parse import unquote

from shared.domain import numbering_plans, placeholders
from shared.domain.e164 import MIN_DIGITS
from shared.domain.errors import InvalidCallerNumber
from shared.domain.spelled_digits import UNFILLED, WITHHELD, digits_of, is_withheld_word, plain

DEVICE = "has a device number, which was ignored; send the number without the device"
ENCODED_TWICE = "was percent-encoded twice; encode it once"
HOST = "has an @ and an unknown host, and was read as a SIP address; send only the number"
_EMAIL = "is an email address; send the caller's phone number"

_QUOTES = re.compile("[\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u00ab\u00bb]")

_NAMED = re.compile(r"([^<>]*)<([^<>]*)>[^<>]*")
_SCHEME = re.compile(
    r"(tel|sips?|callto|sms(?:to)?|mms(?:to)?|whatsapp|client|signal|viber|skype|imessage|rcs"
    r"|facetime(?:-audio)?):(?://)?",
    re.IGNORECASE,
)
_URI_IN_BRACKETS = re.compile(r"<(?:tel|sips?):([^<>]*)>", re.IGNORECASE)
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
"""An IP address: in a SIP URI without a user, the host is in the user's place."""
_CONTEXT = re.compile(r";phone-context=\+([0-9]{1,3})(?=;|$)", re.IGNORECASE)
_URI_PARAMETER = r"(?i);(?!ext=)[a-z-]+(=[^;]*)?"

# Compiled when first used, as few numbers need them.
_KNOWN_PARAMETER = (
    r"(?i);\s*(?:phone-context|tgrp|trunk-context|isub|isub-encoding|postd|npdi|rn|rn-context|cic"
    r"|cic-context|enumdi|premium-rate|verstat|oli|isup-oli|cpc|noa|npi|user|transport|maddr|ttl"
    r"|method|lr|ob|gr|comp|sigcomp-id|tag)(?![a-z-])(?:=[^;]*)?"
)
_MESSENGER_LINK = (
    r"(?i)(?:https?://)?(?:wa\.me/|(?:api|web)\.whatsapp\.com/send/?\?(?:[a-z_]+=[^&]*&)*phone=)"
)
_MESSENGER = r"(?i)(?:c\.us|(?:s\.)?whatsapp\.net)"
_DEVICE = r"(?:[._][0-9]{1,3})?:[0-9]{1,3}$"
_MAILBOXES = (
    r"(?i)(?:gmail|googlemail|yahoo|ymail|hotmail|outlook|live|msn|icloud|me|mac|aol|gmx|web|qq|163"
    r"|126|sina|naver|mail|yandex|protonmail|proton|zoho|orange|wanadoo|free|libero|t-online"
    r"|comcast|verizon|rediffmail)\.(?:[a-z]{2,3}\.)?[a-z]{2,3}\s*$"
)
"""Hosts of people's mailboxes, where a user of digits may be any number."""
_PHONE_LABELS = frozenset((
    "sip", "sips", "pbx", "ipbx", "voip", "ims", "sbc", "trunk", "trunks", "trunking", "pstn",
    "voice", "phone", "phones", "tel", "telephony", "telecom", "gateway", "gw", "media",
    "asterisk", "freeswitch", "kamailio", "opensips", "cucm", "3cx", "dialer", "localhost",
    "invalid",
))  # fmt: skip
"""Parts of the names of phone systems' hosts, such as sip.example.com and pbx-2.example.com."""
_URI_HOST = r"[0-9.]+|\[.*|[^;]*[:;].*"
"""An IP address, or a host with a port or parameters, which no email address has."""
_NOT_A_PHONE = r"(?i)(?:g\.us|lid|broadcast|newsletter|call|bot)"


def unwrapped(text: str, repairs: list[str]) -> str:
    """Return the text without what is around the number. Raises InvalidCallerNumber."""
    text = _decoded(text, repairs)
    is_short = sum(map(str.isdigit, text)) < MIN_DIGITS - 1
    if is_short and placeholders.has_unfilled(_URI_IN_BRACKETS.sub(r"\1", text)):
        raise InvalidCallerNumber(UNFILLED)
    if "%" in text and (unquoted := plain(unquote(text))) != text:
        repairs.append(ENCODED_TWICE)
        text = _decoded(unquoted, repairs)
    if text.count("<") > 1:
        text = _one_identity(text)
    if match := _NAMED.fullmatch(text):
        text = match[2] if _says_something(match[2]) else match[1]
    text = _QUOTES.sub("", text.removeprefix("=") if text[1:2] in ('"', "'") else text).strip()
    return _user(text, repairs)


def _decoded(text: str, repairs: list[str]) -> str:
    if "&" not in text and "\\" not in text:
        return text
    from shared.domain import spelled_words

    return plain(spelled_words.decoded(text, repairs))


def _one_identity(text: str) -> str:
    """Return the only number of several identities: <sip:jo@pbx.example>, <tel:+15551230142>."""
    identities = re.findall("<[^<>]*>", text)
    if any(map(is_withheld_word, identities)):
        raise InvalidCallerNumber(WITHHELD)
    numbers = [each for each in identities if sum(map(str.isdigit, each)) >= MIN_DIGITS - 1]
    return numbers[0] if len(numbers) == 1 else text


def _says_something(text: str) -> bool:
    return any(map(str.isdigit, text)) or is_withheld_word(text)


def _user(text: str, repairs: list[str]) -> str:
    """Return the user of a URI or an address, without parameters; other text unchanged."""
    parameter = _URI_PARAMETER
    if match := re.match(_MESSENGER_LINK, text):
        return re.split("[?&/#]", text[match.end() :])[0]
    if match := _SCHEME.match(text):
        text = unquote(text[match.end() :].partition("?")[0])
        if match[1].lower().startswith("sip"):
            text = text.split("@", 1)[0].split(":", 1)[0]  # a user may have a password
            if _ADDRESS.fullmatch(text.partition(";")[0]):
                raise InvalidCallerNumber("is an IP address; send the caller's number")
    elif "@" not in text:
        if ";" not in text:
            return text
        parameter = _KNOWN_PARAMETER
    else:
        _refuse_email(text)
        _doubt_host(text, repairs)
    text = _without_host(text, repairs)
    if match := _CONTEXT.search(text):
        local = text[: match.start()].strip()
        text = local if local.startswith("+") else _in_context(match[1], local)
    return re.sub(parameter, "", text).strip()


def _refuse_email(text: str) -> None:
    user, at, host = text.partition("@")
    if at and not any(map(str.isdigit, user)):
        raise InvalidCallerNumber("has an @ before the number; send only the number")
    if re.match(_MAILBOXES, host):
        raise InvalidCallerNumber(_EMAIL)


def _doubt_host(text: str, repairs: list[str]) -> None:
    """Warn about an address without sip: whose host may be a mail server's."""
    user, _, host = text.partition("@")
    if re.fullmatch(_MESSENGER, host) or re.fullmatch(_URI_HOST, host, re.DOTALL):
        return
    labels = re.split("[.-]", host.strip().lower())
    if any(
        label in _PHONE_LABELS or label.rstrip("0123456789") in _PHONE_LABELS for label in labels
    ):
        return
    if re.fullmatch(r"\S*[^\W\d_]\S*", user):
        raise InvalidCallerNumber(_EMAIL)
    repairs.append(HOST)


def _without_host(text: str, repairs: list[str]) -> str:
    """Return the user of an address, without the device number of a messenger's address."""
    user, _, host = text.partition("@")
    if re.fullmatch(_NOT_A_PHONE, host):
        raise InvalidCallerNumber("is the address of a group or an account; send a phone number")
    if re.fullmatch(_MESSENGER, host) and (match := re.search(_DEVICE, user)):
        repairs.append(DEVICE)
        return user[: match.start()]
    return user


def _in_context(code: str, local: str) -> str:
    """Return a local number of the country in its URI. An invalid one is refused, not guessed."""
    number = numbering_plans.international(code + digits_of(local))
    if number is None:
        raise InvalidCallerNumber(
            "is not a valid phone number in the phone-context of its URI; send it as + followed "
            "by country code and number"
        )
    return number
