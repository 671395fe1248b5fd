from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.serving import Served, served


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for all tests of a module, with a database of its own."""
    folder: Path = tmp_path_factory.mktemp("api")
    with served(folder / "contacts.db") as found:
        yield found
