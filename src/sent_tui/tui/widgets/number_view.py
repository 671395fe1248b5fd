"""What is known of a number while it is typed: whether it is valid and why not, how it is written, who has it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from textual.content import Content

from sent_tui.core.contact import Contact
from sent_tui.core.numbering import region_name
from sent_tui.core.phone import Doubt, InvalidNumber, InvalidReason, PhoneNumber, parse
from sent_tui.tui.safe import join, safe
from sent_tui.tui.widgets.contact_lines import heading
from sent_tui.tui.widgets.layout import BLANK, Line

UNFINISHED = frozenset({InvalidReason.TOO_SHORT, InvalidReason.LOCAL_ONLY, InvalidReason.COUNTRY_MISSING})
"""What is wrong with a number that may only need more digits."""
FEWEST_CHARACTERS = 3
"""With fewer characters nobody can tell whether a number will come of it."""
_LABEL = 15


class Verdict(Struct, frozen=True):
    """What a text in a number field means."""

    text: str = ""
    reading: PhoneNumber | InvalidNumber | None = None
    """None while there is no text, or while the numbering plans are being loaded."""
    existing: Contact | None = None
    """The contact that has this number already."""

    @property
    def number(self) -> PhoneNumber | None:
        """The valid number that was understood, in doubt or not."""
        return self.reading if isinstance(self.reading, PhoneNumber) else None

    @property
    def suggestion(self) -> PhoneNumber | None:
        """A valid number that may have been meant."""
        return self.reading.suggestion if isinstance(self.reading, InvalidNumber) else None

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """In what the number that was understood is not what was typed."""
        return self.number.doubts if self.number else ()

    @property
    def lacks_country(self) -> bool:
        """Whether the number could be valid in some country."""
        return isinstance(self.reading, InvalidNumber) and self.reading.reason is InvalidReason.COUNTRY_MISSING


def judge(text: str, region: str | None, find: Callable[[str], Contact | None]) -> Verdict:
    """Return what a text means; `find` looks up the contact of a number in E.164."""
    if not text.strip():
        return Verdict(text)
    reading = parse(text, region)
    existing = find(reading.e164) if isinstance(reading, PhoneNumber) else None
    return Verdict(text, reading, existing)


def verdict_lines(verdict: Verdict) -> list[Line]:
    """Return a verdict in words, and the number in every format."""
    match verdict.reading:
        case None if verdict.text.strip():
            return [Line(join(("… Loading the numbering plans", "$text-muted")))]
        case None:
            return _invitation()
        case InvalidNumber() as invalid:
            return _refused(invalid)
        case number:
            return [*_judged(number, verdict.existing), BLANK, *_facts(number)]


def verdict_headline(verdict: Verdict) -> list[Line]:
    """Return a verdict in words alone, without the formats of the number."""
    match verdict.reading:
        case None:
            return [Line(join(("… Loading the numbering plans", "$text-muted")))] if verdict.text.strip() else []
        case InvalidNumber() as invalid:
            return _refused(invalid)
        case number if verdict.existing is not None and not number.doubts:
            known = safe(f"There already: {verdict.existing.title}; what it lacks is added.", limit=120)
            return [Line(join(("● ", "bold $accent"), known), 2)]
        case number:
            return _judged(number, None)


def doubt_lines(number: PhoneNumber) -> list[Line]:
    """Return the doubts about a number, and what was typed beside what was understood."""
    return [
        *(Line(safe(doubt.sentence)) for doubt in number.doubts),
        _row("Typed", safe(number.raw.strip(), limit=60)),
        _row("Understood", join((number.international, "bold"))),
    ]


def _invitation() -> list[Line]:
    return [
        Line(join(("Type or paste a phone number", "bold"))),
        BLANK,
        Line(join("Start with ", ("+", "bold"), " and the calling code, or choose a country with ", _key("ctrl+l"))),
        BLANK,
        Line(join(("Several numbers pasted at once, one a line, become as many contacts.", "$text-muted"))),
    ]


def _refused(invalid: InvalidNumber) -> list[Line]:
    if invalid.reason in UNFINISHED or len(invalid.raw.strip()) < FEWEST_CHARACTERS:
        headline = join(("… Not complete yet", "bold $text-warning"))
    else:
        headline = join(("✗ Not a valid number", "bold $text-error"))
    sentences = [invalid.message, *(doubt.sentence for doubt in invalid.doubts)]
    return [Line(headline), *(Line(safe(words, limit=500)) for words in sentences)]


def _judged(number: PhoneNumber, existing: Contact | None) -> list[Line]:
    lines = []
    if number.doubts:
        lines = [Line(join(("? Is this the number you mean", "bold $text-warning"))), *doubt_lines(number)]
    if existing is not None:
        blank = [BLANK] if lines else []
        known = Line(join(("● This contact exists already", "bold $accent")))
        opens = Line(join(_key("ctrl+s"), " opens it"))
        return [*lines, *blank, known, *heading(existing), opens]
    return lines or [Line(join(("✓ Valid", "bold $text-success"), f"  {_kind(number)}"))]


def _kind(number: PhoneNumber) -> str:
    place = region_name(number.region_code)
    return f"{number.number_type.label} number" + (f" in {place}" if place else ", of no single country")


def _facts(number: PhoneNumber) -> list[Line]:
    """Return every format of a number, and what the numbering plan says of it."""
    country = region_name(number.region_code) or "no single country"
    lines = [
        _row("E.164", join((number.e164, "bold"))),
        _row("International", safe(number.international)),
        _row("National", safe(number.national)),
        _row("RFC 3966", safe(number.rfc3966)),
        _row("Country", join((number.region_code, "bold"), f"  {country}")),
        _row("Type", safe(number.number_type.label)),
        _row("Calling code", safe(f"+{number.country_code}")),
    ]
    if number.extension:
        lines.append(_row("Extension", join(number.extension, ("  never sent to", "$text-muted"))))
    return lines


def _row(label: str, value: Content) -> Line:
    return Line(Content.assemble(safe(f"{label:<{_LABEL}}", "$text-muted"), value), _LABEL)


def _key(name: str) -> Content:
    return join((name, "bold $primary"))
