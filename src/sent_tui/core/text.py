"""Text as people may see it: foreign text made safe for a terminal, numbers masked, counts and times."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

ELLIPSIS: Final = "…"
"""Ends a text that was cut."""
NEWLINE_SIGN: Final = "⏎"
"""Stands for a line break where there is only one line."""
INVISIBLE_SIGN: Final = "⸱"
"""Stands for an invisible format character, such as a bidi override."""
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands for a character that has no agreed meaning, or one that only terminals obey."""
FEW_PEOPLE: Final = 6
"""Of fewer people, more is assumed than seen: what is assumed weighs as much as so many (`delivery_belief`)."""
MAX_MARKS: Final = 4
"""Combining marks and joiners that may follow one another; living languages need fewer."""

_JOINERS: Final = "\u200c\u200d"
_LINE_BREAKS: Final = "\n\r\u2028\u2029"
_BEYOND_LATIN: Final = re.compile("[^ -~\u00a1-\u00ac\u00ae-\u00ff]")
_UNUSUAL: Final = (
    # Everything but scripts in which each code point is assigned, visible and no combining mark.
    "[^ -~\u00a1-\u00ac\u00ae-\u02ff\u0391-\u03a1\u03a3-\u0482\u048a-\u052f\u05d0-\u05ea\u0620-\u064a"
    "\u1e00-\u1eff\u2010-\u2027\u20a0-\u20bf\u2190-\u23ff\u3041-\u3096\u30a1-\u30ff\u4e00-\u9ffc\uac00-\ud7a3]+"
)
_BETWEEN_DIGITS: Final = (
    # Spaces, the punctuation of written numbers, and the invisible characters that copied ones bring along.
    "[ \t\u00a0().\\-/~\u00ad\u00b7\u2000-\u2015\u202a-\u202f\u2060-\u2069\u2212\u2e31\u3000\ufeff]*"
)
_NUMBER: Final = re.compile(rf"\+?\d(?:{_BETWEEN_DIGITS}\d){{5,}}")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_WEEK: Final = 7 * _DAY
_DAYS_A_MONTH: Final = 30.44
_DAYS_A_YEAR: Final = 365.25
_MANY_MONTHS: Final = 22
"""From so many on, an age is told in years."""


def display(text: str, limit: int = 200, *, lines: bool = False) -> str:
    """Return foreign text as a terminal may show it: at most `limit` characters, none that a terminal obeys.

    Control characters become their pictures (U+2400 and on), other unsafe ones a visible sign; a text that is
    cut ends in an ellipsis. Line breaks become a sign, or plain newlines with `lines`; tabs become spaces.
    Text that went through here already stays as it is.
    """
    if limit < 1:
        return ""
    # A CRLF makes one shown character of two, so this much fills the limit; the rest is never looked at.
    window = text[: 2 * limit]
    shown = window
    if _BEYOND_LATIN.search(window):
        shown = _unusual().sub(_CLEAN_LINES if lines else _CLEAN_LINE, window)
    if len(shown) <= limit and len(window) == len(text):
        return shown
    return _cut(shown, limit - len(ELLIPSIS)) + ELLIPSIS


def mask_number(text: str) -> str:
    """Return text for a log: what looks like a phone number (six digits or more) keeps only its last two."""
    return _NUMBER.sub(_masked, text)


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun: `"1 contact"`, `"12,408 contacts"`; without `many` an s is added."""
    noun = one if count == 1 else many or f"{one}s"
    return f"{count:,} {noun}"


def capital(text: str) -> str:
    """Return a text with a capital letter at its beginning; names in it stay as they are written."""
    return text[:1].upper() + text[1:]


def like_words(count: int, share: float) -> str:
    """Return what is expected of people like this: `"38 people like this: 93%"`, `"… 85%, partly assumed"`.

    Of a few, it is said that the number does not come from them alone.
    """
    partly = ", partly assumed" if count < FEW_PEOPLE else ""
    return f"{plural(count, 'person', 'people')} like this: {percent(share)}{partly}"


def percent(share: float) -> str:
    """Return a probability as a percentage; it never claims certainty, so 1 % and 99 % are the ends."""
    return f"{min(0.99, max(0.01, share)):.0%}"


def percent_range(low: float, high: float) -> str:
    """Return two probabilities as a range of percentages: `"85–98%"`."""
    return f"{percent(low).rstrip('%')}–{percent(high)}"


def relative_time(then: datetime, now: datetime) -> str:
    """Return a time as seen from `now`: "just now", "2 min", "3 h", "3 d", "5 w", "in 5 min", or its date.

    Dates (six weeks away and more) are those of `now`'s time zone, and have a year when it is not this one.
    Either both times know their zone, or neither does.
    """
    seconds = int((now - then).total_seconds())
    ago = abs(seconds)
    if ago < _MINUTE:
        return "just now"
    if ago >= 6 * _WEEK:
        return day_words(then, now)
    size, unit = next(step for step in ((_WEEK, "w"), (_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")) if ago >= step[0])
    return f"{'in ' if seconds < 0 else ''}{ago // size} {unit}"


def ago(then: datetime, now: datetime) -> str:
    """Return a past time for a sentence: "just now", "3 h ago", "on 2 Oct"."""
    words = relative_time(then, now)
    if words == "just now" or words.startswith("in "):
        return words
    return f"on {words}" if (now - then).total_seconds() >= 6 * _WEEK else f"{words} ago"


def day_words(then: datetime, now: datetime) -> str:
    """Return the day of a time, in the time zone of `now`: "2 Oct", with its year when that is not the present one."""
    try:
        local = then.astimezone(now.tzinfo) if now.tzinfo else then
    except OverflowError:
        # The first and last day that a datetime can hold do not exist in every zone.
        local = then
    day = f"{local.day} {_MONTHS[local.month - 1]}"
    return day if local.year == now.year else f"{day} {local.year}"


def long_ago(then: datetime, now: datetime) -> str:
    """Return a past time by its age: "just now", "3 d ago", "5 w ago", "8 months ago", "2 years ago"."""
    days = (now - then).days
    if days < 6 * 7:
        return ago(then, now)
    months = round(days / _DAYS_A_MONTH)
    return f"{plural(months, 'month') if months < _MANY_MONTHS else plural(round(days / _DAYS_A_YEAR), 'year')} ago"


@cache
def _unusual() -> re.Pattern[str]:
    """Return what finds unusual characters; so many ranges take milliseconds to compile, and many texts need none."""
    return re.compile(_UNUSUAL)


def _clean(match: re.Match[str], line_break: str) -> str:
    shown: list[str] = []
    marks = 0
    for char in match.group().replace("\r\n", "\n"):
        replacement, is_mark = _replacement(char)
        marks = marks + 1 if is_mark else 0
        if marks <= MAX_MARKS:
            shown.append(line_break if replacement == "\n" else replacement)
    return "".join(shown)


_CLEAN_LINE: Final[Callable[[re.Match[str]], str]] = partial(_clean, line_break=NEWLINE_SIGN)
_CLEAN_LINES: Final[Callable[[re.Match[str]], str]] = partial(_clean, line_break="\n")


@lru_cache(maxsize=4096)
def _replacement(char: str) -> tuple[str, bool]:
    """Return what is shown for a character, and whether that takes no room of its own."""
    if char in _JOINERS:
        return char, True
    if char in _LINE_BREAKS:
        return "\n", False
    category = unicodedata.category(char)
    if category == "Cf":
        return INVISIBLE_SIGN, False
    if category == "Cc":
        return _control_sign(char), False
    if category in {"Cs", "Co"} or (category == "Cn" and not "\U0001f000" <= char <= "\U0001faff"):
        # The blocks left out hold emoji, of which every year brings some that Python does not know yet.
        return REPLACEMENT, False
    return char, category.startswith("M")


def _control_sign(char: str) -> str:
    if char == "\t":
        return " "
    if char < " ":
        return chr(0x2400 + ord(char))
    return "␡" if char == "\x7f" else REPLACEMENT


def _cut(text: str, length: int) -> str:
    """Return the start of a cleaned text, without half a character at its end."""
    end = min(length, len(text))
    while end and end < len(text) and _replacement(text[end])[1]:
        end -= 1
    return text[:end].rstrip(_JOINERS)


def _masked(match: re.Match[str]) -> str:
    digits = [char for char in match.group() if char.isdigit()]
    return f"***{digits[-2]}{digits[-1]}"
