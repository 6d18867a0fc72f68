"""Flag letters of what comes back, in the order in which services write them."""

from core.formats.atheme.schema import flags_of
from core.registrations.draft import Draft
from core.registrations.words import shown


def known_flags(draft: Draft, flags: bytes, what: str) -> bytes:
    """Without letters that these services do not know: they would forget all that stand behind such a one.

    `what`: account, channel or group.
    """
    known = flags_of(what, master=draft.living.master)
    letters = flags.lstrip(b"+")
    if strange := letters.translate(None, known):
        whose = "" if what == "account" else f" of a {what}"
        draft.note(f"flags{whose} that these services do not know stay out: {shown(strange)}")
    return b"+" + bytes(letter for letter in known if letter in letters)
