"""Numbering plans made ready for many numbers.

libphonenumber asks of each number one pattern after another: its region, its type, and its format twice over. Here
the same patterns of the same tables are joined into a few, so that a number written plainly costs a fifth of that.
What is not plain, or would need a rule that is not taken over here, is not read at all: the caller asks the library.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from sent_tui.core.numbering import NON_GEOGRAPHIC

if TYPE_CHECKING:
    from phonenumbers import NumberFormat, PhoneMetadata, PhoneNumberDesc

TYPES: Final = (
    # In the order in which libphonenumber asks for them, before fixed lines and mobile phones.
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)

# Digits as people write them: no letter, no second number, no zeros that may be dialled to go abroad.
_PLAIN: Final = re.compile(r"[ (]{0,9}(?!00)(\+?)[ (]{0,9}(?!00)\d[\d ().-]{2,40}", re.ASCII)
_DECIMAL: Final = re.compile(r" *\+?\d+\.0{1,2} *", re.ASCII)
_DROPPED: Final = str.maketrans("", "", " ().-+")
_BETWEEN_GROUPS: Final = re.compile(r"[^+\d{}]+", re.ASCII)
_GROUP: Final = re.compile(r"\\(\d)")
_LONGEST_CODE: Final = 3
_LENGTHS: Final = range(3, 18)
"""Digits of a national number that libphonenumber takes for one; two are never valid."""


class Reading(NamedTuple):
    """A valid number and what the numbering plan says about it."""

    e164: str
    international: str
    national: str
    rfc3966: str
    calling_code: str
    region: str
    type_name: str


def read(text: str, home: str | None) -> Reading | None:
    """Return the valid number that a plain text means without any doubt; None where libphonenumber has to tell."""
    plain = _PLAIN.fullmatch(text)
    if plain is None or (".0" in text and _DECIMAL.fullmatch(text)):
        return None
    digits = text.translate(_DROPPED)
    if plain[1]:
        plan = _plan_of(digits)
        if plan is None:
            return None
        digits = plan.main.without_trunk_prefix(digits[len(plan.code) :])
    elif home:
        rules = _rules(home)
        if rules.is_dialled_abroad(digits):
            return None
        plan = _plan(rules.code)
        digits = rules.without_trunk_prefix(digits)
    else:
        return None
    return plan.read(digits) if len(digits) in _LENGTHS else None


class _Rules:
    """The rules of one region."""

    def __init__(self, region: str, metadata: PhoneMetadata) -> None:
        self.region = region
        self.code = str(metadata.country_code)
        self._metadata = metadata
        self._general = _compiled(_described(metadata.general_desc))
        self._trunk = _compiled(metadata.national_prefix_for_parsing)
        self._transforms = bool(metadata.national_prefix_transform_rule)
        self._abroad = _compiled(metadata.international_prefix)
        self.leading = _compiled(metadata.leading_digits)
        """What numbers of this region begin with, where that alone tells them from others of the calling code."""
        self._types: dict[int, tuple[re.Pattern[str], tuple[str, ...]] | None] = {}
        """By the length of a number: the pattern that tells its type, and the names of the pattern's groups."""

    def is_dialled_abroad(self, digits: str) -> bool:
        """Return whether digits may begin with a code to dial abroad, or with the country's own calling code."""
        return digits.startswith(self.code) or bool(self._abroad and self._abroad.match(digits))

    def without_trunk_prefix(self, digits: str) -> str:
        """Return the national significant number of digits; nothing where they would have to be rewritten."""
        found = self._trunk and self._trunk.match(digits)
        if not found:
            return digits
        if self._transforms and found.groups()[-1] is not None:
            return ""
        rest = digits[found.end() :]
        if self._general and self._general.fullmatch(digits) and not self._general.fullmatch(rest):
            return digits
        return rest if self._is_long_enough(len(rest)) else digits

    def type_name(self, digits: str) -> str:
        """Return the name of a number's type in this region; nothing when it is not valid here."""
        length = len(digits)
        if length not in self._types:
            self._types[length] = self._typing(length)
        typing = self._types[length]
        found = typing and typing[0].fullmatch(digits)
        return typing[1][found.lastindex or 0] if typing and found else ""

    def _is_long_enough(self, length: int) -> bool:
        general = self._metadata.general_desc
        if general is None or length in general.possible_length_local_only:
            return False
        lengths = general.possible_length
        return length in lengths or length > lengths[-1]

    def _typing(self, length: int) -> tuple[re.Pattern[str], tuple[str, ...]] | None:
        """Return the pattern that tells the type of numbers of a length; None when there are none."""
        known = self._metadata
        general = _described(known.general_desc, length)
        if not general:
            return None
        types = [(name, _described(getattr(known, name), length)) for name in TYPES]
        fixed, mobile = _described(known.fixed_line, length), _described(known.mobile, length)
        if known.same_mobile_and_fixed_line_pattern:
            types.append(("fixed_line_or_mobile", fixed))
        else:
            both = rf"(?=(?:{mobile})\Z)(?:{fixed})" if fixed and mobile else ""
            types += [("fixed_line_or_mobile", both), ("fixed_line", fixed), ("mobile", mobile)]
        present = [(name, pattern) for name, pattern in types if pattern]
        if not present:
            return None
        joined = "|".join(f"({pattern})" for _, pattern in present)
        return re.compile(rf"(?=(?:{general})\Z)(?:{joined})"), ("", *(name for name, _ in present))


class _Style(NamedTuple):
    """One way to write a number."""

    prefix: str
    """Stands before all groups."""
    between: str = ""
    """Stands between the groups; where empty, what the format says."""
    is_national: bool = False

    def template(self, rules: NumberFormat) -> str:
        """Return the template of a format, a field for each group."""
        rule = rules.format or ""
        if self.is_national and rules.national_prefix_formatting_rule:
            rule = re.sub(r"(\\\d)", rules.national_prefix_formatting_rule, rule, count=1)
        template = _GROUP.sub(lambda group: f"{{{int(group[1]) - 1}}}", rule)
        return self.prefix + (_BETWEEN_GROUPS.sub(self.between, template) if self.between else template)


class _Writing:
    """Some formats, joined into one pattern, and the styles in which numbers are written by them."""

    def __init__(self, formats: Sequence[NumberFormat], styles: Sequence[_Style]) -> None:
        self._styles = styles
        patterns, self._templates = [], {}
        last = 0
        for each in formats:
            leading = each.leading_digits_pattern
            begins = f"(?={leading[-1]})" if leading else ""
            patterns.append(f"{begins}(?:{each.pattern})")
            first, last = last, last + re.compile(each.pattern or "").groups
            self._templates[last] = (first, last, [style.template(each).format for style in styles])
        self._pattern = re.compile("|".join(patterns) or r"(?!)")

    def written(self, digits: str) -> list[str]:
        """Return a number in each style."""
        found = self._pattern.fullmatch(digits)
        if found is None:
            return [f"{style.prefix}{digits}" for style in self._styles]
        first, last, templates = self._templates[found.lastindex or 0]
        groups = found.groups()[first:last]
        return [template(*groups) for template in templates]


class _Plan:
    """The numbers of one calling code."""

    def __init__(self, code: str, regions: Sequence[str]) -> None:
        self.code = code
        self._regions = regions
        self.main = _rules(regions[0])
        metadata = _metadata(regions[0])
        abroad = _Style(f"+{code} "), _Style(f"tel:+{code}-", "-")
        self._writings: Sequence[_Writing]
        """Together they write a number in international form, in that of RFC 3966, and in national form."""
        if metadata.intl_number_format:
            home = _Writing(metadata.number_format, [_AT_HOME])
            self._writings = _Writing(metadata.intl_number_format, abroad), home
        else:
            # Many plans have the same formats at home and abroad: then one look tells them all.
            self._writings = (_Writing(metadata.number_format, [*abroad, _AT_HOME]),)

    def read(self, digits: str) -> Reading | None:
        """Return everything about a national significant number; None when it is not valid."""
        region, type_name = self._place(digits)
        if not type_name:
            return None
        international, rfc3966, national = [text for each in self._writings for text in each.written(digits)]
        return Reading(f"+{self.code}{digits}", international, national, rfc3966, self.code, region, type_name)

    def _place(self, digits: str) -> tuple[str, str]:
        """Return the region of a number and the name of its type, which is empty when it is not valid."""
        if len(self._regions) == 1:
            return self.main.region, self.main.type_name(digits)
        for rules in map(_rules, self._regions):
            if rules.leading is None:
                type_name = rules.type_name(digits)
                if type_name:
                    return rules.region, type_name
            elif rules.leading.match(digits):
                return rules.region, rules.type_name(digits)
        return "", ""


_AT_HOME: Final = _Style("", is_national=True)


def _plan_of(digits: str) -> _Plan | None:
    codes = _codes()
    for length in range(1, _LONGEST_CODE + 1):
        if digits[:length] in codes:
            return _plan(digits[:length])
    return None


@cache
def _plan(code: str) -> _Plan:
    return _Plan(code, _codes()[code])


@cache
def _rules(region: str) -> _Rules:
    return _Rules(region, _metadata(region))


@cache
def _codes() -> dict[str, Sequence[str]]:
    """Return the regions of each calling code that belongs to any, the main one first."""
    # Imported on first use, as in core.phone.
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return {
        str(code): regions for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() if NON_GEOGRAPHIC not in regions
    }


def _metadata(region: str) -> PhoneMetadata:
    from phonenumbers import PhoneMetadata

    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        raise LookupError(region)
    return metadata


def _described(numbers: PhoneNumberDesc | None, length: int | None = None) -> str:
    """Return the pattern of numbers of a kind, of one length or of any; nothing when there are none."""
    if numbers is None or (length is not None and numbers.possible_length and length not in numbers.possible_length):
        return ""
    return numbers.national_number_pattern or ""


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern) if pattern else None
