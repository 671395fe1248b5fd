"""`sent-tui route calibration` and `replay`: whether what was shown came true, and what another policy had done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import click

from sent_tui.cli.days import day_option
from sent_tui.cli.options import Command, State, global_options, json_option
from sent_tui.cli.output import say, say_json, say_json_lines, say_table
from sent_tui.core.channel import Channel
from sent_tui.core.evaluation_json import comparison_json, report_json
from sent_tui.core.evaluation_words import (
    calibration_words,
    number_type_words,
    range_words,
    region_words,
    replay_words,
    share_words,
    shown_words,
)
from sent_tui.core.period import EVER, Period
from sent_tui.core.policies import POLICIES
from sent_tui.core.replay import LIMITS
from sent_tui.errors import ExitCode

if TYPE_CHECKING:
    from sent_tui.core.calibration import Curve, Rate, Report
    from sent_tui.core.replay import Comparison

HEADS = ("MESSAGES", "SHOWN", "ARRIVED", "RANGE", "SHOWN WAS")
POLICY_HEADS = ("POLICY", "SAME", "OTHER", "WOULD ARRIVE", "BUT AT WORST", "AT BEST", "COST OF 1,000", "FIRST CHANNEL")


_since = day_option("--since", "Only messages written on this day or later, such as 2026-03-02.")


@click.command(cls=Command)
@_since
@json_option()
@global_options
@click.pass_obj
def calibration(state: State, since: Period | None) -> int:
    """Say how well the shown percentages came true.

    Of all messages shown with about the same percentage: how many arrived, and the range in which the true share lies
    in 95 of 100 cases. The tables are of first attempts; fallbacks are told apart.
    """
    with state.workspace() as workspace:
        report = workspace.evaluation.calibration((since or EVER).since)
    if state.json:
        say_json(report_json(report))
        return ExitCode.DONE
    for line in calibration_words(report):
        say(line)
    if report.first.bins:
        _show_report(report)
    return ExitCode.DONE


@click.command(cls=Command)
@click.option("--policy", type=click.Choice(list(POLICIES)), metavar="NAME", help=f"One of: {', '.join(POLICIES)}.")
@_since
@json_option("Print JSON Lines: one policy a line.")
@global_options
@click.pass_obj
def replay(state: State, policy: str | None, since: Period | None) -> int:
    """Say what another policy would have tried first on your own messages.

    Goes through the messages in the order of time; the policy knows what was known then. Where it tries another
    channel than was tried, the result is known only from a fallback, or not at all: the bounds say what that leaves
    open. Without --policy, all of them are compared.
    """
    with state.workspace() as workspace:
        found = workspace.evaluation.replay([policy] if policy else list(POLICIES), (since or EVER).since)
    if state.json:
        say_json_lines(map(comparison_json, found))
    elif policy:
        _show_comparison(found[0])
    else:
        _show_comparisons(found)
    return ExitCode.DONE


def _show_report(report: Report) -> None:
    curve = report.first
    say()
    say_table(("PERCENTAGE", *HEADS), ((shown_words(found), *_rate(found.rate)) for found in curve.bins))
    for head, rates, words in (
        ("CHANNEL", report.channels, lambda name: Channel(name).label),
        ("COUNTRY", report.regions, region_words),
        ("TYPE", report.number_types, number_type_words),
        ("MONTH", report.months, str),
    ):
        say()
        say_table((head, *HEADS), list(_rows(rates, words)))
    say()
    say(_scores(curve))


def _scores(curve: Curve) -> str:
    return (
        f"Brier score {curve.rate.brier:.4f} = reliability {curve.reliability:.4f} - resolution "
        f"{curve.resolution:.4f} + uncertainty {curve.uncertainty:.4f} + within bins {curve.within_bins:.4f}"
    )


def _rows(rates: Mapping[str, Rate], words: Callable[[str], str]) -> Iterator[tuple[str, ...]]:
    for name, rate in rates.items():
        yield words(name), *_rate(rate)


def _rate(rate: Rate) -> tuple[str, ...]:
    share, interval = share_words(rate.share), range_words(*rate.interval)
    return f"{rate.count:,}", share_words(rate.shown), share, interval, rate.quality.label


def _show_comparison(found: Comparison) -> None:
    say(f"{found.policy.name}: {found.policy.about}")
    for line in replay_words(found):
        say(line)
    say()
    _say_limits()


def _show_comparisons(found: tuple[Comparison, ...]) -> None:
    compared = found[0]
    if not compared.count:
        for line in replay_words(compared):
            say(line)
        return
    say(
        f"{compared.count:,} messages could go by two channels and have a result; {share_words(compared.own_share)} of "
        f"their first attempts arrived. Cost of 1,000, fallback included: ${_per_thousand(compared, own=True):.2f}."
    )
    say()
    say_table(POLICY_HEADS, list(map(_policy_row, found)))
    say()
    say("More about each of them with --policy.")
    _say_limits()


def _say_limits() -> None:
    for line in LIMITS:
        say(line)


def _policy_row(found: Comparison) -> tuple[str, ...]:
    low, high = found.bounds
    return (
        found.policy.name,
        f"{found.agreed.count:,}",
        f"{found.differs:,}",
        f"about {share_words(found.estimate)}" if found.differs else share_words(found.estimate),
        share_words(low),
        share_words(high),
        f"${_per_thousand(found):.2f}",
        found.policy.about,
    )


def _per_thousand(found: Comparison, *, own: bool = False) -> float:
    return 1000 * (found.own_cost if own else found.cost) / found.count
