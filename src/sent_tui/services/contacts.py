"""The life of a contact: made from a number, checked, edited, opted out and in, deleted, brought back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.consent import ConsentEvent, ConsentKind, opted_out
from sent_tui.core.contact import Contact, LifecycleStep, StepKind, new_contact
from sent_tui.core.estimate import Estimate
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.lifecycle import default_set, normalised, sms_assessed, whatsapp_detected
from sent_tui.core.phone import InvalidNumber, PhoneNumber, parse
from sent_tui.errors import NetworkError, NotFoundError, RefusedError
from sent_tui.gateways.gateway import Finding, Gateway
from sent_tui.store.fresh import FreshContact, FreshContacts, Outline, Said, outline
from sent_tui.store.repository import Repository, Transaction

Clock = Callable[[], datetime]
"""Returns the present time, aware, in UTC."""
NewId = Callable[[], str]
"""Returns a new UUID."""
OnStep = Callable[[StepKind, LifecycleStep | None], None]
"""Told that a step begins (None) and how it ended."""


class InvalidNumberError(RefusedError):
    """The text is no valid phone number."""

    def __init__(self, invalid: InvalidNumber) -> None:
        super().__init__("Not a valid number", invalid.message)
        self.invalid = invalid


class DoubtfulNumberError(RefusedError):
    """A number was understood that is not quite what was typed; a person has to agree."""

    def __init__(self, number: PhoneNumber) -> None:
        doubts = " ".join(doubt.sentence for doubt in number.doubts)
        super().__init__(
            "It is not certain which number is meant",
            f"{doubts} It was understood as {number.international}.",
            f"If that is right, write it as {number.e164}.",
        )
        self.number = number


class NewContact(NamedTuple):
    """What a person says of a contact to be made."""

    number: str
    """In any format."""
    region: str | None = None
    """Whose national format the number may be in, ISO 3166-1 alpha-2."""
    name: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""
    opt_out: bool = False
    """Whether the person is known to have opted out."""


@dataclass(frozen=True, slots=True)
class Created:
    """A contact that was made, or that was there already."""

    contact: Contact
    is_new: bool
    is_changed: bool = False
    """Whether a contact that was there gained something."""
    opted_out: bool = False
    """Whether it was opted out just now."""


class Refusal(NamedTuple):
    """Why a number does not become a contact, in words."""

    reason: str
    suggestion: str = ""
    """The E.164 form of the nearest valid number, if there is one."""


class Taken(NamedTuple):
    """What came of a new contact among many."""

    kept: Contact | FreshContact
    """The contact as it is now."""
    is_new: bool
    is_changed: bool = False
    """Whether a contact that was there gained something."""
    opted_out: bool = False
    """Whether it was opted out just now."""

    @property
    def created(self) -> Created:
        """The same, with the whole contact."""
        contact = self.kept.contact if isinstance(self.kept, FreshContact) else self.kept
        return Created(contact, self.is_new, self.is_changed, self.opted_out)


SAME_MOMENT = timedelta(seconds=5)
"""For so long, batches are made at one moment: what their contacts share is worked out once."""
IMPORT = "import"
"""Who recorded an opt-out that came with a list of contacts."""
HOW_IMPORTED = "imported as opted out"
"""How such an opt-out came about."""


def _merged(known: Contact, said: Said) -> Contact:
    """Return a known contact with its empty local fields filled and new tags added."""
    return replace(
        known,
        name=known.name or said.name,
        notes=known.notes or said.notes,
        tags=tuple(dict.fromkeys((*known.tags, *said.tags))),
    )


def understand(text: str, region: str | None = None, *, accept_doubts: bool = False) -> PhoneNumber:
    """Return the number that a text means.

    Raises InvalidNumberError, or DoubtfulNumberError where what was understood is not what was typed.
    """
    number = parse(text, region)
    if isinstance(number, InvalidNumber):
        raise InvalidNumberError(number)
    if number.doubts and not accept_doubts:
        raise DoubtfulNumberError(number)
    return number


def outlined(entry: NewContact) -> Outline | Refusal:
    """Return the outline of a contact to be made, or why there can be none: its number is not valid, or doubtful."""
    number = parse(entry.number, entry.region)
    if isinstance(number, InvalidNumber):
        return Refusal(number.message, number.suggestion.e164 if number.suggestion else "")
    if number.doubts:
        return Refusal(DoubtfulNumberError(number).message, number.e164)
    return outline(number, name=entry.name.strip(), tags=entry.tags, notes=entry.notes, opt_out=entry.opt_out)


class ContactService:
    """What can be done with contacts."""

    def __init__(self, repository: Repository, gateway: Gateway, clock: Clock, new_id: NewId) -> None:
        self._repository = repository
        self._gateway = gateway
        self._clock = clock
        self._new_id = new_id
        self._maker: FreshContacts | None = None
        """Makes the contacts of a batch, and of those that follow at once."""

    def resolve(self, text: str, region: str | None = None) -> Contact:
        """Return the contact that an id or a number in any format names.

        Raises NotFoundError, or DoubtfulNumberError where what was understood is not what was typed.
        """
        wanted = text.strip()
        with suppress(NotFoundError):
            return self._repository.get(wanted)
        number = parse(wanted, region)
        known = None if isinstance(number, InvalidNumber) else self._repository.find(number.e164)
        if known is None:
            raise NotFoundError(
                "No such contact",
                f"Neither an id nor a number of a contact: {wanted}.",
                "Search with `sent-tui contacts list --search`, or add it with `sent-tui contacts add`.",
            )
        if isinstance(number, PhoneNumber) and number.doubts:
            raise DoubtfulNumberError(number)
        return known

    def create(
        self, entry: NewContact, *, accept_doubts: bool = False, on_step: OnStep = lambda kind, step: None
    ) -> Created:
        """Make a contact of a number and take it through its lifecycle.

        A number that is stored already leads to its contact, which stays as it is. The contact is stored before the
        network is asked, so that a lost connection loses nothing. Raises InvalidNumberError or DoubtfulNumberError.
        """
        on_step(StepKind.VALIDATE, None)
        number = understand(entry.number, entry.region, accept_doubts=accept_doubts)
        known = self._repository.find(number.e164)
        if known is not None:
            return Created(known, is_new=False)
        contact = self._fresh(entry, number)
        for step in contact.lifecycle:
            on_step(step.kind, step)
        with self._repository.transaction() as tx:
            known = tx.find(number.e164)
            if known is not None:
                return Created(known, is_new=False)
            tx.put_contact(self._with_consent(tx, contact))
        return Created(self.check(contact.id, on_step=on_step), is_new=True)

    def create_many(self, entries: Iterable[NewContact], *, detect: bool = True) -> list[Created | Refusal]:
        """Make contacts of many numbers in one write, and say for each what came of it, in the same order.

        Of a number that is stored already, empty local fields are filled and tags are added. An entry can opt a
        contact out, and never in.
        """
        wanted = [outlined(entry) for entry in entries]
        taken = iter(self.take_many([each for each in wanted if isinstance(each, Outline)], detect=detect))
        return [each if isinstance(each, Refusal) else next(taken).created for each in wanted]

    def take_many(self, outlines: Sequence[Outline], *, detect: bool = True) -> list[Taken]:
        """Do what `create_many` does, with contacts of which the outline is known."""
        made = self._fresh_contacts()
        prepared = [self._prepare(each, made, detect=detect) for each in outlines]
        with self._repository.transaction() as tx:
            return [self._store(tx, each, fresh) for each, fresh in zip(outlines, prepared, strict=True)]

    def check(self, contact_id: str, *, on_step: OnStep = lambda kind, step: None) -> Contact:
        """Look up the channels of a contact again and set its default channel by what was found.

        A network that cannot be reached is no error: the step is recorded as unknown, with the reason.
        """
        on_step(StepKind.DETECT_WHATSAPP, None)
        findings = self._detect(self._repository.get(contact_id).format_e164)
        at = self._clock()
        contact = self._repository.update(
            contact_id, lambda known: replace(self._found(known, findings, at), updated_at=at)
        )
        for step in contact.lifecycle:
            if step.kind in {StepKind.DETECT_WHATSAPP, StepKind.ASSESS_SMS, StepKind.SET_DEFAULT}:
                on_step(step.kind, step)
        return contact

    def estimator(self) -> Callable[[Contact], dict[Channel, Estimate]]:
        """Return what gives the estimates of many contacts' channels, from what is known now."""
        knowledge, at = Knowledge(self._repository.lesson), self._clock()

        def estimates(contact: Contact) -> dict[Channel, Estimate]:
            found = knowledge.estimates(contact, at)
            knowledge.let_go(contact)
            return found

        return estimates

    def edit(
        self,
        contact_id: str,
        *,
        name: str | None = None,
        tags: tuple[str, ...] | None = None,
        notes: str | None = None,
    ) -> Contact:
        """Change local fields; None leaves one as it is."""

        def changed(contact: Contact) -> Contact:
            return replace(
                contact,
                name=contact.name if name is None else name.strip(),
                tags=contact.tags if tags is None else tags,
                notes=contact.notes if notes is None else notes,
                updated_at=self._clock(),
            )

        return self._repository.update(contact_id, changed, undo=f"edit of {self._title(contact_id)}")

    def set_default(self, contact_id: str, channel: Channel | None) -> Contact:
        """Make a channel the default by a person's choice; None gives the choice back to the router.

        Raises RefusedError for a channel that cannot reach the number.
        """
        at = self._clock()

        def changed(contact: Contact) -> Contact:
            if channel is None:
                freed = replace(contact, default_channel=None, default_pinned=False, updated_at=at)
                return default_set(freed, at, Knowledge(self._repository.lesson))
            if contact.availability(channel) is Availability.UNAVAILABLE:
                raise RefusedError(
                    f"{channel.label} cannot be the default",
                    f"It does not reach {contact.format_international}: {contact.status(channel).evidence}.",
                    "Check the contact again if that has changed.",
                )
            pinned = contact.with_default(channel, pinned=True, reason="chosen by a person", at=at)
            return replace(pinned, updated_at=at)

        return self._repository.update(contact_id, changed, undo=f"default channel of {self._title(contact_id)}")

    def opt_out(self, contact_id: str, *, by: str, how: str = "recorded by hand") -> Contact:
        """Stop all messages to a contact, and keep who said so and when."""
        return self._decide(contact_id, ConsentKind.OPT_OUT, by, how)

    def opt_in(self, contact_id: str, *, by: str, how: str = "recorded by hand") -> Contact:
        """Allow messages again, and keep who said so and when."""
        return self._decide(contact_id, ConsentKind.OPT_IN, by, how)

    def delete(self, contact_ids: Iterable[str]) -> str:
        """Delete contacts with their local fields and what was learned; return the name of the undo.

        Messages stay, and so does an opt-out: a contact made anew from the number starts opted out.
        """
        ids = list(contact_ids)
        name = f"deletion of {self._title(ids[0])}" if len(ids) == 1 else f"deletion of {len(ids)} contacts"
        self._repository.delete(ids, undo=name)
        return name

    def undo(self) -> str | None:
        """Take back the last change that a person made; return its name, None when there is none."""
        return self._repository.undo()

    def _title(self, contact_id: str) -> str:
        return self._repository.get(contact_id).title

    def _decide(self, contact_id: str, kind: ConsentKind, by: str, how: str) -> Contact:
        at = self._clock()
        words = "opt-out" if kind is ConsentKind.OPT_OUT else "opt-in"
        with self._repository.transaction(undo=f"{words} of {self._title(contact_id)}") as tx:
            contact = replace(tx.contact(contact_id), opt_out=kind is ConsentKind.OPT_OUT, updated_at=at)
            tx.put_contact(contact)
            tx.add_consent(ConsentEvent(contact.format_e164, kind, at, by, how))
        return contact

    def _fresh(self, entry: NewContact, number: PhoneNumber) -> Contact:
        at = self._clock()
        contact = new_contact(number, contact_id=self._new_id(), at=at)
        local = replace(contact, name=entry.name.strip(), tags=entry.tags, notes=entry.notes)
        return normalised(local, at)

    def _fresh_contacts(self) -> FreshContacts:
        """Return what makes new contacts now, which for batches in quick succession is the same."""
        at, known = self._clock(), self._maker
        if known is None or not timedelta() <= at - known.at < SAME_MOMENT:
            known = self._maker = FreshContacts(at)
        return known

    def _prepare(self, wanted: Outline, made: FreshContacts, *, detect: bool) -> FreshContact:
        whatsapp = sms = None
        for finding in self._detect(wanted.e164) if detect else ():
            if finding.channel is Channel.WHATSAPP:
                whatsapp = finding
            else:
                sms = finding
        return made.make(wanted, self._new_id(), whatsapp, sms)

    def _store(self, tx: Transaction, wanted: Outline, fresh: FreshContact) -> Taken:
        known = tx.find(fresh.e164)
        if known is None and not (wanted.opt_out or tx.consent_history(fresh.e164)):
            tx.add_fresh(fresh)
            return Taken(fresh, is_new=True)
        contact = self._with_consent(tx, fresh.contact) if known is None else _merged(known, wanted.said)
        opts_out = wanted.opt_out and not contact.opt_out
        if opts_out:
            contact = replace(contact, opt_out=True)
            tx.add_consent(ConsentEvent(contact.format_e164, ConsentKind.OPT_OUT, self._clock(), IMPORT, HOW_IMPORTED))
        is_changed = known is not None and contact != known
        if is_changed:
            contact = replace(contact, updated_at=self._clock())
        if known is None or is_changed:
            tx.put_contact(contact)
        return Taken(contact, known is None, is_changed, opts_out)

    def _with_consent(self, tx: Transaction, contact: Contact) -> Contact:
        is_out = opted_out(tx.consent_history(contact.format_e164))
        return contact if contact.opt_out is is_out else replace(contact, opt_out=is_out)

    def _detect(self, number: str) -> tuple[Finding, ...]:
        try:
            return self._gateway.detect(number)
        except NetworkError as error:
            words = f"not found out: {error.title.lower()}"
            return tuple(Finding(channel, Availability.UNKNOWN, words) for channel in Channel)

    def _found(self, contact: Contact, findings: Iterable[Finding], at: datetime) -> Contact:
        by_channel = {finding.channel: finding for finding in findings}
        whatsapp, sms = by_channel.get(Channel.WHATSAPP), by_channel.get(Channel.SMS)
        if whatsapp is not None:
            contact = whatsapp_detected(
                contact,
                whatsapp.availability,
                at,
                whatsapp.evidence,
                last_inbound_at=whatsapp.last_inbound_at,
            )
        contact = sms_assessed(contact, sms.availability if sms else None, at, sms.evidence if sms else "")
        return default_set(contact, at, Knowledge(self._repository.lesson))
