"""Makes the plan of one account: what comes back, what is in the way, what gives power."""

from dataclasses import replace

from core.formats.atheme import Row, field
from core.formats.atheme.schema import TOKENS, flags_of, next_uid, uid_order
from core.registrations.account_plan import AccountPlan, Conflict, plan_digest
from core.registrations.living import Living
from core.registrations.selection import Selection
from core.registrations.words import date_of, plural, shown

_TIMES = {b"MU": 6, b"MN": 4}  # where a row says when it was last used
_COUNTED = ((b"MN", "nick"), (b"MCFP", "certfp"), (b"ME", "memo"), (b"AC", "access mask"), (b"MI", "ignore"))


class Builder:
    """One pass over what belongs to an account, against the living database."""

    def __init__(self, selection: Selection, old: Living, living: Living, now: int, *, sopers: bool) -> None:
        self._selection = selection
        self._old = old
        self._living = living
        self._now = b"%d" % now
        self._sopers = sopers
        self._name = selection.name
        self._conflicts: list[Conflict] = []
        self._powers: list[str] = []
        self._left_out: list[str] = []
        self._notes: list[str] = []
        self._access: list[str] = []

    def plan(self) -> AccountPlan:
        """The plan, with its digest."""
        uid = self._uid()
        rows = (self._account_row(uid), *self._own_rows())
        plan = AccountPlan(
            account=shown(self._name),
            casemapping=self._living.casemapping,
            registered=date_of(field(self._selection.account, 5)),
            uid=uid,
            rows=rows,
            group_rows=tuple(self._group_rows()),
            access_rows=tuple(self._access_rows()),
            other_rows=tuple(self._other_rows(uid)),
            removals=tuple(self._removals()),
            coming_back=tuple(self._coming_back(rows)),
            blocked=self._blocked(),
        )
        plan = replace(
            plan,
            access=tuple(self._access),
            conflicts=tuple(self._conflicts),
            powers=tuple(self._powers),
            left_out=tuple(self._left_out),
            notes=(*self._notes, "last used is set to now, so that services do not expire it at once"),
        )
        return replace(plan, digest=plan_digest(plan, tuple(map(_timeless, rows))))

    def _blocked(self) -> str:
        name = self._living.fold(self._name)
        there = self._living.accounts.get(name)
        if there is not None:
            day = date_of(field(there, 5))
            return f"account {shown(field(there, 2))} exists now (registered {day}): it is never overwritten"
        owner = self._living.nicks.get(name)
        if owner is not None:
            return f"the nick {shown(self._name)} is grouped to {shown(owner)} now: ungroup it first"
        return ""

    # --- the account -------------------------------------------------------------------------

    def _uid(self) -> bytes:
        """Its old uid, if nobody has it: services never give one out twice while LUID only grows."""
        uid = field(self._selection.account, 1)
        if uid not in self._living.uids:
            return uid
        self._notes.append("its old uid is in use: it gets a new one")
        return next_uid(max([self._living.last_uid, *self._living.uids], key=uid_order))

    def _account_row(self, uid: bytes) -> bytes:
        fields = list(self._selection.account.fields)
        fields[1], fields[6], fields[7] = uid, self._now, self._flags(fields[7])
        return b" ".join(fields)

    def _flags(self, flags: bytes) -> bytes:
        """With `b`: without it, somebody online under that name would be logged in as the owner after the restart."""
        known = flags_of("account", master=self._living.master)
        letters = set(flags[1:]) | set(b"b")
        strange = letters - set(known)
        if strange:
            self._notes.append(f"flags that these services do not know stay out: {shown(bytes(sorted(strange)))}")
        if ord("h") in letters:
            self._powers.append("hold (never expires)")
        return b"+" + bytes(letter for letter in known if letter in letters)

    def _own_rows(self) -> list[bytes]:
        rows = []
        for row in self._selection.own:
            if row.kind == b"MN":
                rows += self._nick(row)
            elif row.kind == b"MCFP":
                rows += self._certfp(row)
            elif row.kind == b"MDU":
                rows += self._property(row)
            else:
                rows.append(row.raw)
        return rows

    def _nick(self, row: Row) -> list[bytes]:
        nick = self._living.fold(field(row, 2))
        owner = self._living.nicks.get(nick)
        if owner is None and nick != self._living.fold(self._name) and nick in self._living.accounts:
            owner = field(row, 2)
        if owner is not None:
            self._conflicts.append(Conflict(what=f"nick {shown(field(row, 2))}", why=f"is {shown(owner)}'s now"))
            return []
        fields = list(row.fields)
        fields[4] = self._now
        return [b" ".join(fields)]

    def _certfp(self, row: Row) -> list[bytes]:
        owner = self._living.certfps.get(field(row, 2).lower())
        if owner is None:
            return [row.raw]
        self._conflicts.append(Conflict(what="a certificate", why=f"is {shown(owner)}'s now"))
        return []

    def _property(self, row: Row) -> list[bytes]:
        key = field(row, 2).lower()
        if key.startswith(TOKENS):
            self._notes.append("an old password-reset token or login counter stays out")
            return []
        if key == b"private:mark:reason":
            self._notes.append("its mark comes back")
        if key in {b"private:freeze:freezer", b"private:restrict:setter"}:
            self._notes.append("it was frozen or restricted, and is again")
        if key == b"private:usercloak":
            self._powers.append("its vhost")
        return [row.raw]

    def _coming_back(self, rows: tuple[bytes, ...]) -> list[str]:
        kinds = [row.partition(b" ")[0] for row in rows]
        found = [f"account (registered {date_of(field(self._selection.account, 5))})"]
        return found + [plural(kinds.count(kind), word) for kind, word in _COUNTED if kind in kinds]

    # --- groups and channels -----------------------------------------------------------------

    def _group_rows(self) -> list[bytes]:
        rows = []
        for row in self._selection.groups:
            group = shown(field(row, 1))
            if self._living.fold(field(row, 1)) not in self._living.groups:
                self._left_out.append(f"group {group} is gone")
                continue
            if b"F" in field(row, 3):
                self._powers.append(f"founder of group {group}")
            self._access.append(f"{group} back")
            rows.append(row.raw)
        return rows

    def _access_rows(self) -> list[tuple[bytes, ...]]:
        return [rows for entry in self._selection.access if (rows := self._access_entry(entry))]

    def _access_entry(self, entry: tuple[Row, ...]) -> tuple[bytes, ...]:
        row = entry[0]
        name, channel = shown(field(row, 1)), self._living.fold(field(row, 1))
        is_founder = b"F" in field(row, 3)
        there, before = self._living.channels.get(channel), self._old.channels.get(channel)
        if there is None:
            self._left_out.append(f"channel {name} is gone{' (was founder)' if is_founder else ''}")
            return ()
        if before is None or field(there, 2) != field(before, 2):
            self._left_out.append(f"{name} was registered anew since")
            return ()
        flags = b"+" + bytes(letter for letter in field(row, 3)[1:] if letter in self._living.access_letters)
        if is_founder:
            now = ", ".join(shown(who) for who in self._living.founders.get(channel, [])) or "nobody"
            self._access.append(f"{name} co-founder (founder now: {now})")
            self._powers.append(f"founder of {name}")
        else:
            self._access.append(f"{name} {flags.decode('ascii', 'replace')} back")
        fields = list(row.fields)
        fields[3] = flags
        if len(fields) > 6 and not self._is_setter(fields[5]):  # noqa: PLR2004 — a row with a setter
            fields[5] = b"*"
        return (b" ".join(fields), *(part.raw for part in entry[1:]))

    def _is_setter(self, name: bytes) -> bool:
        return self._living.is_entity(name) or self._living.fold(name) == self._living.fold(self._name)

    # --- the rest ----------------------------------------------------------------------------

    def _other_rows(self, uid: bytes) -> list[bytes]:
        rows = []
        operator = self._selection.operator
        if operator is not None and self._sopers:
            self._powers.append(f"services operator ({shown(field(operator, 2))})")
            rows.append(operator.raw)
        elif operator is not None:
            self._left_out.append(f"services operator ({shown(field(operator, 2))}): grant it again by hand")
        for row in (*self._selection.requests, *self._selection.marks):
            if not self._living.rows(row.kind):
                self._left_out.append(f"a {row.kind.decode()} row: these services have none")
                continue
            rows.append(b" ".join([row.fields[0], uid, *row.fields[2:]]) if row.kind == b"MM" else row.raw)
        return rows

    def _removals(self) -> list[bytes]:
        """The mark that was kept for the dropped name: it comes back with the account, and must not come twice."""
        name = self._living.fold(self._name)
        kinds = {b"NAM", b"MDN"}
        rows = (row for row in self._living.database.rows if row.kind in kinds)
        return [row.raw for row in rows if self._living.fold(field(row, 1)) == name]


def _timeless(row: bytes) -> bytes:
    """The row without the time of now, on which no digest may depend."""
    fields = row.split(b" ")
    index = _TIMES.get(fields[0])
    if index is not None:
        fields[index] = b""
    return b" ".join(fields)
