"""Where sent-tui keeps its files: the platform's own folders. Asking makes none of them."""

from __future__ import annotations

from pathlib import Path

APP = "sent-tui"


def config_file() -> Path:
    """Return the settings file."""
    from platformdirs import user_config_path

    return user_config_path(APP, appauthor=False) / "config.toml"


def price_file() -> Path:
    """Return the user's own price list."""
    return config_file().with_name("prices.toml")


def key_file() -> Path:
    """Return the file that keeps the key of a Sent account where there is no keyring."""
    return config_file().with_name("key")


def database_file() -> Path:
    """Return the database that is opened when no other is named."""
    from platformdirs import user_data_path

    return user_data_path(APP, appauthor=False) / "contacts.db"


def state_folder() -> Path:
    """Return the folder for what may be lost: logs and crash reports."""
    from platformdirs import user_state_path

    return user_state_path(APP, appauthor=False)


def make_private(folder: Path) -> None:
    """Make a folder that only its owner may enter, with those above it; one that exists stays as it is."""
    if folder.is_dir():
        return
    make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
