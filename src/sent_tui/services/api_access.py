"""Who may use the HTTP API of a database: its keys, and the account that they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path
from secrets import token_bytes, token_hex, token_urlsafe
from typing import Any, Final

from msgspec import Struct

from sent_tui.core.secret import Secret
from sent_tui.errors import NotFoundError
from sent_tui.services.contacts import Clock, NewId
from sent_tui.store.keyed_journal import KeyedJournal

_KEYS, _ACCOUNT = "keys", "account"
_FORM: Final = re.compile(r"sk_local_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")
"""The name of a key and 256 random bits in Base64."""
_NOBODY: Final = bytes(32)


class ApiKey(Struct, frozen=True):
    """What is kept of a key: enough to know it again, and not enough to use it."""

    name: str
    """Eight hexadecimal digits, which are a part of the key."""
    created_at: datetime
    salt: bytes
    digest: bytes


class ApiAccount(Struct, frozen=True):
    """Whom the keys stand for: the owner of every contact of the database."""

    customer_id: str
    created_at: datetime


def keys_path(database: Path) -> Path:
    """Return the file that keeps the keys to a database."""
    return database.with_name(f"{database.name}.api-keys")


class ApiAccess:
    """The keys to one database. `clock` gives the present time, aware, in UTC.

    A key is told once, when it is made. Kept is a salted BLAKE2b digest of it: nobody can guess 256 random bits, so
    that a slow digest would only slow requests down. Raises DatabaseError where the file cannot be read or written.
    """

    def __init__(self, database: Path, clock: Clock, new_id: NewId) -> None:
        self._clock = clock
        self._journal = KeyedJournal(keys_path(database), (_KEYS, _ACCOUNT))
        self.account = self._opened(new_id)
        """The account, made with the file."""
        self._known = self._read()

    def make(self) -> Secret:
        """Return a new key; it cannot be shown again."""
        name = token_hex(4)
        secret, salt = f"sk_local_{name}_{token_urlsafe(32)}", token_bytes(16)
        made = ApiKey(name, self._clock(), salt, _digest(secret, salt))
        self._journal.put(_KEYS, _document(made))
        self._known = self._read()
        return Secret(secret)

    @property
    def in_force(self) -> tuple[ApiKey, ...]:
        """Every key that opens something, oldest first."""
        return tuple(self._known.values())

    def revoke(self, name: str) -> None:
        """Let a key open nothing any more; raises NotFoundError for a name that none has."""
        if name not in self._known:
            raise NotFoundError("No such key", f"None is named {name}.", "`sent-tui api key --list` names them.")
        self._journal.remove(_KEYS, name)
        self._known = self._read()

    def name_of(self, text: str) -> str | None:
        """Return the name of a key that is in force, None for any other text; takes as long for one as for another."""
        form = _FORM.fullmatch(text)
        known = self._known.get(form[1]) if form else None
        salt, digest = (known.salt, known.digest) if known else (_NOBODY, _NOBODY)
        is_right = compare_digest(_digest(text, salt), digest)
        return known.name if known and is_right else None

    def refresh(self) -> None:
        """Take in which keys others made and revoked."""
        self._journal.refresh()
        self._known = self._read()

    def close(self) -> None:
        """Let go of the file."""
        self._journal.close()

    def _opened(self, new_id: NewId) -> ApiAccount:
        found = self._journal.get(_ACCOUNT, _ACCOUNT)
        if found is None:
            with self._journal.batch():
                found = self._journal.get(_ACCOUNT, _ACCOUNT)
                if found is None:
                    found = {"id": _ACCOUNT, "customer_id": new_id(), "created_at": self._clock().isoformat()}
                    self._journal.put(_ACCOUNT, found)
        return ApiAccount(found["customer_id"], datetime.fromisoformat(found["created_at"]))

    def _read(self) -> dict[str, ApiKey]:
        return {key.name: key for key in map(_key, self._journal.all(_KEYS))}


def _digest(text: str, salt: bytes) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), key=salt, digest_size=32).digest()


def _document(key: ApiKey) -> dict[str, Any]:
    texts = {"salt": key.salt.hex(), "digest": key.digest.hex()}
    return {"id": key.name, "created_at": key.created_at.isoformat(), **texts}


def _key(document: Mapping[str, Any]) -> ApiKey:
    salt, digest = bytes.fromhex(document["salt"]), bytes.fromhex(document["digest"])
    return ApiKey(document["id"], datetime.fromisoformat(document["created_at"]), salt, digest)
