"""The number that a person means by a text, or why there is none that is certain."""

from __future__ import annotations

from sent_tui.core.phone import InvalidNumber, PhoneNumber, parse
from sent_tui.errors import RefusedError


class InvalidNumberError(RefusedError):
    """The text is no valid phone number."""

    def __init__(self, invalid: InvalidNumber) -> None:
        super().__init__("Not a valid number", invalid.message)
        self.invalid = invalid


class DoubtfulNumberError(RefusedError):
    """A number was understood that is not quite what was typed; a person has to agree."""

    def __init__(self, number: PhoneNumber) -> None:
        doubts = " ".join(doubt.sentence for doubt in number.doubts)
        super().__init__(
            "It is not certain which number is meant",
            f"{doubts} It was understood as {number.international}.",
            f"If that is right, write it as {number.e164}.",
        )
        self.number = number


def understand(text: str, region: str | None = None, *, accept_doubts: bool = False) -> PhoneNumber:
    """Return the number that a text means.

    Raises InvalidNumberError, or DoubtfulNumberError where what was understood is not what was typed.
    """
    number = parse(text, region)
    if isinstance(number, InvalidNumber):
        raise InvalidNumberError(number)
    if number.doubts and not accept_doubts:
        raise DoubtfulNumberError(number)
    return number
