"""Pages of many contacts, walked by Sent's own SDK."""

from __future__ import annotations

from collections import Counter

import pytest
import sent_dm

from tests.api.serving import Served
from tests.factories import contact

MANY = 1_234


@pytest.fixture(scope="module")
def many(api: Served) -> Served:
    api.workspace.repository.add(contact(place) for place in range(MANY))
    return api


def test_every_contact_comes_exactly_once(many: Served) -> None:
    with sent_dm.Sent(api_key=many.key, base_url=many.url, max_retries=0) as client:
        for size in (100, 99):
            seen = Counter(each.id for each in client.contacts.list(page_size=size))
            assert (len(seen), set(seen.values())) == (MANY, {1})
        page = client.contacts.list(page_size=100, page=13)
        assert page.data is not None
        assert page.data.pagination is not None
        assert page.data.pagination.model_dump() == {
            "page": 13,
            "page_size": 100,
            "total_count": MANY,
            "total_pages": 13,
            "has_more": False,
            "cursors": None,
        }
        assert len(page.data.contacts or ()) == 34
        beyond = client.contacts.list(page=14, page_size=100)
        assert (beyond.data and beyond.data.contacts, beyond.has_next_page()) == ([], False)


async def test_so_does_the_asynchronous_client(many: Served) -> None:
    async with sent_dm.AsyncSent(api_key=many.key, base_url=many.url, max_retries=0) as client:
        seen = Counter([each.id async for each in client.contacts.list(page_size=100)])
    assert (len(seen), set(seen.values())) == (MANY, {1})


def test_what_is_made_meanwhile_comes_last(many: Served) -> None:
    with sent_dm.Sent(api_key=many.key, base_url=many.url, max_retries=0) as client:
        seen: list[str | None] = []
        for each in client.contacts.list(page_size=100):
            if not seen:
                made = client.contacts.create(phone_number="+442079460123").data
            seen.append(each.id)
    assert made is not None
    assert seen[-1] == made.id
    assert len(set(seen)) == len(seen) == MANY + 1
