"""Texts put together on the spot reach a widget only through `sent_tui.tui.safe`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import sent_tui.tui

SOURCES = sorted(Path(sent_tui.tui.__file__).parent.rglob("*.py"))
WIDGETS = frozenset({"Button", "Checkbox", "Collapsible", "Label", "Option", "RadioButton", "Static", "TabPane"})
MARKUP_CALLS = WIDGETS | {"from_markup", "notify", "update"}
"""Calls whose text Textual reads as markup. The `notify` of `safe` is called by its bare name, and is no such call."""
TEXT_KEYWORDS = frozenset({"content", "label", "message", "prompt", "title"})
MARKUP_ATTRIBUTES = frozenset({"border_subtitle", "border_title", "tooltip"})


def offences(source: str) -> list[int]:
    """Return the lines on which a text put together on the spot is read as markup, or becomes an id."""
    found = [node.lineno for tree in ast.walk(ast.parse(source)) for node in suspects(tree) if is_built(node)]
    return sorted(found)


def suspects(node: ast.AST) -> list[ast.expr]:
    """Return the expressions whose value is read as markup or as an id."""
    if isinstance(node, ast.Call):
        ids = [keyword.value for keyword in node.keywords if keyword.arg == "id"]
        if not reads_markup(node.func):
            return ids
        return ids + node.args + [keyword.value for keyword in node.keywords if keyword.arg in TEXT_KEYWORDS]
    if isinstance(node, ast.Assign):
        targets = [target.attr for target in node.targets if isinstance(target, ast.Attribute)]
        return [node.value] if MARKUP_ATTRIBUTES.intersection(targets) else []
    return []


def reads_markup(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in MARKUP_CALLS - {"notify"}
    if isinstance(function, ast.Attribute):
        owner = function.value.id if isinstance(function.value, ast.Name) else ""
        return function.attr in MARKUP_CALLS and owner != "safe"
    return False


def is_built(node: ast.expr) -> bool:
    """Return whether a text is put together: f-string, `%`, `+`, `.format()`, `.join()` or `str()`."""
    match node:
        case ast.JoinedStr():
            return True
        case ast.BinOp(left=left, op=ast.Mod()):
            return is_text(left)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return is_text(left) or is_text(right)
        case ast.Call(func=ast.Attribute(value=value, attr="format" | "join")):
            return is_text(value)
        case ast.Call(func=ast.Name(id="str")):
            return True
        case ast.IfExp(body=body, orelse=orelse):
            return is_built(body) or is_built(orelse)
    return False


def is_text(node: ast.expr) -> bool:
    return is_built(node) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_text_is_put_together_for_a_widget(path: Path) -> None:
    lines = offences(path.read_text(encoding="utf-8"))
    assert lines == [], f"use sent_tui.tui.safe: {path}, lines {lines}"


def test_there_is_something_to_look_at() -> None:
    assert "safe.py" in {path.name for path in SOURCES}


@pytest.mark.parametrize(
    "source",
    [
        'Static(f"Hello {name}")',
        'Static(content=f"Hello {name}")',
        'widgets.Label("Hello %s" % name)',
        'Button("Hello {}".format(name))',
        'Option("Hello " + name, id="o")',
        'Option("a" + name + "b")',
        'Static("\\n".join(names))',
        "Static(str(error))",
        'Collapsible(title=f"{name}")',
        'self.notify(f"{name} saved")',
        'self.app.notify("Saved", title=f"{name}")',
        'self.notify("Saved" if name is None else f"{name} saved")',
        'self.query_one(Static).update(f"{count}")',
        'Content.from_markup(f"[b]{name}[/b]")',
        'Static(safe(name), id=f"contact-{name}")',
        'ListItem(id="c-%s" % number)',
        'self.border_title = f"{name}"',
    ],
)
def test_texts_put_together_are_found(source: str) -> None:
    assert offences(f"x = 1\n{source}\n") == [2]


@pytest.mark.parametrize(
    "source",
    [
        'Static("[b]Hello[/b]")',
        "Static(safe(name))",
        'Static(safe(f"Hello {name}"), id="hello")',
        'Static(join("Hello ", (name, "bold")))',
        'Button("Send", variant="primary", tooltip=TIP)',
        'notify(self, f"{name} saved")',
        'safe.notify(self, f"{name} saved")',
        'self.notify("Saved")',
        "self.counts.update({1: 2})",
        "self.total.update(a + b)",
        "Label(text % 2)",
        'Content.from_markup("[b]$name[/b]", name=name)',
        'self.border_title = safe(f"{name}")',
        'title = f"{name}"',
        "handlers[0](name)",
    ],
)
def test_other_texts_are_left_alone(source: str) -> None:
    assert offences(source) == []
