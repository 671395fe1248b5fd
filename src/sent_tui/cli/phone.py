"""`sent-tui phone`: the formats and facts of one number. It reads no settings file and touches no database."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from sent_tui import config
from sent_tui.cli.options import Command, State, global_options, json_option, plain_text
from sent_tui.cli.output import note, say_facts, say_json
from sent_tui.errors import ExitCode

if TYPE_CHECKING:
    from sent_tui.core.phone import InvalidNumber, PhoneNumber


@click.command(cls=Command)
@click.argument("number", nargs=-1, required=True, type=plain_text, metavar="NUMBER")
@click.option("--facts", is_flag=True, help="Add place, carrier and time zones; loading their tables takes a second.")
@json_option()
@global_options
@click.pass_obj
def phone(state: State, number: tuple[str, ...], facts: bool) -> int:
    """Show the formats and facts of one phone number.

    Touches no database and reads no settings file: the country of a national number comes from --region or
    SENT_TUI_REGION.
    """
    from sent_tui.core.phone import InvalidNumber, parse

    read = parse(" ".join(number), config.region_without_file(state.flags, os.environ))
    if isinstance(read, InvalidNumber):
        return _refuse(read, as_json=bool(state.json))
    for doubt in read.doubts:
        note(f"Note: {doubt.sentence}")
    more = _facts(read) if facts else {}
    if state.json:
        from sent_tui.core.sent_json import number_json

        say_json(number_json(read) | more)
    else:
        _show(read, more)
    return ExitCode.DONE


def _show(number: PhoneNumber, more: dict[str, Any]) -> None:
    from sent_tui.core.numbering import region_name

    country = region_name(number.region_code) or "no single country"
    say_facts(
        (
            ("Number", f"{number.international}, valid"),
            ("E.164", number.e164),
            ("International", number.international),
            ("National", number.national),
            ("RFC 3966", number.rfc3966),
            ("WhatsApp id", number.whatsapp_id),
            ("Country", f"{country} ({number.region_code}), calling code {number.country_code}"),
            ("Type", number.number_type.label),
            ("Extension", number.extension or ""),
            ("Place", more.get("place", "")),
            ("Carrier", more.get("carrier", "")),
            ("Time zones", ", ".join(more.get("time_zones", ()))),
        )
    )


def _facts(number: PhoneNumber) -> dict[str, Any]:
    from sent_tui.core.numbering import facts

    known = facts(number.e164)
    return {"place": known.place, "carrier": known.carrier, "time_zones": list(known.time_zones)}


def _refuse(invalid: InvalidNumber, *, as_json: bool) -> int:
    if as_json:
        from sent_tui.core.sent_json import number_json

        say_json(
            {
                "phone_number": invalid.raw,
                "valid": False,
                "reason": invalid.reason.value,
                "message": invalid.message,
                "understood": number_json(invalid.understood) if invalid.understood else None,
                "suggestion": invalid.suggestion.e164 if invalid.suggestion else None,
                "doubts": [doubt.value for doubt in invalid.doubts],
            }
        )
    note(f"sent-tui: Not a valid number. {invalid.message}")
    for doubt in invalid.doubts:
        note(f"Note: {doubt.sentence}")
    return ExitCode.REFUSED
