"""What is known of a number while it is typed: whether it is valid and why not, how it is written, who has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.content import Content

from sent_tui.core.contact import Contact
from sent_tui.core.numbering import region_name
from sent_tui.core.phone import Doubt, InvalidNumber, InvalidReason, PhoneNumber, parse
from sent_tui.tui.safe import join, safe
from sent_tui.tui.widgets.contact_view import heading

UNFINISHED = frozenset({InvalidReason.TOO_SHORT, InvalidReason.LOCAL_ONLY, InvalidReason.COUNTRY_MISSING})
"""What is wrong with a number that may only need more digits."""
FEWEST_CHARACTERS = 3
"""With fewer characters nobody can tell whether a number will come of it."""


@dataclass(frozen=True, slots=True)
class Verdict:
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


def judge(text: str, region: str | None, find: Callable[[str], Contact | None]) -> Verdict:
    """Return what a text means; `find` looks up the contact of a number in E.164."""
    if not text.strip():
        return Verdict(text)
    reading = parse(text, region)
    existing = find(reading.e164) if isinstance(reading, PhoneNumber) else None
    return Verdict(text, reading, existing)


def verdict_content(verdict: Verdict) -> Content:
    """Return a verdict in words, and the number in every format."""
    match verdict.reading:
        case None if verdict.text.strip():
            return join(("… Loading the numbering plans", "$text-muted"))
        case None:
            return _invitation()
        case InvalidNumber() as invalid:
            return _refused(invalid)
        case number:
            return Content("\n\n").join([*_judged(number, verdict.existing), number_facts(number)])


def number_facts(number: PhoneNumber) -> Content:
    """Return every format of a number, and what the numbering plan says of it."""
    country = region_name(number.region_code)
    rows = [
        ("E.164", join((number.e164, "bold"))),
        ("International", safe(number.international)),
        ("National", safe(number.national)),
        ("RFC 3966", safe(number.rfc3966)),
        ("Country", join((number.region_code, "bold"), f"  {country or 'no single country'}")),
        ("Type", safe(number.number_type.label)),
        ("Calling code", safe(f"+{number.country_code}")),
    ]
    if number.extension:
        rows.append(("Extension", join(number.extension, ("  never sent to", "$text-muted"))))
    return Content("\n").join([_row(label, value) for label, value in rows])


def _invitation() -> Content:
    lines = [
        join(("Type or paste a phone number", "bold")),
        join("Begin with ", ("+", "bold"), " and the calling code, or choose a country: ", ("ctrl+l", "bold $primary")),
        join(("A pasted list, one number a line, becomes many contacts at once.", "$text-muted")),
    ]
    return Content("\n\n").join(lines)


def _refused(invalid: InvalidNumber) -> Content:
    if invalid.reason in UNFINISHED or len(invalid.raw.strip()) < FEWEST_CHARACTERS:
        headline = join(("… Not complete yet", "bold $text-warning"))
    else:
        headline = join(("✗ Not a valid number", "bold $text-error"))
    sentences = [doubt.sentence for doubt in invalid.doubts]
    return Content("\n").join([headline, *(safe(words, limit=500) for words in (invalid.message, *sentences))])


def _judged(number: PhoneNumber, existing: Contact | None) -> list[Content]:
    blocks = []
    if number.doubts:
        blocks.append(Content("\n").join([join(("? Is this the number you mean", "bold $text-warning")), *_why(number)]))
    elif existing is None:
        blocks.append(Content("\n").join([join(("✓ Valid", "bold $text-success")), _kind(number)]))
    if existing is not None:
        key = join(("ctrl+s", "bold $primary"), " opens it instead of making another one.")
        blocks.append(
            Content("\n").join([join(("● This contact exists already", "bold $accent")), heading(existing), key])
        )
    return blocks


def _why(number: PhoneNumber) -> list[Content]:
    """Return the doubts about a number, and what was typed beside what was understood."""
    return [
        *(safe(doubt.sentence) for doubt in number.doubts),
        _row("Typed", safe(number.raw.strip(), limit=60)),
        _row("Understood", join((number.international, "bold"))),
    ]


def _kind(number: PhoneNumber) -> Content:
    place = region_name(number.region_code)
    return safe(f"{number.number_type.label} number {f'in {place}' if place else 'of no single country'}".capitalize())


def doubts_content(number: PhoneNumber) -> Content:
    """Return the question whether a number that was understood is the one that was meant."""
    return Content("\n").join(_why(number))


def _row(label: str, value: Content) -> Content:
    return Content.assemble(join((f"{label:<14}", "$text-muted")), value)
