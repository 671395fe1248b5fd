"""Countries as address books write them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from sent_tui.core.numbering import NON_GEOGRAPHIC, region_code, regions
from sent_tui.core.search import fold

_CALLING_CODE: Final = re.compile(r"(?:\+|00)?([1-9]\d{0,2})", re.ASCII)
_UNSPOKEN: Final = re.compile(r"[\W_]+|\bthe\b|\band\b")
_ALIASES: Final = {
    "AE": "uae;emirates",
    "AT": "aut;osterreich;autriche",
    "AU": "aus",
    "BE": "bel;belgie;belgique;belgien",
    "BR": "bra;brasil",
    "CA": "can;kanada",
    "CH": "che;schweiz;suisse;svizzera",
    "CN": "chn;prc;mainland china",
    "CZ": "cze;czech republic;cesko",
    "DE": "deu;ger;deutschland;allemagne;alemania",
    "DK": "dnk;danmark",
    "ES": "esp;espana;spanien;espagne",
    "FI": "fin;suomi",
    "FR": "fra;frankreich;francia",
    "GB": "gbr;great britain;england;scotland;wales;northern ireland;u k;united kingdom of great britain",
    "GR": "grc;hellas",
    "IE": "irl;eire;republic of ireland",
    "IN": "ind;bharat",
    "IT": "ita;italia;italien",
    "JP": "jpn;nippon",
    "KR": "kor;korea;republic of korea",
    "MX": "mex;mejico",
    "NL": "nld;holland;nederland;niederlande",
    "NO": "nor;norge",
    "NZ": "nzl",
    "PL": "pol;polska;polen",
    "PT": "prt",
    "RU": "rus;russian federation",
    "SE": "swe;sverige;schweden",
    "TR": "tur;turkiye",
    "UA": "ukr;ukraina",
    "US": "usa;u s a;u s;america;united states of america;etats unis;vereinigte staaten;estados unidos",
    "ZA": "zaf;rsa",
}


@lru_cache(maxsize=1024)
def region_named(text: str) -> str | None:
    """Return the region that a text names: a code ("US"), a name ("United States") or a calling code ("+1")."""
    if text == NON_GEOGRAPHIC:
        return None
    calling = _CALLING_CODE.fullmatch(text.strip())
    if calling:
        return _main_region(int(calling[1]))
    return region_code(text) or _by_name().get(_spoken(text))


def _main_region(calling_code: int) -> str | None:
    # Imported on first use: it takes a tenth of a second, and few files have calling codes.
    from phonenumbers import region_code_for_country_code

    return region_code(region_code_for_country_code(calling_code))


def _spoken(name: str) -> str:
    return " ".join(_UNSPOKEN.sub(" ", fold(name)).split())


@cache
def _by_name() -> dict[str, str]:
    aliases = {alias: code for code, names in _ALIASES.items() for alias in names.split(";")}
    return aliases | {_spoken(region.name): region.code for region in regions()}
