"""The life of a contact: made from a number, checked, edited, opted out and in, deleted, brought back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple, Self
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.consent import ConsentEvent, ConsentKind, opted_out
from sent_tui.core.contact import Contact, Fields, StepKind, new_contact
from sent_tui.core.default_move import MovedBy
from sent_tui.core.estimate import Estimate
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.lifecycle import default_set, normalised
from sent_tui.core.phone import InvalidNumber, PhoneNumber, parse
from sent_tui.core.tags import retagged
from sent_tui.errors import NotFoundError, RefusedError, UsageError
from sent_tui.gateways.gateway import Gateway
from sent_tui.services.checking import CheckingService, OnStep, looked_up
from sent_tui.services.understanding import DoubtfulNumberError, understand
from sent_tui.store.fresh import FreshContact, FreshContacts, Outline, Said, outline
from sent_tui.store.repository import Repository
from sent_tui.store.transaction import Transaction

Clock = Callable[[], datetime]
"""Returns the present time, aware, in UTC."""
NewId = Callable[[], str]
"""Returns a new UUID."""


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
    fields: Fields = ()
    """As they were typed."""


class Undoing(NamedTuple):
    """By what a change is taken back as a whole, whatever number of writes it takes."""

    name: str
    """What it is called; it may hold foreign text. With none, it cannot be taken back."""
    group: str
    """What its writes share."""

    @classmethod
    def named(cls, name: str) -> Self:
        """Return it for a new change."""
        return cls(name, uuid4().hex)


NO_UNDO = Undoing("", "")


class Created(Struct, frozen=True):
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


SAME_MOMENT = timedelta(seconds=5)
"""For so long, batches are made at one moment: what their contacts share is worked out once."""
IMPORT = "import"
"""Who recorded an opt-out that came with a list of contacts."""
HOW_IMPORTED = "imported as opted out"
"""How such an opt-out came about."""


def _merged(known: Contact, said: Said) -> Contact:
    """Return a known contact with its empty local fields filled, and new tags and fields added."""
    fields = known.fields
    if said.fields:
        from sent_tui.core.custom_fields import joined

        fields, _ = joined(fields, said.fields)
    return replace(
        known,
        name=known.name or said.name,
        notes=known.notes or said.notes,
        tags=tuple(dict.fromkeys((*known.tags, *said.tags))),
        fields=fields,
    )


def _created(taken: FreshContact | Created) -> Created:
    return Created(taken.contact, is_new=True) if isinstance(taken, FreshContact) else taken


def outlined(entry: NewContact) -> Outline | Refusal:
    """Return the outline of a contact to be made, or why there can be none, such as a number that is not valid."""
    number = parse(entry.number, entry.region)
    if isinstance(number, InvalidNumber):
        return Refusal(number.message, number.suggestion.e164 if number.suggestion else "")
    if number.doubts:
        return Refusal(DoubtfulNumberError(number).message, number.e164)
    name, tags, notes, opt_out = entry.name.strip(), entry.tags, entry.notes, entry.opt_out
    try:
        fields = _checked(entry.fields)
    except UsageError as error:
        return Refusal(str(error))
    return outline(number, name=name, tags=tags, notes=notes, opt_out=opt_out, named=fields)


def _checked(fields: Fields) -> Fields:
    """Return fields as they are kept; raises FieldError."""
    if not fields:
        return ()
    # Imported on first use: most contacts have no fields.
    from sent_tui.core.custom_fields import checked

    return checked(fields)


class ContactService:
    """What can be done with contacts."""

    def __init__(
        self,
        repository: Repository,
        gateway: Gateway,
        clock: Clock,
        new_id: NewId,
        new_ids: Callable[[int], Sequence[str]] | None = None,
    ) -> None:
        self._repository = repository
        self._gateway = gateway
        self._clock = clock
        self._new_id = new_id
        self._new_ids = new_ids or (lambda count: [new_id() for _ in range(count)])
        self._checking = CheckingService(repository, gateway, clock)
        self._maker: FreshContacts | None = None
        """Makes the contacts of a batch, and of those that follow at once."""

    def resolve(self, text: str, region: str | None = None) -> Contact:
        """Return the contact that an id, here or at Sent, or a number in any format names.

        Raises NotFoundError, or DoubtfulNumberError where what was understood is not what was typed.
        """
        wanted = text.strip()
        with suppress(NotFoundError):
            return self._repository.get(wanted)
        for contact in self._repository.linked(wanted):
            return contact
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
        self,
        entry: NewContact,
        *,
        accept_doubts: bool = False,
        on_step: OnStep = lambda kind, step: None,
        contact_id: str = "",
    ) -> Created:
        """Make a contact of a number and take it through its lifecycle.

        A number that is stored already leads to its contact, which stays as it is. The contact is stored before the
        network is asked, so that a lost connection loses nothing. A new one gets `contact_id`, or else any id.
        Raises InvalidNumberError, DoubtfulNumberError or FieldError.
        """
        on_step(StepKind.VALIDATE, None)
        number = understand(entry.number, entry.region, accept_doubts=accept_doubts)
        entry = entry._replace(fields=_checked(entry.fields))
        known = self._repository.find(number.e164)
        if known is not None:
            return Created(known, is_new=False)
        contact = self._fresh(entry, number, contact_id or self._new_id())
        for step in contact.lifecycle:
            on_step(step.kind, step)
        with self._repository.transaction(undo=f"creation of {contact.title}") as tx:
            known = tx.find(number.e164)
            if known is not None:
                return Created(known, is_new=False)
            tx.put_contact(self._with_consent(tx, contact))
        checked = self._checking.check(contact.id, on_step=on_step, by=MovedBy.LIFECYCLE)
        return Created(checked, is_new=True)

    def create_many(
        self, entries: Iterable[NewContact], *, detect: bool = True, undoing: Undoing = NO_UNDO, merged: bool = False
    ) -> list[Created | Refusal]:
        """Make contacts of many numbers in one write, and say for each what came of it, in the same order.

        Of a number that is stored already, empty local fields are filled and tags are added. An entry can opt a
        contact out, and never in. With `merged`, a number that a contact took over by a merge leads to that one;
        otherwise it becomes a contact of its own again.
        """
        wanted = [outlined(entry) for entry in entries]
        outlines = [each for each in wanted if isinstance(each, Outline)]
        taken = iter(self.take_many(outlines, detect=detect, undoing=undoing, merged=merged))
        return [each if isinstance(each, Refusal) else _created(next(taken)) for each in wanted]

    def take_many(
        self, outlines: Sequence[Outline], *, detect: bool = True, undoing: Undoing = NO_UNDO, merged: bool = False
    ) -> list[FreshContact | Created]:
        """Do what `create_many` does, with contacts of which the outline is known.

        Where a contact was made and nothing else is to be said, it alone tells so.
        """
        prepared = self._prepared(outlines, detect=detect)
        opted_out = {wanted.e164 for wanted in outlines if wanted.opt_out}
        with self._repository.transaction(undo=undoing.name, group=undoing.group) as tx:
            added = tx.add_fresh([fresh for fresh in prepared if fresh.e164 not in opted_out])
            return [
                fresh if fresh.id in added else self._store(tx, wanted, fresh, merged=merged)
                for wanted, fresh in zip(outlines, prepared, strict=True)
            ]

    def check(self, contact_id: str, *, on_step: OnStep = lambda kind, step: None) -> Contact:
        """Look up the channels of a contact again and set its default channel by what was found.

        A network that cannot be reached is no error: the step is recorded as unknown, with the reason.
        """
        return self._checking.check(contact_id, on_step=on_step)

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
        tag: Sequence[str] = (),
        untag: Sequence[str] = (),
        fields: Fields | None = None,
        with_fields: Fields = (),
    ) -> Contact:
        """Change local fields; None leaves one as it is.

        `tag` and `untag` add tags to those that there are then, and remove some of them. So does `with_fields` with
        fields: an empty value removes one. Raises FieldError.
        """
        wanted = None if fields is None else _checked(fields)

        def changed(contact: Contact) -> Contact:
            named = contact.fields if wanted is None else wanted
            if with_fields:
                from sent_tui.core import custom_fields

                named = custom_fields.with_fields(named, with_fields)
            left = contact.tags if tags is None else tags
            return replace(
                contact,
                name=contact.name if name is None else name.strip(),
                tags=retagged(left, tag, untag) if tag or untag else left,
                notes=contact.notes if notes is None else notes,
                fields=named,
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
                return default_set(freed, at, Knowledge(self._repository.lesson), by=MovedBy.PERSON)
            if contact.availability(channel) is Availability.UNAVAILABLE:
                raise RefusedError(
                    f"{channel.label} cannot be the default",
                    f"It does not reach {contact.format_international}: {contact.status(channel).evidence}.",
                    "Check the contact again if that has changed.",
                )
            pinned = contact.with_default(channel, pinned=True, reason="chosen by a person", at=at, by=MovedBy.PERSON)
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

    def _fresh(self, entry: NewContact, number: PhoneNumber, contact_id: str) -> Contact:
        at = self._clock()
        contact = new_contact(number, contact_id=contact_id, at=at)
        local = replace(contact, name=entry.name.strip(), tags=entry.tags, notes=entry.notes, fields=entry.fields)
        return normalised(local, at)

    def _fresh_contacts(self) -> FreshContacts:
        """Return what makes new contacts now, which for batches in quick succession is the same."""
        at, known = self._clock(), self._maker
        if known is None or not timedelta() <= at - known.at < SAME_MOMENT:
            known = self._maker = FreshContacts(at)
        return known

    def _prepared(self, outlines: Sequence[Outline], *, detect: bool) -> list[FreshContact]:
        """Return the contacts that outlines would become."""
        make, ids = self._fresh_contacts().make, self._new_ids(len(outlines))
        if not detect:
            return list(map(make, outlines, ids))
        made: list[FreshContact] = []
        for wanted, contact_id in zip(outlines, ids, strict=True):
            findings = looked_up(self._gateway, wanted.e164)
            made.append(make(wanted, contact_id, findings.get(Channel.WHATSAPP), findings.get(Channel.SMS)))
        return made

    def _store(self, tx: Transaction, wanted: Outline, fresh: FreshContact, *, merged: bool) -> Created:
        known = tx.find(fresh.e164) or (tx.merged_into(fresh.e164) if merged else None)
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
        return Created(contact, known is None, is_changed, opts_out)

    def _with_consent(self, tx: Transaction, contact: Contact) -> Contact:
        is_out = opted_out(tx.consent_history(contact.format_e164))
        return contact if contact.opt_out is is_out else replace(contact, opt_out=is_out)
