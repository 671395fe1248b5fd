"""What can be done with all contacts of a list at once."""

from __future__ import annotations

from abc import abstractmethod

from textual import getters, work
from textual.reactive import var

from sent_tui.core.search import ContactQuery
from sent_tui.core.search_index import Results
from sent_tui.core.text import plural
from sent_tui.tui.safe import join
from sent_tui.tui.screens.on_contact import OnContact
from sent_tui.tui.widgets.contact_list import ContactList


class OnList(OnContact):
    """A screen with a list of contacts."""

    results: var[Results] = var(Results, always_update=True)
    """The contacts of the list."""

    contact_list = getters.query_one(ContactList)

    @abstractmethod
    def reload(self) -> object:
        """Search anew."""

    def action_step_back(self) -> None:
        """Step back by as little as there is to step back from."""

    @property
    @abstractmethod
    def wanted(self) -> ContactQuery:
        """What is looked for."""

    @work(exit_on_error=False, description="check the listed contacts")
    async def action_check_listed(self) -> None:
        """Look up the channels of all listed contacts again, or of those for whom it would pay, after a question."""
        count = len(self.results)
        if not count:
            self.say("There is no contact in this list.")
            return
        offered = [
            ("proposed", join(("Only where it would pay", "bold"), "   it may change the route")),
            ("all", join((f"All {plural(count, 'contact')}", "bold"), "   of this list")),
        ]
        answer = await self.choose(join("Check channels again?"), offered, note=join("esc checks nothing."))
        if answer is None:
            return
        # Imported when it is opened: the list is painted before that.
        from sent_tui.tui.screens.check_many import CheckMany

        self.app.push_screen(CheckMany(self.session, self.wanted, only_proposed=answer == "proposed"))
