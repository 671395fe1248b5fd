"""The key of a Sent account: where it is looked for, kept and removed.

It is never an argument of a command, never in the settings file, and read when the first request needs it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from sent_tui import paths
from sent_tui.core.secret import LONGEST, Secret
from sent_tui.errors import NotFoundError, RefusedError, UsageError

CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
"""Set by systemd for a service with `LoadCredential=`."""
CREDENTIAL = "sent_api_key"
"""The name of the credential."""
KEY_VARIABLE = "SENT_DM_API_KEY"
SERVICE, ENTRY = "sent-tui", "sent_api_key"
"""Under these names the key lies in the keyring of the desktop."""
SET_HINT = "Store one with `sent-tui account set`, or set SENT_DM_API_KEY."
_READ = 4 * LONGEST


class Keyring(Protocol):
    """What is used of the package `keyring`."""

    def get_password(self, service_name: str, username: str) -> str | None:
        """Return what is kept under two names."""
        ...

    def set_password(self, service_name: str, username: str, password: str) -> None:
        """Keep something under two names."""
        ...

    def delete_password(self, service_name: str, username: str) -> None:
        """Remove what is kept under two names."""
        ...


LoadKeyring = Callable[[], Keyring | None]
"""Returns the keyring; None where the package is not installed."""


class FoundKey(Struct, frozen=True):
    """A key, and where it came from."""

    secret: Secret
    source: str
    """In words, with the variable or the file."""
    is_ours: bool = False
    """Whether `clear` removes it: a key in the environment is not ours to remove."""


def load_keyring() -> Keyring | None:
    """Return the keyring of the desktop, imported on first use; None where the package is not installed."""
    try:
        found: Keyring = import_module("keyring")
    except ImportError:
        return None
    return found


def find_key(environ: Mapping[str, str], keyring: LoadKeyring = load_keyring) -> FoundKey:
    """Return the key in force: systemd credential, environment, keyring, file, the first that has one.

    Raises NotFoundError where there is none, and RefusedError for a file that others can read.
    """
    found = next(_found(environ, keyring), None)
    if found is None:
        raise NotFoundError("There is no key for Sent", "None is stored, and the environment names none.", SET_HINT)
    return found


def without_key(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a process of its own, which has no use for the key."""
    return {name: value for name, value in environ.items() if name not in {KEY_VARIABLE, CREDENTIALS_VARIABLE}}


def store_key(secret: Secret, *, in_file: bool, keyring: LoadKeyring = load_keyring) -> str:
    """Keep a key in the keyring, or in a file where there is no keyring that works; return where, in words.

    It is kept in one place alone: what the other place held is removed. With `in_file` the keyring is not tried.
    Raises UsageError where it cannot be kept.
    """
    if not in_file and _into_keyring(secret, keyring):
        _remove_file(paths.key_file())
        return "the keyring"
    file = paths.key_file()
    try:
        _write(file, secret)
    except OSError as error:
        raise UsageError("The key cannot be kept", f"{file}: {error.strerror}.") from None
    _out_of_keyring(keyring)
    return str(file)


def clear_key(keyring: LoadKeyring = load_keyring) -> tuple[str, ...]:
    """Remove the key from the keyring and from the file; return the places where there was one, in words."""
    places = ["the keyring"] if _out_of_keyring(keyring) else []
    file = paths.key_file()
    try:
        if _remove_file(file):
            places.append(str(file))
    except OSError as error:
        raise UsageError("The key cannot be removed", f"{file}: {error.strerror}.") from None
    return tuple(places)


def _found(environ: Mapping[str, str], keyring: LoadKeyring) -> Iterator[FoundKey]:
    folder = environ.get(CREDENTIALS_VARIABLE, "")
    if folder:
        credential = Path(folder) / CREDENTIAL
        text = _read_file(credential, private=False)
        if text is not None:
            yield FoundKey(_key(text, str(credential)), f"systemd credential {CREDENTIAL}")
    text = environ.get(KEY_VARIABLE, "")
    if text:
        yield FoundKey(_key(text, KEY_VARIABLE), f"environment variable {KEY_VARIABLE}")
    kept = _from_keyring(keyring)
    if kept:
        yield FoundKey(_key(kept, "the keyring"), "keyring", is_ours=True)
    file = paths.key_file()
    text = _read_file(file, private=True)
    if text is not None:
        yield FoundKey(_key(text, str(file)), f"file {file}", is_ours=True)


def _key(text: str, where: str) -> Secret:
    secret = Secret.read(text)
    if secret is None:
        raise UsageError("That is no key", f"What {where} holds cannot be one.", SET_HINT)
    return secret


def _read_file(file: Path, *, private: bool) -> str | None:
    """Return what a file holds, None where there is none; a private one may be open to nobody else."""
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            facts = os.fstat(opened.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise RefusedError("The key is not read", f"{file} is no plain file.", SET_HINT)
            if private and (facts.st_mode & 0o077 or facts.st_uid != os.geteuid()):
                raise RefusedError("The key is not read", f"Others can get at {file}.", f"Run `chmod 600 {file}`.")
            return opened.read(_READ).decode("ascii", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RefusedError("The key cannot be read", f"{file}: {error.strerror}.", SET_HINT) from None


def _write(file: Path, secret: Secret) -> None:
    """Replace the file in one step; nobody else can ever open it."""
    paths.make_private(file.parent)
    spare = file.with_name(f"{file.name}.new")
    spare.unlink(missing_ok=True)
    descriptor = os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(secret.reveal().encode("ascii") + b"\n")
        opened.flush()
        os.fsync(descriptor)
    spare.replace(file)


def _remove_file(file: Path) -> bool:
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    return True


def _from_keyring(load: LoadKeyring) -> str | None:
    keyring = load()
    # Each backend has errors of its own; one that fails is as good as none.
    with suppress(Exception):
        return keyring.get_password(SERVICE, ENTRY) if keyring else None
    return None


def _into_keyring(secret: Secret, load: LoadKeyring) -> bool:
    keyring = load()
    if keyring is None:
        return False
    with suppress(Exception):
        keyring.set_password(SERVICE, ENTRY, secret.reveal())
    return _from_keyring(load) == secret.reveal()


def _out_of_keyring(load: LoadKeyring) -> bool:
    keyring = load()
    if keyring is None or _from_keyring(load) is None:
        return False
    with suppress(Exception):
        keyring.delete_password(SERVICE, ENTRY)
    return _from_keyring(load) is None
