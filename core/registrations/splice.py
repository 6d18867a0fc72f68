"""Put the rows of a plan into a living database, at the places where services themselves would print them."""

from collections import Counter

from core.domain.errors import PlanBlocked, PlanOutdated
from core.domain.finding import Severity
from core.formats.atheme import Database, join, tally
from core.formats.atheme.schema import is_uid
from core.formats.uncollected import uncollected
from core.registrations.ground import ground_of
from core.registrations.layout import Layout
from core.registrations.living import Living, living_of
from core.registrations.row_plan import Place, RowPlan

_AGAIN = "ask for the restore again"
_UNTOUCHED = "nothing was changed"


def splice(live: Database | Living, plan: RowPlan) -> bytes:
    """The living database with the plan carried out. The same plan on the same database gives the same bytes.

    Meant for the very database that the plan was made on: after services have stopped, plan again on what they wrote,
    compare the digests, and splice that plan.

    Raises:
        PlanBlocked: the plan cannot be applied at all.
        PlanOutdated: what it rests on is not so in `live`.
    """
    if plan.blocked:
        raise PlanBlocked(plan.blocked, hint=_UNTOUCHED)
    living = living_of(live, plan.casemapping)
    _refuse_outdated(living, plan)
    layout = Layout(living)
    before: dict[int, list[bytes]] = {}
    for insertion in sorted(plan.insertions, key=lambda insertion: insertion.place.value):
        before.setdefault(layout.index(insertion), []).extend(insertion.rows)
    gone = Counter(plan.removals)
    lines = [row.raw for row in living.database.rows]
    out = {index for index, line in enumerate(lines) if line in gone and _took(gone, line)}
    for index in sorted({*before, *out}, reverse=True):  # from the end, so that the places before it stay
        lines[index : index + (index in out)] = before.get(index, [])
    if +gone:
        raise PlanOutdated("rows that the plan would remove are gone by now", hint=_AGAIN)
    return join(lines, ended=True)


def _refuse_outdated(living: Living, plan: RowPlan) -> None:
    if ground_of(living, plan.claim) != plan.ground:
        raise PlanOutdated("services changed what this plan rests on since it was made", hint=_AGAIN)
    new = {
        row.split(b" ")[1]
        for insertion in plan.insertions
        if insertion.place in {Place.ACCOUNT, Place.GROUP}
        for row in insertion.rows[:1]
    }
    going = {row.split(b" ")[1] for row in plan.removals if row.startswith((b"MU ", b"GRP "))}
    if not all(map(is_uid, new)) or new & (living.uids - going):
        raise PlanOutdated("a uid of the plan was given to somebody else meanwhile", hint=_AGAIN)


@uncollected()
def prove_rows(before: bytes, after: bytes, plan: RowPlan) -> None:
    """Prove that `after` is `before` with the plan carried out, and nothing else.

    Every row that the plan does not name is there, byte for byte and in its order; every row that it names too.

    Raises:
        PlanBlocked: it is not so; says what. Nothing may be done with `after` then.
    """
    added, removed = Counter(plan.additions), Counter(plan.removals)
    remaining = iter([line for line in _lines(before) if not (line in removed and _took(removed, line))])
    expected = next(remaining, None)
    for number, line in enumerate(_lines(after), 1):
        if line == expected:
            expected = next(remaining, None)
        elif not _took(added, line):
            raise PlanBlocked(f"line {number} of the result is not part of the plan", hint=_UNTOUCHED)
    if expected is not None or +added or +removed:
        raise PlanBlocked("the result lacks a row", hint=_UNTOUCHED)


def prove_splice(before: bytes, after: bytes, plan: RowPlan) -> None:
    """Prove the rows, and that the check finds nothing worse in `after` than in `before`.

    Raises:
        PlanBlocked: it is not so; says what. Nothing may be done with `after` then.
    """
    prove_rows(before, after, plan)
    _refuse_new_faults(before, after, plan)


def _lines(content: bytes) -> list[bytes]:
    lines = content.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def _refuse_new_faults(before: bytes, after: bytes, plan: RowPlan) -> None:
    """The faults that were there may stay; the plan may not bring one."""
    faults = _faults(after, plan)
    if not faults:
        return
    new = faults - _faults(before, plan)
    if new:
        codes = ", ".join(sorted({code for _, code in new}))
        raise PlanBlocked(f"the result has faults that the living database has not: {codes}", hint=_UNTOUCHED)


def _faults(content: bytes, plan: RowPlan) -> Counter[tuple[Severity, str]]:
    found = tally(content, casemapping=plan.casemapping)
    return Counter({key: number for key, number in found.items() if key[0] > Severity.WARNING})


def _took(counter: Counter[bytes], line: bytes) -> bool:
    if counter[line] <= 0:
        return False
    counter[line] -= 1
    return True
