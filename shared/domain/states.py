"""States, provinces and territories of the US and Canada, with their usual abbreviations. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

_NAMES: Mapping[str, str] = {
    "AL": "Alabama|Ala", "AK": "Alaska", "AZ": "Arizona|Ariz", "AR": "Arkansas|Ark",
    "CA": "California|Calif|Cal", "CO": "Colorado|Colo", "CT": "Connecticut|Conn",
    "DE": "Delaware|Del", "DC": "District of Columbia|Washington DC", "FL": "Florida|Fla",
    "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois|Ill", "IN": "Indiana|Ind",
    "IA": "Iowa", "KS": "Kansas|Kans|Kan", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine",
    "MD": "Maryland", "MA": "Massachusetts|Mass", "MI": "Michigan|Mich", "MN": "Minnesota|Minn",
    "MS": "Mississippi|Miss", "MO": "Missouri", "MT": "Montana|Mont", "NE": "Nebraska|Nebr|Neb",
    "NV": "Nevada|Nev", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico|N Mex",
    "NY": "New York|New York State", "NC": "North Carolina|N Carolina",
    "ND": "North Dakota|N Dakota|N Dak", "OH": "Ohio", "OK": "Oklahoma|Okla",
    "OR": "Oregon|Ore|Oreg", "PA": "Pennsylvania|Penn|Penna", "RI": "Rhode Island",
    "SC": "South Carolina|S Carolina", "SD": "South Dakota|S Dakota|S Dak",
    "TN": "Tennessee|Tenn", "TX": "Texas|Tex", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington|Wash|Washington State", "WV": "West Virginia|W Virginia|W Va",
    "WI": "Wisconsin|Wis|Wisc", "WY": "Wyoming|Wyo",
    "AS": "American Samoa", "GU": "Guam", "MP": "Northern Mariana Islands", "PR": "Puerto Rico",
    "VI": "Virgin Islands|US Virgin Islands", "AA": "Armed Forces Americas",
    "AE": "Armed Forces Europe", "AP": "Armed Forces Pacific",
    "AB": "Alberta|Alta", "BC": "British Columbia", "MB": "Manitoba", "NB": "New Brunswick",
    "NL": "Newfoundland and Labrador|Newfoundland|Labrador", "NS": "Nova Scotia",
    "NT": "Northwest Territories", "NU": "Nunavut", "ON": "Ontario|Ont",
    "PE": "Prince Edward Island|PEI", "QC": "Quebec|Que|PQ", "SK": "Saskatchewan|Sask",
    "YT": "Yukon|Yukon Territory",
}  # fmt: skip
"""Postal abbreviations (USPS Publication 28, Canada Post) with names and older abbreviations."""


def abbreviation(text: str) -> str | None:
    """Return the two letters of a state, or None if the text does not name one."""
    return _by_spelling().get(_folded(text))


def _folded(text: str) -> str:
    # Accents and punctuation go: Québec, N.Y.
    letters = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[\s._\u0300-\u036f-]", "", letters)


@cache
def _by_spelling() -> Mapping[str, str]:
    return {
        _folded(spelling): code
        for code, names in _NAMES.items()
        for spelling in (code, *names.split("|"))
    }
