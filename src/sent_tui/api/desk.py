"""What the calls of the API work with: the services, whose they are, and one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from msgspec import Struct, field

from sent_tui.api.api_error import ID, invalid
from sent_tui.api.body import Fields
from sent_tui.services.api_access import ApiAccess
from sent_tui.services.kept_answers import KeptAnswers
from sent_tui.services.workspace import Workspace, new_uuid


class Desk(Struct):
    """One database with everything that serves it."""

    workspace: Workspace
    access: ApiAccess
    kept: KeptAnswers
    region: str | None = None
    """Whose national format numbers without a calling code are in."""
    on_accepted: Callable[[], None] = lambda: None
    """Told that messages were accepted, which then can go out."""

    @property
    def customer_id(self) -> str:
        """The owner of everything here."""
        return self.access.account.customer_id


class Call(Struct, frozen=True):
    """One request, as a call sees it."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    key_name: str = ""
    """The name of the key that it came with."""
    scope: str = ""
    """Names the call and its idempotency key; empty without one."""
    seed: str = ""
    """What new ids are made of, where the call may have to be done again; empty for none."""

    @property
    def fields(self) -> Fields:
        """The fields of the body."""
        return Fields(self.body)

    @property
    def is_sandbox(self) -> bool:
        """Whether it is only to be checked: nothing is stored or sent."""
        return bool(self.fields.flag("sandbox"))

    @property
    def id(self) -> str:
        """The UUID in the path; raises ApiError for anything else."""
        text = self.path["id"]
        try:
            return str(UUID(text))
        except ValueError:
            raise invalid("id", "id has to be a UUID.", ID) from None

    def new_id(self, *names: str) -> str:
        """Return a new id; for the same seed and the same names always the same."""
        return str(uuid5(NAMESPACE_OID, "\n".join((self.seed, *names)))) if self.seed else new_uuid()
