"""The price list: what it says of a country, what a user's file changes, and what is refused."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.channel import Channel
from sent_tui.core.message import Content, Template, fill
from sent_tui.core.prices import CATEGORIES, DEAREST, FLAT, PriceError, Prices, Tariff, category_of, read_prices
from sent_tui.errors import UsageError
from sent_tui.services.pricing import PACKAGED, load_prices, packaged_prices

CONFIGURATION = Path(__file__).parents[2] / "docs" / "configuration.md"
TEXT = Content("Hello")


class TestTariff:
    def test_sms_is_paid_by_segment_and_whatsapp_when_it_is_delivered(self) -> None:
        tariff = Tariff(whatsapp=0.04, sms=0.05)
        assert tariff.expected(Channel.SMS, 0.5, 3) == pytest.approx(0.15)
        assert tariff.expected(Channel.WHATSAPP, 0.5, 3) == pytest.approx(0.02)

    def test_a_country_before_the_default_and_the_default_before_nothing(self) -> None:
        prices = read_prices({"default": {"sms": 0.1, "whatsapp": 0.2}, "DE": {"sms": 0.3}})
        assert prices.tariff("DE", "utility") == Tariff(whatsapp=0.2, sms=0.3)
        assert prices.tariff("001", "utility") == Tariff(whatsapp=0.2, sms=0.1)
        assert Prices().tariff("DE", "utility") == FLAT.tariff("", "service") == Tariff(whatsapp=0.0075, sms=0.0085)

    def test_every_category_has_its_price(self) -> None:
        table = {category: place / 100 for place, category in enumerate(CATEGORIES)}
        prices = read_prices({"US": {"whatsapp": table}})
        assert [prices.tariff("US", category).whatsapp for category in CATEGORIES] == [0, 0.01, 0.02, 0.03]
        assert prices.tariff("US", "promotional").whatsapp == prices.tariff("US", "utility").whatsapp

    def test_changes_take_the_place_of_single_prices(self) -> None:
        ours = read_prices({"US": {"sms": 0.1, "whatsapp": {"marketing": 0.2, "utility": 0.3}}})
        changed = ours.with_changes(read_prices({"us": {"whatsapp": {"marketing": 0.5}}, "UK": {"sms": 1}}))
        assert changed.tariff("US", "marketing") == Tariff(whatsapp=0.5, sms=0.1)
        assert changed.tariff("US", "utility").whatsapp == 0.3
        assert changed.tariff("GB", "utility").sms == 1


@pytest.mark.parametrize(
    ("content", "category"),
    [
        (None, "utility"),
        (TEXT, "service"),
        (Content("Hello", template="welcome"), "utility"),
        (Content("Hello", template="welcome", category=" MARKETING"), "marketing"),
        (fill(Template("code", "{{code}}", ("code",), category="authentication"), {"code": "1"}), "authentication"),
    ],
)
def test_the_category_of_a_message(content: Content | None, category: str) -> None:
    assert category_of(content) == category


@pytest.mark.parametrize(
    ("document", "key", "allowed"),
    [
        ({"Germany": {"sms": 0.1}}, "Germany", "country code such as US"),
        ({"DE": 0.1}, "DE", "Write [DE]"),
        ({"DE": {"mms": 0.1}}, "DE.mms", "sms, whatsapp"),
        ({"DE": {"sms": "0.1"}}, "DE.sms", "from 0 to 10"),
        ({"DE": {"sms": True}}, "DE.sms", "US dollars"),
        ({"DE": {"sms": -0.1}}, "DE.sms", "from 0"),
        ({"DE": {"sms": float("nan")}}, "DE.sms", "a number"),
        ({"DE": {"sms": float("inf")}}, "DE.sms", "a number"),
        ({"DE": {"sms": 10**400}}, "DE.sms", "a number"),
        ({"DE": {"whatsapp": [0.1]}}, "DE.whatsapp", "a number"),
        ({"DE": {"whatsapp": {"promo": 0.1}}}, "DE.whatsapp.promo", "marketing, utility"),
        ({"DE": {"whatsapp": {"utility": 85}}}, "DE.whatsapp.utility", "from 0 to 10"),
    ],
)
def test_what_makes_no_sense_is_named_with_what_is_allowed(document: dict[str, object], key: str, allowed: str) -> None:
    with pytest.raises(PriceError) as refused:
        read_prices(document)
    assert refused.value.key == key
    assert str(refused.value).startswith(f"{key} is ")
    assert allowed in refused.value.allowed


@given(
    st.dictionaries(
        st.text(max_size=4) | st.sampled_from(["default", "DE", "us"]),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
            lambda inner: st.dictionaries(st.sampled_from(["sms", "whatsapp", "utility", "x"]), inner, max_size=3),
            max_leaves=6,
        ),
        max_size=3,
    )
)
def test_any_document_is_read_or_refused_in_words(document: dict[str, object]) -> None:
    try:
        prices = read_prices(document)
    except PriceError:
        return
    assert all(0 <= price <= DEAREST for price in prices.entries.values())


class TestFiles:
    def test_the_packaged_list_is_complete_and_says_that_it_is_an_example(self) -> None:
        prices = packaged_prices()
        regions = {region for region, _ in prices.entries} - {"default"}
        assert 30 <= len(regions) <= 60
        for region in ("default", *regions):
            assert {("default", item) for item in ("sms", *CATEGORIES)} <= set(prices.entries)
            assert (region, "sms") in prices.entries
            assert all((region, item) in prices.entries for item in CATEGORIES[:3])
        text = PACKAGED.read_text(encoding="utf-8")
        assert "EXAMPLES" in text
        assert "US dollars" in text

    def test_a_users_file_goes_before_it(self, tmp_path: Path) -> None:
        mine = tmp_path / "prices.toml"
        assert load_prices(mine) == packaged_prices()
        mine.write_text("[DE]\nsms = 0.5\n")
        assert load_prices(mine).tariff("DE", "marketing").sms == 0.5
        assert load_prices(mine).tariff("FR", "marketing") == packaged_prices().tariff("FR", "marketing")

    def test_a_file_that_is_named_has_to_exist(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no such price list"):
            load_prices(tmp_path / "none.toml", required=True)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (b"[DE]\nsms = 0,1\n", "line 2"),
            (b"[DE\n", "line 1"),
            (b"[DE]\nsms = 1\n[DE]\nsms = 1\n", "line 3"),
            (b"\xff\xfe", "TOML in UTF-8"),
            (b"[DE]\nsms = 12\n", "DE.sms is 12"),
        ],
    )
    def test_a_wrong_file_is_named_with_the_line_or_the_key(self, tmp_path: Path, text: bytes, words: str) -> None:
        mine = tmp_path / "prices.toml"
        mine.write_bytes(text)
        with pytest.raises(UsageError) as refused:
            load_prices(mine)
        assert str(mine) in str(refused.value)
        assert words in str(refused.value)

    def test_a_folder_is_no_price_list(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="cannot be read"):
            load_prices(tmp_path)


def test_nothing_is_read_at_import() -> None:
    script = (
        "import sys, sent_tui.core.prices, sent_tui.core.routing, sent_tui.services.pricing\n"
        "print('tomllib' in sys.modules)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == "False\n"


def test_the_documented_example_is_a_price_list() -> None:
    text = CONFIGURATION.read_text(encoding="utf-8")
    [example] = [block for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "[default]" in block]
    assert read_prices(tomllib.loads(example)).tariff("DE", "service") == Tariff(whatsapp=0.05, sms=0.095)
    assert all(f"whatsapp.{category}`" in text for category in CATEGORIES)
    assert f"from 0 to {DEAREST:g}" in text
