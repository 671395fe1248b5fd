"""A secret that shows itself nowhere by accident."""

from __future__ import annotations

import re
from hmac import compare_digest
from typing import Final, NoReturn

MASK: Final = "••••"
"""Stands for a secret, or for the part of it that is not shown."""
LONGEST: Final = 512
"""Characters of a key; a longer text is something else."""
_SHORTEST, _TAIL = 8, 4
_KEY: Final = re.compile(r"[!-~]+")


class Secret:
    """A key. Its `repr`, its `str` and every format of it show a mask; `reveal` alone gives it away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    @classmethod
    def read(cls, text: str) -> Secret | None:
        """Return the key that a text holds, white space around it left out; None when there is none in it.

        A key is made of 8 to 512 printable ASCII characters without spaces, so that it fits into an HTTP header.
        """
        value = text.strip()
        return cls(value) if _SHORTEST <= len(value) <= LONGEST and _KEY.fullmatch(value) else None

    def reveal(self) -> str:
        """Return the secret itself, for the one place that needs it."""
        return self._value

    @property
    def tail(self) -> str:
        """The mask with the last four characters, by which a person knows a key; of a short one the mask alone."""
        return MASK + self._value[-_TAIL:] if len(self._value) >= 4 * _TAIL else MASK

    def redact(self, text: str) -> str:
        """Return a text in which this secret, should it stand there, is masked."""
        return text.replace(self._value, MASK) if self._value else text

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(Secret)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")
