"""How paragraphs become lines."""

from __future__ import annotations

import pytest
from textual.content import Content

from sent_tui.tui.safe import join
from sent_tui.tui.widgets.layout import Line, lay_out


def laid_out(text: str, width: int, **line: int) -> list[str]:
    return [row.rstrip() for row in lay_out([Line(Content(text), **line)], width).plain.split("\n")]


@pytest.mark.parametrize("width", range(12, 45))
def test_no_line_ends_between_a_number_and_its_unit(width: int) -> None:
    rows = laid_out("queued 0 s → routed 0.1 s → sent 12 min → delivered 3 h", width, indent=2)
    assert " ".join(row.strip() for row in rows) == "queued 0 s → routed 0.1 s → sent 12 min → delivered 3 h"
    assert not any(row[-1:].isdigit() for row in rows)


@pytest.mark.parametrize("width", range(12, 45))
def test_no_line_ends_between_a_day_and_its_month(width: int) -> None:
    rows = laid_out("not reached on 5 Oct, delivered on 12 Nov 2026", width)
    assert not any(row[-1:].isdigit() and not row.endswith("2026") for row in rows)


def test_other_numbers_stand_where_they_fit() -> None:
    assert laid_out("in all 12 messages", 12) == ["in all 12", "messages"]
    assert laid_out("in all 12 somewhere", 12) == ["in all 12", "somewhere"]


def test_styles_stay_where_they_are() -> None:
    content = lay_out([Line(join("it took ", ("12 s", "bold"), " to arrive"))], 12)
    assert content.plain.split("\n") == ["it took 12 s", "to arrive"]
    assert [content.plain[span.start : span.end] for span in content.spans if span.style == "bold"] == ["12 s"]


def test_lines_after_the_first_are_indented() -> None:
    assert laid_out("one two three four", 12, indent=2) == ["one two", "  three four"]
    assert laid_out("one two three", 12, first=3) == ["   one two", "three"]
