"""Put the rows of a plan into a living database, at the places where services themselves would print them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from core.domain.errors import PlanBlocked
from core.formats.atheme import Database, Row, kind_of, parse
from core.formats.atheme import field as word
from core.formats.atheme.rows import join
from core.formats.atheme.schema import UID_LENGTH, uid_order
from core.registrations.account_plan import AccountPlan
from core.registrations.living import Living


@dataclass(slots=True)
class _Places:
    """What goes before which row (by its index); the end of the file is an index too."""

    before: dict[int, list[bytes]] = field(default_factory=dict)

    def put(self, index: int, rows: tuple[bytes, ...]) -> None:
        self.before.setdefault(index, []).extend(rows)


def splice(live: Database, plan: AccountPlan) -> bytes:
    """The living database with the account in it.

    Meant for the very database that the plan was made on: after services have stopped, plan again on what they wrote,
    compare the digests, and splice that plan.

    Raises:
        PlanBlocked: the plan cannot be applied, or not here.
    """
    if plan.blocked:
        raise PlanBlocked(plan.blocked)
    living = Living(live, plan.casemapping)
    places = _Places()
    _place_account(live, plan, living, places)
    for row in plan.group_rows:
        places.put(_after_group(live, row, living), (row,))
    for entry in plan.access_rows:
        places.put(_in_channel(live, entry[0], living), entry)
    for row in plan.other_rows:
        places.put(_after_last(live, kind_of(row)), (row,))
    gone = Counter(plan.removals)
    lines: list[bytes] = []
    for index, item in enumerate(live.rows):
        lines += places.before.get(index, [])
        if gone[item.raw]:
            gone[item.raw] -= 1
        elif item.kind == b"LUID":
            lines.append(_raised(item, plan.uid))
        else:
            lines.append(item.raw)
    lines += places.before.get(len(live.rows), [])
    return join(lines, ended=True)


def _raised(luid: Row, uid: bytes) -> bytes:
    """LUID never lies below a uid in use: the next account would get that one again."""
    last = word(luid, 1)
    return luid.raw if uid_order(uid) <= uid_order(last[:UID_LENGTH]) else b"LUID " + uid + b" "


def _place_account(live: Database, plan: AccountPlan, living: Living, places: _Places) -> None:
    """Accounts are printed in the order of their folded names."""
    name = living.fold(plan.rows[0].split(b" ")[2])
    accounts = [(index, row) for index, row in enumerate(live.rows) if row.kind == b"MU"]
    later = next((index for index, row in accounts if living.fold(word(row, 2)) > name), None)
    places.put(later if later is not None else _after_accounts(live, accounts), plan.rows)


_ACCOUNT_KINDS = frozenset({b"MU", b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP"})
_HEAD_KINDS = frozenset({b"GRVER", b"DBV", b"MDEP", b"LUID", b"CF", b"TS"})


def _after_accounts(live: Database, accounts: list[tuple[int, Row]]) -> int:
    kinds = _ACCOUNT_KINDS if accounts else _HEAD_KINDS
    return max((index for index, row in enumerate(live.rows) if row.kind in kinds), default=-1) + 1


def _after_group(live: Database, row: bytes, living: Living) -> int:
    """Members of groups come after all groups, group by group in their order, newest last."""
    group = living.fold(row.split(b" ")[1])
    return _ordered(live, b"GACL", lambda item: living.fold(word(item, 1)), group, (b"GRP", b"MDG", b"GFA"))


def _ordered(
    live: Database, kind: bytes, key: Callable[[Row], bytes], wanted: bytes, otherwise: tuple[bytes, ...]
) -> int:
    """Behind the last row of `kind` whose key is not greater; or behind the last row of other kinds."""
    last = -1
    for index, row in enumerate(live.rows):
        if row.kind in otherwise or (row.kind == kind and key(row) <= wanted):
            last = index
    return last + 1


def _in_channel(live: Database, row: bytes, living: Living) -> int:
    """A founder first, everybody else last in the channel's list, before its properties."""
    fields = row.split(b" ")
    channel, is_founder = living.fold(fields[1]), b"F" in fields[3]
    place = -1
    for index, item in enumerate(live.rows):
        mine = item.kind in {b"MC", b"CA", b"MDA"} and living.fold(word(item, 1)) == channel
        if mine and (item.kind == b"MC" or not is_founder):
            place = index
    if place < 0:
        raise PlanBlocked("a channel of the plan is not there")
    return place + 1


def _after_last(live: Database, kind: bytes) -> int:
    before = max((index for index, row in enumerate(live.rows) if row.kind == kind), default=-1)
    if before < 0 and kind == b"SO":  # operators come before the first of the akills
        return next((index for index, row in enumerate(live.rows) if row.kind == b"KID"), len(live.rows))
    return before + 1 if before >= 0 else len(live.rows)


def prove_splice(before: bytes, after: bytes, plan: AccountPlan) -> None:
    """Every row that the plan does not name is there, byte for byte and in its order; every row that it names too.

    Raises:
        PlanBlocked: it is not so. Nothing may be done with `after` then.
    """
    added = Counter(
        [*plan.rows, *plan.group_rows, *plan.other_rows, *(row for entry in plan.access_rows for row in entry)]
    )
    removed = Counter(plan.removals)
    old = [row.raw for row in parse(before).rows if row.kind != b"LUID" and not _took(removed, row.raw)]
    new = [row.raw for row in parse(after).rows if row.kind != b"LUID"]
    remaining = iter(old)
    expected = next(remaining, None)
    for line in new:
        if line == expected:
            expected = next(remaining, None)
        elif not _took(added, line):
            raise PlanBlocked("the splice changed a row that is not part of the plan", hint="nothing was changed")
    if expected is not None or +added or +removed:
        raise PlanBlocked("the splice lost a row", hint="nothing was changed")


def _took(counter: Counter[bytes], line: bytes) -> bool:
    if counter[line] <= 0:
        return False
    counter[line] -= 1
    return True
