"""Texts that a name, a note, a message or an answer from a network may hold, and that must do no harm."""

from __future__ import annotations

import re

CLICK = "[@click=app.pwn('a')]EVIL[/]"
"""Markup that runs an action of the app when it is clicked."""

PAYLOADS: dict[str, str] = {
    # Markup
    "closing tag": "[/]",
    "closing tag of another": "x[/foo]y",
    "tag that never ends": "[/",
    "style tag": "[bold red]x[/bold red]",
    "labels in brackets": "Bob [vip] [sales]",
    "path in brackets": "path [/etc/passwd]",
    "theme variable": "[$error]x",
    "brackets in brackets": "[type=x, v={'a[0]'}]",
    "click action": CLICK,
    "click action after a space": "[ @click=app.pwn]EVIL[/]",
    "link": "[link='https://example.invalid']x[/link]",
    "escaped tag": r"\[b]x\[/b]",
    "backslash at the end": "x[b]\\",
    "emoji code": ":smile: :warning:",
    "templates": "$name ${name} {0} %s %(name)s {{x}}",
    # Escape sequences
    "window title": "\x1b]0;PWNED\x1b\\",
    "window title ended by a bell": "\x1b]0;PWNED\x07",
    "clipboard": "\x1b]52;c;cHduZWQ=\x1b\\",
    "hyperlink": "\x1b]8;;https://example.invalid\x1b\\x\x1b]8;;\x1b\\",
    "clear screen": "\x1b[2J\x1b[5;1H",
    "terminal answers": "\x1b[6n\x1b[c",
    "leave alternate screen": "\x1b[?1049l",
    "colours": "\x1b[31mRED\x1b[0m",
    "device control string": '\x1bP$q"p\x1b\\',
    "reset": "\x1bc",
    "8-bit sequences": "\x9b31m\x9d0;PWNED\x9c",
    # Control characters
    "every C0 character": "".join(map(chr, range(0x20))),
    "delete and every C1 character": "".join(map(chr, range(0x7F, 0xA0))),
    "null": "a\x00b",
    "backspaces": "Anna\x08\x08\x08\x08EVIL",
    "carriage return": "Anna\rEVIL",
    "newline": "a\nb",
    "mixed line ends": "a\r\nb\rc\u2028d\u2029e\x85f",
    "tab, vertical tab, form feed": "a\tb\vc\fd",
    # Unicode
    "bidi override": "Anna\u202egro.live\u202c",
    "bidi isolates": "\u2066a\u2067b\u2068c\u2069",
    "bidi marks": "\u200ea\u200fb\u061c",
    "invisible characters": "a\u200bb\u2060c\ufeffd\u00ade",
    "tag characters": "a" + "".join(chr(0xE0000 + ord(char)) for char in "secret"),
    "high surrogate": "a\ud800b",
    "low surrogate": "\udc00",
    "surrogates apart": "\udcff\ud83d \ude00",
    "private use and noncharacters": "\ue000\U000f0000\ufffe\U0010ffff",
    "many combining marks": "Z" + "\u0301\u0337" * 150,
    "combining mark first": "\u0308\u20dda",
    "marks between joiners": "a" + "\u0301\u200d" * 100,
    "joiners only": "\u200c\u200d" * 100,
    "emoji family": "👨‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 🇸🇪",
    "right to left": "محمد שלום",
    "no character": "",
    "spaces": "   ",
    # Other readers
    "formula": '=HYPERLINK("https://example.invalid";"x")',
    "formula after a tab": "\t=1+1",
    "command line": "; rm -rf ~ $(id) `id` | less",
    "path upwards": "../../../../etc/passwd",
    "JSON": '{"a": [1, "]}',
    # Size
    "one line of a million": "x" * 1_000_000,
    "a hundred thousand lines": "x\n" * 100_000,
    "wide characters": "漢" * 200_000,
    "a million marks": "a" + "\u0301" * 1_000_000,
}

ONE_OF_EACH_KIND: tuple[str, ...] = tuple(
    PAYLOADS[name]
    for name in (
        "closing tag",
        "click action",
        "link",
        "backslash at the end",
        "hyperlink",
        "clear screen",
        "leave alternate screen",
        "8-bit sequences",
        "every C0 character",
        "delete and every C1 character",
        "mixed line ends",
        "bidi override",
        "invisible characters",
        "surrogates apart",
        "many combining marks",
        "emoji family",
        "no character",
        "formula",
        "one line of a million",
        "wide characters",
    )
)
"""For screens that are slow to go through: what they are made of, other tests give every payload."""
"""Nasty texts by what they are. Those under "Size" are large: a list of them is a list of megabytes."""

_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def unsafe_characters(text: str) -> set[str]:
    """Return what a terminal must never be given from outside.

    That is: C0 except newline, DEL, C1, surrogates and bidi controls.
    """
    return set(_UNSAFE.findall(text))
