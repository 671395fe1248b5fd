"""Any fields that a contact may have, for tests."""

from __future__ import annotations

from hypothesis import strategies as st

from sent_tui.core.contact import Fields
from sent_tui.core.custom_fields import LONGEST_NAME, LONGEST_VALUE, FieldError, field, joined

_CHARACTERS = st.characters(codec="utf-8") | st.sampled_from("aA.:='\"\\;,-+\x1b\x1f\N{RIGHT-TO-LEFT OVERRIDE}")
_TEXTS = st.text(_CHARACTERS, max_size=12)


def _kept(pairs: list[tuple[str, str]]) -> Fields:
    """Return those of some pairs that can be kept."""
    fields: Fields = ()
    for name, value in pairs:
        try:
            one = field(name, value)
        except FieldError:
            continue
        if one[1]:
            fields, _ = joined(fields, (one,))
    return fields


FIELDS = st.lists(
    st.tuples(_TEXTS | st.just("n" * LONGEST_NAME), _TEXTS | st.just("v" * LONGEST_VALUE)), max_size=25
).map(_kept)
"""Fields with any characters that a name and a value may have."""
