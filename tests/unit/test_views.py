"""Saved views: what is kept of a list, and the file that keeps it."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sent_tui.core.saved_view import SavedView, read_view
from sent_tui.core.search import BY_NAME, ChannelFilter, Sort, SortKey, containing, with_channels
from sent_tui.core.search_filters import Filter
from sent_tui.core.text import display
from sent_tui.errors import NotFoundError, SentTuiError, UsageError
from sent_tui.services.views import NAME_LIMIT, ViewService
from sent_tui.store.files import replace_with
from sent_tui.store.refusals import LockedError

VIP = Filter("tag", "VIP")
VIEW = SavedView("Late VIPs", "okafor", ChannelFilter.SMS, (VIP, Filter("failing", "no")), Sort(SortKey.RATE, True))

FILTERS = st.one_of(
    st.builds(Filter, st.just("tag"), st.text(min_size=1).filter(str.strip)),
    st.builds(Filter, st.just("region"), st.sampled_from(("US", "GB", "001"))),
    st.builds(Filter, st.sampled_from(("failing", "opted_out", "never_messaged")), st.sampled_from(("yes", "no"))),
)
VIEWS = st.builds(
    SavedView,
    st.text(min_size=1, max_size=30).filter(lambda name: display(name, NAME_LIMIT).strip()),
    st.text(),
    st.sampled_from(ChannelFilter),
    st.lists(FILTERS, max_size=4).map(tuple),
    st.builds(Sort, st.sampled_from(SortKey), st.booleans()),
)


def test_a_view_is_a_query_and_says_what_it_shows() -> None:
    wanted = containing("okafor", forgiving=True) & with_channels(ChannelFilter.SMS)
    assert VIEW.query == wanted & VIP.query & Filter("failing", "no").query
    assert VIEW.words == "“okafor”, SMS, #VIP, Not failing, by delivered, falling"
    assert SavedView("x").words == "everyone"
    assert SavedView("x").query.is_everyone
    assert SavedView("x").sort == BY_NAME


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(VIEWS)
def test_what_is_saved_is_read_again(tmp_path: Path, view: SavedView) -> None:
    file = tmp_path / "views.toml"
    file.unlink(missing_ok=True)
    ViewService(file).save(view)
    [found] = ViewService(file).all()
    assert found == view.named(display(view.name, NAME_LIMIT).strip())
    assert ViewService(file).named(view.name).query == view.query


def test_views_come_by_name_and_one_name_is_one_view(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "views.toml"
    service = ViewService(file)
    assert service.all() == ()
    service.save(SavedView("zoë"))
    service.save(SavedView("Ada"))
    service.save(SavedView(" ZOE ", "new"))
    assert [(view.name, view.search) for view in ViewService(file).all()] == [("Ada", ""), ("ZOE", "new")]
    service.delete("ada")
    assert [view.name for view in ViewService(file).all()] == ["ZOE"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_file_views_last_as_long_as_the_program() -> None:
    service = ViewService()
    service.save(VIEW)
    assert service.named("late vips") == VIEW
    service.delete("Late VIPs")
    assert service.all() == ()


def test_a_missing_view_is_named_with_those_there_are() -> None:
    service = ViewService()
    with pytest.raises(NotFoundError) as caught:
        service.named("x")
    assert "V on the contact list" in caught.value.hint
    service.save(VIEW)
    with pytest.raises(NotFoundError) as caught:
        service.delete("x")
    assert "Late VIPs" in caught.value.hint


def test_a_view_needs_a_name() -> None:
    with pytest.raises(UsageError):
        ViewService().save(SavedView("  "))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("[VIPs", "table declaration"),
        ("VIPs = 3", "there is no"),
        ("[VIPs]\ncolour = 'red'", "there is no colour"),
        ("[VIPs]\nsearch = 3", "search is 3"),
        ("[VIPs]\nchannel = 'post'", "post"),
        ("[VIPs]\nfilters = ['tag:']", "is no filter"),
        ("[VIPs]\nfilters = [7]", "is no filter"),
        ("[VIPs]\nsort = 'age'", "age"),
        ("[VIPs]\ndescending = 'yes'", "descending"),
    ],
)
def test_a_file_that_makes_no_sense_is_told_and_left_alone(tmp_path: Path, written: str, why: str) -> None:
    file = tmp_path / "views.toml"
    file.write_text(written, encoding="utf-8")
    for act in (lambda: ViewService(file).all(), lambda: ViewService(file).save(VIEW)):
        with pytest.raises(UsageError) as caught:
            act()
        assert why in caught.value.message
    assert file.read_text(encoding="utf-8") == written


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(SentTuiError):
        ViewService(tmp_path / "taken" / "views.toml").save(VIEW)


def test_what_another_program_saves_meanwhile_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "views.toml"
    ViewService(file).save(SavedView("Ada"))
    monkeypatch.setattr("sent_tui.store.alone.PATIENCE", 0.0)
    refused: list[LockedError] = []

    def replaced_while_another_saves(path: Path, data: Iterable[bytes]) -> None:
        monkeypatch.setattr("sent_tui.store.files.replace_with", replace_with)
        with pytest.raises(LockedError) as caught:
            ViewService(file).save(SavedView("Bo"))
        refused.append(caught.value)
        replace_with(path, data)

    monkeypatch.setattr("sent_tui.store.files.replace_with", replaced_while_another_saves)
    ViewService(file).save(SavedView("Cy"))
    assert (refused[0].title, "views.toml" in refused[0].message) == ("The file is busy", True)
    ViewService(file).save(SavedView("Bo"))
    assert [view.name for view in ViewService(file).all()] == ["Ada", "Bo", "Cy"]


def test_a_person_may_leave_out_what_is_usual() -> None:
    assert read_view("x", tomllib.loads("search = 'ada'")) == SavedView("x", "ada")
