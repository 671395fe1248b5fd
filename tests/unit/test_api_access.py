from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.errors import NotFoundError
from sent_tui.services.api_access import ApiAccess, keys_path

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def opened(folder: Path) -> ApiAccess:
    ids = itertools.count(1)
    return ApiAccess(folder / "contacts.db", lambda: NOW, lambda: f"id-{next(ids)}")


@pytest.fixture(scope="module")
def access(tmp_path_factory: pytest.TempPathFactory) -> ApiAccess:
    return opened(tmp_path_factory.mktemp("access"))


def test_a_key_opens_until_it_is_revoked(tmp_path: Path) -> None:
    access = opened(tmp_path)
    key, other = access.make().reveal(), access.make().reveal()
    name = access.name_of(key)
    assert name is not None
    assert key.startswith(f"sk_local_{name}_")
    assert [each.name for each in access.in_force] == [name, access.name_of(other)]
    access.revoke(name)
    assert access.name_of(key) is None
    assert access.name_of(other) is not None
    with pytest.raises(NotFoundError, match=name):
        access.revoke(name)


def test_keys_outlive_the_program_and_reach_others(tmp_path: Path) -> None:
    first, second = opened(tmp_path), opened(tmp_path)
    key = first.make().reveal()
    assert second.name_of(key) is None
    second.refresh()
    assert second.name_of(key) == first.name_of(key)
    assert first.account == second.account == opened(tmp_path).account
    assert (first.account.customer_id, first.account.created_at) == ("id-1", NOW)


def test_the_key_itself_is_kept_nowhere(tmp_path: Path) -> None:
    access = opened(tmp_path)
    key = access.make().reveal()
    access.close()
    secret = key.split("_", 3)[3]
    for file in tmp_path.iterdir():
        assert secret.encode() not in file.read_bytes()
    assert keys_path(tmp_path / "contacts.db").stat().st_mode & 0o777 == 0o600


def test_the_same_key_twice_has_two_digests(tmp_path: Path) -> None:
    access = opened(tmp_path)
    access.make()
    access.make()
    first, second = access.in_force
    assert first.salt != second.salt
    assert len(first.digest) == 32


@given(text=st.text(max_size=80))
def test_nothing_else_opens(access: ApiAccess, text: str) -> None:
    assert access.name_of(text) is None


def test_a_key_with_one_other_letter_opens_nothing(access: ApiAccess) -> None:
    key = access.make().reveal()
    for place in range(len(key)):
        other = "A" if key[place] != "A" else "B"
        assert access.name_of(f"{key[:place]}{other}{key[place + 1 :]}") is None
    assert access.name_of(key)
