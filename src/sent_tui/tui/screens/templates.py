"""The templates for a panel on which a message is written: read off the event loop, and one of them chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from sent_tui.core.message import Template
from sent_tui.errors import SentTuiError
from sent_tui.tui.messages import TemplatesRead
from sent_tui.tui.screens.send_questions import template_question
from sent_tui.tui.widgets.writing_panel import WritingPanel

if TYPE_CHECKING:
    from textual.widget import Widget

    from sent_tui.services.workspace import Workspace

    _Base = Widget
else:
    _Base = object

MAX_TEMPLATES = 200
"""Templates that are offered for a choice."""


class OffersTemplates(_Base):
    """Before a screen or a widget in the bases that has a panel on which a message is written."""

    if TYPE_CHECKING:
        workspace: Workspace

        @property
        def panel(self) -> WritingPanel:
            """Where a message is written."""

    _reading = False
    """Whether the templates are being read."""
    _choosing = False
    """Whether one is being chosen."""

    def want_templates(self) -> None:
        """Read the templates, unless they are known."""
        if self.panel.templates is None and not self._reading:
            self._reading = True
            self._read_templates()

    @work(thread=True, exit_on_error=False, group="templates", description="read the templates")
    def _read_templates(self) -> None:
        try:
            self.post_message(TemplatesRead(self.workspace.sending.templates()))
        except SentTuiError as error:
            self.post_message(TemplatesRead((), str(error)))

    def on_templates_read(self, event: TemplatesRead) -> None:
        """Give the panel the templates."""
        self._reading = False
        if event.error:
            self.panel.tell(f"The templates could not be read: {event.error}", "$text-warning")
        else:
            self.panel.templates = event.templates

    def on_writing_panel_template_wanted(self, event: WritingPanel.TemplateWanted) -> None:
        """Offer the templates."""
        event.stop()
        if self.panel.templates is None:
            self.panel.tell("Reading the templates …", "$text-muted")
            self.want_templates()
        elif not self._choosing:
            self._choosing = True
            self._choose_template(self.panel.templates[:MAX_TEMPLATES])

    @work(exit_on_error=False, group="template", description="choose a template")
    async def _choose_template(self, templates: tuple[Template, ...]) -> None:
        """Offer free text and the templates."""
        present = self.panel.composer.composition.template or ""
        try:
            answer = await self.app.push_screen_wait(template_question(templates, present))
        finally:
            self._choosing = False
        if answer is not None and answer != present:
            self.panel.use_template(answer or None)
