"""What decisions on routes were worth: looked at again, held against their outcomes, and against other policies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sent_tui.core.calibration import Calibration, Report
from sent_tui.core.message import Message
from sent_tui.core.message_search import MessageQuery
from sent_tui.core.policies import POLICIES
from sent_tui.core.replay import Comparison, Replay
from sent_tui.core.review import Review, review
from sent_tui.core.search_match import IsCancelled, never
from sent_tui.core.text import capital
from sent_tui.errors import NotFoundError, UsageError
from sent_tui.store.repository import Repository


class EvaluationService:
    """Looks back on messages; changes nothing. Everything takes its time where there are many of them."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def review(self, message_id: str) -> Review:
        """Return the decision on a message's route, looked at again.

        Raises NotFoundError when there is no such message, or none was kept with it, and UsageError for one that this
        version cannot read.
        """
        message = self._repository.message(message_id)
        if not message.decision:
            raise NotFoundError(
                "No decision was kept",
                "The message was received, or it was sent before decisions were kept.",
                "What was said of its route stands in `sent-tui messages show`.",
            )
        try:
            return review(message.decision, message.reasons)
        except ValueError as error:
            raise UsageError(
                "The decision cannot be read", capital(f"{error}."), "Another version of sent-tui may read it."
            ) from None

    def calibration(self, since: datetime | None = None, *, is_cancelled: IsCancelled = never) -> Report:
        """Return how well the shown percentages came true, of messages written at a time or after it.

        It ends early, with what was read until then, as soon as `is_cancelled` says that nobody waits for it.
        """
        calibration = Calibration()
        for message in self._newest_first(since, is_cancelled):
            calibration.add(message)
        return calibration.report()

    def replay(self, policies: Sequence[str], since: datetime | None = None) -> tuple[Comparison, ...]:
        """Hold policies against the messages written at a time or after it; older ones count as what was known.

        Raises UsageError for a policy that there is not.
        """
        for name in policies:
            if name not in POLICIES:
                raise UsageError("No such policy", f"There is none named {name}.", f"Choose one of: {_names()}.")
        replay = Replay(*(POLICIES[name] for name in policies))
        # Only times and ids are held at once: the log is told newest first, and a message that waited went out later.
        for _, message_id in sorted((message.began_at, message.id) for message in self._newest_first(None)):
            message = self._repository.message(message_id)
            replay.add(message, counts=since is None or message.created_at >= since)
        return replay.comparisons()

    def _newest_first(self, since: datetime | None, is_cancelled: IsCancelled = never) -> Iterator[Message]:
        """Give each message once, although others may write meanwhile."""
        for message in self._repository.select(MessageQuery(since=since)):
            if is_cancelled():
                return
            yield message


def _names() -> str:
    return ", ".join(POLICIES)
