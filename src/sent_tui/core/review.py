"""A decision looked at again: what it was made from, and whether today's rules would decide the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from sent_tui.core.decision import Decision, decision_from
from sent_tui.core.route_plan import RoutePlan
from sent_tui.core.routing import decide, reproduce


class Review(Struct, frozen=True):
    """What was decided then, from which facts, and what would be decided from the same facts today."""

    decision: Decision
    said: tuple[str, ...]
    """The plan in sentences, as it was said then; empty where that was not kept."""
    again: RoutePlan
    """The plan made again from its record, by the rules of that time."""
    today: RoutePlan
    """The plan that today's rules make of the same facts."""

    @property
    def is_same(self) -> bool:
        """Whether today's rules give the same plan from the same facts, word for word."""
        return (self.said or self.again.explain()) == self.today.explain() and self.is_same_order

    @property
    def is_same_order(self) -> bool:
        """Whether they give the same channels in the same order."""
        return self.again.channels == self.today.channels

    @property
    def only_then(self) -> tuple[str, ...]:
        """The sentences of then that would not be said today."""
        today = self.today.explain()
        return tuple(line for line in self.said or self.again.explain() if line not in today)

    @property
    def only_today(self) -> tuple[str, ...]:
        """The sentences of today that were not said then."""
        then = self.said or self.again.explain()
        return tuple(line for line in self.today.explain() if line not in then)


def review(record: Mapping[str, Any], said: tuple[str, ...] = ()) -> Review:
    """Look at a decision again; raises ValueError for a record that cannot be read."""
    decision = decision_from(record)
    today = decide(decision.situation, model=decision.model)
    return Review(decision, said, reproduce(decision), today)
