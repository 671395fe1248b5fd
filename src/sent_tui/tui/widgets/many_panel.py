"""The panel on which one message is written to many: what the first of them reads, and what is expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from textual import on
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widgets import Button

from sent_tui.core.channel import Channel
from sent_tui.core.confirming import listed
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content as Words
from sent_tui.core.message import Draft
from sent_tui.core.segments import count_segments
from sent_tui.core.span import span_words
from sent_tui.core.text import plural
from sent_tui.services.forecast import UNREACHABLE, Forecast
from sent_tui.services.personal import ContentOf, content_for_all, is_personal, longest, unknown_places
from sent_tui.tui.commands import WRITE, bindings
from sent_tui.tui.safe import join, safe, safe_lines
from sent_tui.tui.widgets.composition import LABEL
from sent_tui.tui.widgets.layout import Line
from sent_tui.tui.widgets.writing_panel import WritingPanel

WORTH_A_WORD = timedelta(seconds=10)
"""How long handing over must take for it to be worth a word."""
NAME_PLACES = ("name", "first_name")
"""Variables that are the name of each contact until something else is written."""

LITERAL = 3
"""So many words in braces that nobody fills in are named."""


class ManyPanel(WritingPanel):
    """Writes one message to many contacts. Whoever hosts it reckons, asks and sends."""

    BINDINGS = bindings(WRITE)

    contact: var[Contact | None] = var(None)
    """The first of the contacts, for whom the message is shown as it will read."""
    wordiest: var[tuple[Contact, ...]] = var(())
    """Those of the contacts with whose names the message is longest."""
    forecast: var[Forecast | None] = var(None)
    """What is expected; None until it is known."""

    @dataclass(eq=False, repr=False)
    class Changed(Message):
        """What is to be sent changed, or the channel."""

        draft: Draft

    @dataclass(eq=False, repr=False)
    class SendWanted(Message):
        """The message is to be sent."""

        later: bool
        """Whether it is to be asked when."""
        held: bool = False
        """Whether messages wait until the quiet hours of their contacts are over."""

    def __init__(self, who: Content, count: int, rate: float) -> None:
        """Write to so many contacts, of whom `who` names the first; `rate` messages a second go out."""
        super().__init__()
        self._to = Line(
            join((f"{'To':<{LABEL}}", "$text-muted"), (f"{plural(count, 'contact')}: ", "bold"), who), LABEL
        )
        self._count = count
        self._rate = rate
        self._told: Draft | None = None

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables of the template that are filled in."""
        template, written = self.composer.template, self.composer.composition.variables
        return {
            name: written[name] for name in (template.variables if template else ()) if written.get(name, "").strip()
        }

    @property
    def content_of(self) -> ContentOf:
        """What each contact is sent."""
        return content_for_all(self.composer.composition.text, self.composer.template, self.variables)

    @property
    def content(self) -> Words:
        """What the first contact is sent; what stands in the fields while that cannot be filled in."""
        made = self.content_of(self.contact) if self.contact is not None else ""
        return made if isinstance(made, Words) else self.composer.content

    @property
    def draft(self) -> Draft:
        """What is to be kept, whomever it is for."""
        return self.composer.composition.draft("")

    @property
    def essence(self) -> tuple[str | None, Channel | None, int, frozenset[str]]:
        """What of the message can change what is expected of it."""
        template = self.composer.composition.template
        own = {name for name, value in self.variables.items() if is_personal(value)}
        if template is None and is_personal(self.composer.composition.text):
            own.add("")
        return template, self.channel, count_segments(self.content.text).segments, frozenset(own)

    def begin(self, draft: Draft | None) -> None:
        """Show what was begun."""
        self.composer.load(draft or Draft(""), focus=True)
        self._told = self.draft

    def use_template(self, name: str | None) -> None:
        """Take a template, with the name of each contact where it has a place for one; or free text."""
        template = next((known for known in self.templates or () if known.name == name), None)
        places = template.variables if template is not None else ()
        self.composer.prefill({place: f"{{{place}}}" for place in places if place in NAME_PLACES})
        super().use_template(name)

    def tell_change(self) -> None:
        """Say what changed, once."""
        self.draw_soon()
        draft = self.draft
        if draft != self._told:
            self._told = draft
            self.tell("")
            self.post_message(self.Changed(draft))

    @property
    def asleep(self) -> int:
        """How many contacts would get the message in their quiet hours."""
        return self.forecast.asleep if self.forecast is not None else 0

    def is_night(self) -> bool:
        """Return whether any contact would get the message in its quiet hours."""
        return self.asleep > 0

    def want_send(self, *, later: bool, held: bool = False) -> None:
        """Ask for the message to be sent, at once or at a time, or say why it cannot be."""
        if self.is_open():
            why_not = self.why_unfinished()
            self.tell(why_not)
            if not why_not:
                self.post_message(self.SendWanted(later, held))

    def watch_contact(self) -> None:
        """Draw anew."""
        self.draw_soon()

    watch_forecast = watch_wordiest = watch_contact

    def watch_stage(self) -> None:
        """Let nothing be written while it is asked or sent."""
        self.composer.follow(self.stage)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.want_send(later=False)

    def draw(self) -> None:
        """Draw the text, what the first contact reads, and what is expected."""
        self.composer.draw(self._to, self.content, None, self.stage)
        self.outlook.draw(self._preview(), self._advice(), [*forecast_lines(self.forecast), *self._pace()])

    def _advice(self) -> list[str]:
        is_free = self.composer.composition.template is None
        if is_free and self.forecast is not None and UNREACHABLE in self.forecast.nothing:
            cure = f"{self.key('next-template')} chooses a template, which may go to WhatsApp."
            advice = [f"Some take no free text, or cannot be reached. {cure}"]
        else:
            advice = []
        if self.is_night():
            held = f"{self.key('hold-back')} holds their messages until the quiet hours are over."
            advice.append(f"It is night where {self.asleep:,} of them are. {held}")
        return advice

    def _preview(self) -> list[Line]:
        if self.contact is None or not self.content.text.strip():
            return []
        made = self.content_of(self.contact)
        title = Line(join(("For ", "bold $primary"), safe(self.contact.title, "bold $primary", 40)))
        where = "the text" if self.composer.composition.template is None else "a variable"
        hint = f"{{name}} and {{first_name}} in {where} stand for the name of each contact."
        hints = [*self._longest(), *self._literal(), Line(safe(hint, "$text-muted"))]
        if isinstance(made, str):
            return [title, Line(join(("! ", "bold $text-warning"), made), 2), *hints]
        return [title, Line(safe_lines(made.text)), *hints]

    def _longest(self) -> list[Line]:
        """Return what the longest message takes as an SMS, where the first contact's takes less."""
        found, own = longest(self.content_of, self.wordiest), count_segments(self.content.text)
        if found is None or (found[0].segments, found[0].units) <= (own.segments, own.units):
            return []
        counted, whose = found
        parts = join((plural(counted.segments, "segment"), "bold"), f" {counted.encoding.value}, for ")
        return [Line(join("The longest SMS takes ", parts, safe(whose.title, limit=40)))]

    def _literal(self) -> list[Line]:
        """Return what stands in braces and is sent as it is."""
        texts = self.variables.values() if self.composer.template else (self.composer.composition.text,)
        found = [place for text in texts for place in unknown_places(text)]
        if not found:
            return []
        words = f"{listed(found[:LITERAL], len(found))} {'is' if len(found) == 1 else 'are'} sent as written."
        return [Line(join(("! ", "bold $text-warning"), safe(words)), 2)]

    def _pace(self) -> list[Line]:
        takes = timedelta(seconds=self._count / self._rate)
        if takes < WORTH_A_WORD:
            return []
        return [Line(join((f"At {self._rate:g} a second, all are handed over in {span_words(takes)}.", "$text-muted")))]


def forecast_lines(found: Forecast | None) -> list[Line]:
    """Return what is expected of a message to many, in lines with a title."""
    title = Line(safe("What is expected", "bold $primary"))
    if found is None or not found.looked_at:
        return [title, Line(safe("Reckoning …", "$text-muted"))]
    lines = [title]
    lines += [
        Line(join((f"{count:,}", "bold"), f" first by {channel.label}"))
        for channel, count in sorted(found.first.items(), key=lambda item: -item[1])
    ]
    nothing = sum(found.nothing.values())
    if nothing:
        why = ", ".join(f"{count:,} {words}" for words, count in found.nothing.items())
        lines.append(
            Line(join(("! ", "bold $text-warning"), "Nothing goes to ", (f"{nothing:,}", "bold"), f": {why}"), 2)
        )
    lines.append(Line(join(f"About {found.deliveries:,.0f} are likely to arrive; expected cost ${found.cost:,.4f}.")))
    if not found.is_whole:
        lines.append(Line(safe(f"Of the first {found.looked_at:,} of {found.contacts:,} contacts.", "$text-muted")))
    return lines
