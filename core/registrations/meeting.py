"""What is in the way of the whole plan: something of that name is there, or nobody is left to found it."""

from core.domain.errors import PlanBlocked
from core.formats.atheme import field
from core.registrations.draft import Draft
from core.registrations.words import shown


def meet(draft: Draft, code: str, what: str, why: str, ways: tuple[str, ...]) -> str:
    """How it was chosen to be met: one of `ways`; or "ask", and then the plan is blocked before anything is told."""
    way = draft.in_the_way(code, what, why, item="", choices=("ask", *ways))
    if way == "ask":
        draft.blocked = f"{what} {why}: choose {', '.join(ways[:-1])} or {ways[-1]}"
    return way


def ask_for_founder(draft: Draft, what: str) -> None:
    """Without a founder only services operators could use it, and services drop a group that has none."""
    why = "has none of its founders left"
    draft.in_the_way("no-founder", what, why, item="founder", choices=("ask", "founder NICK"))
    draft.blocked = draft.blocked or f"{what} {why}: bring one of them back first, or name another with founder NICK"


def chosen_founder(draft: Draft) -> bytes:
    """The account that was named to found what comes back, as it is stored; b"" if none was named.

    Raises:
        PlanBlocked: it is no account now, or was forgotten.
    """
    wanted = draft.wishes.founder.encode("utf-8", "surrogateescape")
    if not wanted:
        return b""
    folded = draft.living.fold(wanted)
    row = draft.living.accounts.get(folded)
    if row is None:
        raise PlanBlocked(
            f"{shown(wanted)}, who should be the founder, is no account now", hint="name an account that exists"
        )
    if day := draft.erased(row):
        raise PlanBlocked(
            f"{shown(wanted)}, who should be the founder, was forgotten on {day}", hint="name another account"
        )
    draft.asked.add(folded)
    return field(row, 2)


def note_idle_choices(draft: Draft) -> None:
    """A choice for what is not in the way does nothing, and that is said: it may have been mistyped."""
    met = {conflict.item.lower() for conflict in draft.conflicts}
    for item, way in draft.wishes.choices.items():
        if item.lower() not in met:
            draft.note(f"{way} {item}: nothing of that name is in the way" if item else f"{way}: nothing is in the way")
