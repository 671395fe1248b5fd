"""The price list: the one that comes with sent-tui, with the prices of the user's own file in place of its own."""

from __future__ import annotations

from pathlib import Path

from sent_tui.core.prices import PriceError, Prices, read_prices
from sent_tui.errors import UsageError

PACKAGED = Path(__file__).parents[1] / "prices.toml"
"""The price list that comes with sent-tui: examples to be edited."""


def packaged_prices() -> Prices:
    """Return the price list that comes with sent-tui."""
    return _read(PACKAGED)


def load_prices(file: Path, *, required: bool = False) -> Prices:
    """Return the packaged price list with the prices of a user's file in place of its own.

    A file that does not exist changes nothing, unless it is required. Raises UsageError for one that cannot be read
    or understood: with its line for what is no TOML, with its key for anything else.
    """
    packaged = packaged_prices()
    try:
        return packaged.with_changes(_read(file))
    except FileNotFoundError:
        if not required:
            return packaged
        raise UsageError("There is no such price list", f"There is no {file}.", "Write it, or name another.") from None


def _read(file: Path) -> Prices:
    import tomllib

    try:
        return read_prices(tomllib.loads(file.read_text(encoding="utf-8-sig")))
    except FileNotFoundError:
        raise
    except PriceError as error:
        raise UsageError("The price list makes no sense", f"In {file}, {error}.", error.allowed) from None
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UsageError("The price list cannot be read", f"{file}: {why}.", "It has to be TOML in UTF-8.") from None
