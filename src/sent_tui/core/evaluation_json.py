"""What looking back on messages found, as JSON. Probabilities and shares are from 0 to 1, costs in US dollars."""

from __future__ import annotations

from collections.abc import Mapping

from sent_tui.core.calibration import Curve, Rate, Report
from sent_tui.core.decision import decision_json
from sent_tui.core.replay import LIMITS, Comparison, Count
from sent_tui.core.review import Review
from sent_tui.core.route_plan import RoutePlan
from sent_tui.core.sent_json import Json, plan_json


def review_json(review: Review, now: RoutePlan | None) -> Json:
    """Return a decision looked at again, and the plan that what is known now gives."""
    return {
        "decision": decision_json(review.decision),
        "said": list(review.said),
        "route": [channel.value for channel in review.again.channels],
        "by_the_rules_of_today": {
            "same": review.is_same,
            "same_order": review.is_same_order,
            "only_then": list(review.only_then),
            "only_today": list(review.only_today),
            "plan": plan_json(review.today),
        },
        "now": None if now is None else plan_json(now),
    }


def report_json(report: Report) -> Json:
    """Return how well the shown percentages came true."""
    groups = {
        "channels": report.channels,
        "regions": report.regions,
        "number_types": report.number_types,
        "months": report.months,
    }
    return {
        "first_attempts": curve_json(report.first),
        "fallbacks": curve_json(report.fallback),
        **{kind: _rates(rates) for kind, rates in groups.items()},
        "not_counted": {why.value: count for why, count in report.uncounted.items()},
    }


def curve_json(curve: Curve) -> Json:
    """Return a reliability curve with its scores; of no attempt at all, only their number."""
    if not curve.bins:
        return {"count": 0}
    return {
        **rate_json(curve.rate),
        "reliability": round(curve.reliability, 6),
        "resolution": round(curve.resolution, 6),
        "uncertainty": round(curve.uncertainty, 6),
        "within_bins": round(curve.within_bins, 6),
        "calibration_error": round(curve.error, 4),
        "calibration_error_by_chance": round(curve.error_by_chance, 4),
        "bins": [{"from": found.low / 100, "to": found.high / 100, **rate_json(found.rate)} for found in curve.bins],
    }


def rate_json(rate: Rate) -> Json:
    """Return what was shown of some attempts, and how many arrived."""
    low, high = rate.interval
    return {
        "count": rate.count,
        "shown": round(rate.shown, 4),
        "arrived": rate.arrived,
        "share": round(rate.share, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "brier": round(rate.brier, 6),
        "verdict": rate.quality.value,
    }


def comparison_json(found: Comparison) -> Json:
    """Return a policy held against the log."""
    return {
        "policy": found.policy.name,
        "about": found.policy.about,
        "compared": found.count,
        "same_channel": _count(found.agreed),
        "tried_as_fallback": _count(found.by_fallback),
        "not_tried": {"count": found.unknown.count, "expected": round(found.unknown.expected, 2)},
        "instead": [
            {"tried": tried.value, "chosen": chosen.value, "count": count}
            for (tried, chosen), count in found.instead.items()
        ],
        "arrived_as_it_went": round(found.own_share, 4),
        "estimate": round(found.estimate, 4),
        "bounds": [round(bound, 4) for bound in found.bounds],
        "bounds_with_fallbacks": [round(bound, 4) for bound in found.bounds_with_fallbacks],
        "cost_as_it_went": round(found.own_cost, 4),
        "cost": round(found.cost, 4),
        "one_channel_only": found.no_choice,
        "chosen_by_a_person": found.pinned,
        "not_counted": {why.value: count for why, count in found.uncounted.items()},
        "limits": list(LIMITS),
    }


def _count(count: Count) -> Json:
    return {"count": count.count, "arrived": count.arrived, "expected": round(count.expected, 2)}


def _rates(rates: Mapping[str, Rate]) -> Json:
    return {name: rate_json(rate) for name, rate in rates.items()}
