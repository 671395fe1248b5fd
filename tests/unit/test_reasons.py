"""Reason codes: one table, looked up as codes come, and documented row by row.

`python -m tests.unit.test_reasons` writes the tables in docs/reason-codes.md anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.message import Message, MessageStatus
from sent_tui.core.outcome import Outcome
from sent_tui.core.reason_codes import TABLE, Family, ReasonClass, ReasonCode
from sent_tui.core.reasons import MOST_HEARD, OPTED_OUT, heard, outcome_of, reason_of, reason_words
from sent_tui.gateways.simulator_numbers import MAGIC_NUMBERS
from tests import factories

DOCS = Path(__file__).parents[2] / "docs" / "reason-codes.md"
FAILED = MessageStatus.FAILED


def tables() -> str:
    """Return the table of every family, as documented."""
    lines = []
    for family in Family:
        lines += [f"## {family.label}", "", "| Code | Meaning | Class | Source |", "|---|---|---|---|"]
        for row in (row for row in TABLE if row.family is family):
            number = "" if row.number is None or row.code.startswith("0x") else f" (0x{row.number:02X})"
            lines.append(f"| `{row.code}`{number} | {row.words} | {row.kind.label} | {row.source} |")
        lines.append("")
    return "\n".join(lines)


def rewritten(text: str) -> str:
    """Return the documentation with the tables of now."""
    return f"{re.split('^## ', text, maxsplit=1, flags=re.MULTILINE)[0]}{tables()}"


def test_every_code_is_documented_as_it_is() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert rewritten(text) == text, "run `python -m tests.unit.test_reasons`"
    assert all(f"| {kind.label} | " in text for kind in ReasonClass)


def test_no_code_is_twice_in_a_family() -> None:
    codes = [(row.family, row.code) for row in TABLE]
    assert len(codes) == len(set(codes))
    numbers = [(row.family, row.number) for row in TABLE if row.number is not None]
    assert len(numbers) == len(set(numbers))


def test_every_row_has_words_for_the_middle_of_a_sentence_and_a_source() -> None:
    for row in TABLE:
        assert row.words == row.words.strip().rstrip(".")
        assert row.words[0].islower() or row.words.startswith(("WhatsApp", "Sent"))
        assert row.source


@pytest.mark.parametrize("known", TABLE, ids=lambda row: f"{row.family}:{row.code}")
def test_every_code_is_found_with_its_family_before_it(known: ReasonCode) -> None:
    for text in (f"{known.family}:{known.code}", f" {known.family.upper()} / {known.code.lower()} "):
        assert reason_of(text) is known
    if known.number is not None:
        assert reason_of(f"{known.family}:{known.number}") is known
        assert reason_of(f"{known.family}:0x{known.number:08x}") is known


@pytest.mark.parametrize(
    ("text", "family", "code"),
    [
        ("131026", Family.WHATSAPP, "131026"),
        ("whatsapp:131026", Family.WHATSAPP, "131026"),
        ("WA: 131047", Family.WHATSAPP, "131047"),
        ("368", Family.WHATSAPP, "368"),
        ("whatsapp:2", Family.WHATSAPP, "2"),
        ("sms/30005", Family.TWILIO, "30005"),
        ("\t30003\n", Family.TWILIO, "30003"),
        ("delivery_007", Family.SENT, "DELIVERY_007"),
        ("esme_rinvdstadr", Family.SMPP, "ESME_RINVDSTADR"),
        ("sms:expired", Family.SMPP, "EXPIRED"),
        ("smpp:69", Family.SMPP, "ESME_RSUBMITFAIL"),
        ("smpp:0x00000045", Family.SMPP, "ESME_RSUBMITFAIL"),
        ("gsm:0x45", Family.GSM, "0x45"),
        ("tp-status:70", Family.GSM, "0x46"),
        ("0x0B", Family.SMPP, "ESME_RINVDSTADR"),
        ("0x46", Family.GSM, "0x46"),
    ],
)
def test_a_code_is_read_as_it_comes(text: str, family: Family, code: str) -> None:
    known = reason_of(text)
    assert known is not None
    assert (known.family, known.code) == (family, code)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "  ",
        "2",
        "11",
        "0x45",
        "sms:0x45",
        "sms:11",
        "sms:131026",
        "twilio:131026",
        "carrier:30005",
        "30005 and more",
        "1310260",
        "whatsapp:",
        ":131026",
        "smpp:99999999999999999999",
        "smpp:²",
        "١٣١٠٢٦",
    ],
)
def test_what_is_not_certain_is_not_known(text: str | None) -> None:
    assert reason_of(text) is None


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("131026", Outcome.FAILED_HARD),
        ("30005", Outcome.FAILED_HARD),
        ("30006", Outcome.FAILED_HARD),
        ("DELIVERY_007", Outcome.FAILED_HARD),
        ("30003", Outcome.FAILED_SOFT),
        ("30008", Outcome.FAILED_SOFT),
        ("DELIVERY_003", Outcome.FAILED_SOFT),
        ("NEVER_HEARD", Outcome.FAILED_SOFT),
        (None, Outcome.FAILED_SOFT),
        ("131047", None),
        ("131049", None),
        ("131050", None),
        ("130472", None),
        ("132015", None),
        ("30007", None),
        ("21610", None),
        ("CONSENT_001", None),
        ("130429", None),
        ("131056", None),
        ("30001", None),
        ("BUSINESS_003", None),
        ("PROVIDER_001", None),
    ],
)
def test_what_a_failure_teaches(code: str | None, outcome: Outcome | None) -> None:
    assert outcome_of(FAILED, code) is outcome


def test_only_a_failure_and_an_arrival_teach() -> None:
    assert outcome_of("DELIVERED", "131026") is outcome_of("READ", None) is Outcome.DELIVERED
    for status in ("FILTERED", "BLOCKED", "CANCELLED", "SENT", "PARKED"):
        assert outcome_of(status, "131026") is None


def test_words() -> None:
    assert reason_words(None) == reason_words("") == ""
    assert reason_words("whatsapp:131026") == "WhatsApp cannot deliver to this number"
    assert reason_words("NEVER_HEARD") == "reason NEVER_HEARD"
    assert reason_words(OPTED_OUT) == "the person has opted out"


def test_the_simulator_says_nothing_that_is_not_known() -> None:
    stages = [stage for magic in MAGIC_NUMBERS.values() for stage in (*magic.whatsapp, *magic.sms)]
    assert all(stage.reason_code is None or reason_of(stage.reason_code) for stage in stages)


def test_unknown_codes_are_counted() -> None:
    def sent(place: int, *codes: str | None, status: str = FAILED) -> Message:
        attempts = tuple(factories.attempt(place, reason_code=code, status=str(status)) for code in codes)
        return factories.message(place, attempts=attempts)

    messages = [
        sent(0, "X_1", "131026"),
        sent(1, "X_1", None),
        sent(2, "A_2"),
        sent(3, "Z_9", status="FILTERED"),
    ]
    found = heard(messages)
    assert [(code.code, code.count, code.failed) for code in found] == [("X_1", 2, 2), ("A_2", 1, 1), ("Z_9", 1, 0)]
    assert "passing failure" in found[0].taken_for
    assert "stopped" in found[2].taken_for
    many = [sent(place, f"N_{place:03}") for place in range(MOST_HEARD + 5)]
    assert len(heard(many)) == MOST_HEARD


@given(st.text(max_size=40))
def test_any_text_may_be_a_code(text: str) -> None:
    known = reason_of(text)
    assert known is None or known in TABLE
    assert outcome_of(FAILED, text) in {None, *Outcome}


if __name__ == "__main__":
    DOCS.write_text(rewritten(DOCS.read_text(encoding="utf-8")), encoding="utf-8")
