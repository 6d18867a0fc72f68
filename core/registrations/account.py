"""Plan the return of one account: anew, into the account that bears its name now, or in its place."""

from core.domain.errors import PlanBlocked
from core.formats.atheme import Row, field
from core.formats.atheme.check_accounts import NICK_LENGTH
from core.registrations.access_rows import add_access, add_memberships, take_access
from core.registrations.account_merge import merge_own_rows
from core.registrations.account_rows import add_account, take_nick
from core.registrations.draft import Draft
from core.registrations.expiry import note_account_expiry
from core.registrations.founded import add_founded_channels, add_founded_groups
from core.registrations.ground import Claim
from core.registrations.meeting import meet
from core.registrations.other_rows import add_operator, add_requests, note_configured_operator, remove_kept_names
from core.registrations.selection import Selection, select_account
from core.registrations.words import date_of, plural, shown

_COUNTED = ((b"MN", "nick"), (b"MCFP", "certfp"), (b"ME", "memo"), (b"AC", "access mask"), (b"MI", "ignore"))
_NICK = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz[]\\`_^{|}~0123456789-")
_NEVER_FIRST = frozenset(b"0123456789-")


def draft_account(draft: Draft, selection: Selection) -> Claim:
    """Decide every row; what is in the way is met as it was wished, or blocks the plan."""
    draft.name = _new_name(draft) or selection.name
    present = draft.living.accounts.get(draft.living.fold(draft.name))
    if present is not None:  # whatever of it stays in the file names it in this case
        draft.name = field(present, 2)
    draft.blocked = _never(draft, selection)
    if draft.blocked:
        return _claim(draft, selection)
    draft.comes.add(draft.living.fold(draft.name))
    if draft.name != selection.name:
        draft.renamed[draft.living.fold(selection.name)] = draft.name
    way = "new" if present is None else _meet_account(draft, selection, present)
    if present is None:
        _meet_grouped_nick(draft)
    if draft.blocked:
        return _claim(draft, selection)
    if present is not None and way == "merge":
        rows = merge_own_rows(draft, selection)
        draft.coming_back += _counted(rows)
        draft.note("the account that is there keeps its password, its e-mail and its times")
    else:
        if present is not None:
            _take_account(draft, present)
        rows = add_account(draft, selection)
        draft.coming_back += [f"account (registered {date_of(field(selection.account, 5))})", *_counted(rows)]
        note_account_expiry(draft, selection)
    _add_the_rest(draft, selection, rows)
    return _claim(draft, selection)


def _never(draft: Draft, selection: Selection) -> str:
    """Why it cannot come, whatever is chosen about what is in the way."""
    if day := draft.erased(selection.account):
        return f"account {shown(selection.name)} was forgotten on {day}, and is never brought back"
    if len(draft.name) > NICK_LENGTH[draft.living.master]:
        return f"the name {shown(draft.name)} is longer than these services keep: choose as NEWNAME"
    return ""


def _add_the_rest(draft: Draft, selection: Selection, rows: list[bytes]) -> None:
    if draft.wishes.founded:
        add_founded_groups(draft, selection.groups)
    add_memberships(draft, selection.groups)
    if draft.wishes.founded:
        add_founded_channels(draft, selection.access)
    add_access(draft, selection.access)
    add_operator(draft, selection)
    note_configured_operator(draft)
    add_requests(draft, selection, rows)
    remove_kept_names(draft, selection, rows)


def _new_name(draft: Draft) -> bytes:
    name = draft.wishes.new_name.encode("utf-8", "surrogateescape")
    if not name:
        return b""
    if name[0] in _NEVER_FIRST or not _NICK.issuperset(name) or len(name) > NICK_LENGTH[draft.living.master]:
        raise PlanBlocked("the new name is no nick", hint="letters, digits and []\\`_^{|}~-; no digit first")
    return name


def _meet_account(draft: Draft, selection: Selection, present: Row) -> str:
    """An account of that name is there: nothing is done before somebody has chosen."""
    day = date_of(field(present, 5))
    same = field(present, 1) == field(selection.account, 1) and draft.is_same(selection.name)
    why = f"exists now (registered {day}{', the same account' if same else ''})"
    ways: tuple[str, ...] = ("merge", "replace", "as NEWNAME")
    if day := draft.erased(present):  # nothing is added to who asked to be forgotten
        why += f", and was forgotten on {day}"
        ways = ("replace", "as NEWNAME")
    return meet(draft, "account-exists", f"account {shown(field(present, 2))}", why, ways)


def _meet_grouped_nick(draft: Draft) -> None:
    nick = draft.living.fold(draft.name)
    owner = draft.living.nicks.get(nick)
    if owner is None:
        return
    what, why = f"the nick {shown(draft.name)}", f"is grouped to {shown(owner)} now"
    if meet(draft, "name-grouped", what, why, ("replace", "as NEWNAME")) == "replace":
        take_nick(draft, nick)


def _take_account(draft: Draft, present: Row) -> None:
    """The account that bears the name goes, with everything of its own; its channels never lose their last founder."""
    now = select_account(draft.living, field(present, 2))
    if now is None:
        return
    rows = [now.account, *now.own, *now.requests, *now.marks, *([now.operator] if now.operator else [])]
    draft.take(rows)
    counted = _counted([row.raw for row in rows])
    told = f"account {shown(now.name)} (registered {date_of(field(present, 5))})"
    draft.going.append(told + (f" with {', '.join(counted)}" if counted else ""))
    take_access(draft, draft.living.fold(now.name))


def _counted(rows: list[bytes]) -> list[str]:
    kinds = [row.partition(b" ")[0] for row in rows]
    return [plural(kinds.count(kind), word) for kind, word in _COUNTED if kind in kinds]


def _claim(draft: Draft, selection: Selection) -> Claim:
    fold = draft.living.fold
    return Claim(
        names=(fold(draft.name),),
        uids=(field(selection.account, 1),),
        nicks=tuple(fold(field(row, 2)) for row in selection.rows(b"MN")),
        certfps=tuple(field(row, 2).lower() for row in selection.rows(b"MCFP")),
        groups=tuple(fold(field(row, 1)) for row in selection.groups),
        channels=tuple(fold(field(entry[0], 1)) for entry in selection.access),
        entities=tuple(sorted(draft.asked)),
    )
