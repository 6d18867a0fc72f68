"""A splice is made on what its plan was made on, or not at all; and the proof catches every slip."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.casemapping import fold
from core.domain.errors import BackupServError, PlanBlocked, PlanOutdated
from core.domain.finding import Severity
from core.formats.atheme import check, field, parse
from core.registrations.living import Living
from core.registrations.selection import Selection, select_account
from core.registrations.splice import prove_splice, splice
from tests.core.formats.damage import ALL, Damage
from tests.core.registrations.test_plan_digest import LIFE, SUBSTANCE
from tests.core.registrations.town import AFTER, BEFORE, NOW, brought_back, dropped, lines, plan_of, swapped
from tests.strategies_atheme import any_databases


@pytest.mark.parametrize("substance", SUBSTANCE)
def test_a_plan_is_not_carried_out_on_what_it_does_not_rest_on(substance: str) -> None:
    """Nobody gets an account twice, or a channel that changed hands."""
    live = parse(swapped(AFTER, *SUBSTANCE[substance]))
    with pytest.raises(PlanOutdated):
        splice(live, plan_of())


def test_a_blocked_plan_is_not_carried_out() -> None:
    """The reason is said again."""
    with pytest.raises(PlanBlocked, match="exists now"):
        splice(parse(AFTER), plan_of("bob"))


def test_a_new_uid_that_was_given_out_meanwhile_outdates_the_plan() -> None:
    """A uid twice makes the second account disappear."""
    backup = swapped(BEFORE, b"MU AAAAAAAAC alice", b"MU AAAAAAAAB alice")
    live = swapped(AFTER, b"MU AAAAAAAAD bob", b"MU AAAAAAAAM new x x@x 1 1 +C default \nMU AAAAAAAAD bob")
    with pytest.raises(PlanOutdated):
        splice(parse(live), plan_of(backup=backup))


@pytest.mark.parametrize("life", [name for name in LIFE if "uids" not in name])
def test_life_that_went_on_stays(life: str) -> None:
    """Planned again on the newer file, everything that happened meanwhile is there."""
    live = swapped(AFTER, *LIFE[life])
    assert LIFE[life][1] in brought_back(live=live)


BANS = lines(AFTER, b"KL ")
SLIPS: dict[str, Callable[[bytes], bytes]] = {
    "a row lost": lambda content: content.replace(b"MI alice dave \n", b""),
    "a row of somebody else lost": lambda content: content.replace(b"MN bob bob_ 1795396571 1795396571 \n", b""),
    "a row too many": lambda content: content + b"SI *!*@x.test 1 root1 x\n",
    "a row changed": lambda content: content.replace(b"memo from alice", b"memo from alic "),
    "two rows swapped": lambda content: swapped(content, b"\n".join(BANS), b"\n".join(reversed(BANS))),
    "the last uid changed": lambda content: content.replace(b"LUID AAAAAAAAL ", b"LUID AAAAAAAAB "),
    "a row that should be gone": lambda content: content.replace(b"SI *", b"NAM alice \nSI *", 1),
    "nothing done": lambda content: AFTER if content else b"",
    "everything gone": lambda content: content[:0],
}


@pytest.mark.parametrize("slip", SLIPS)
def test_every_slip_is_caught(slip: str) -> None:
    """One row more, less, other or elsewhere, and nothing is put in place."""
    plan = plan_of()
    bad = SLIPS[slip](splice(parse(AFTER), plan))
    with pytest.raises(PlanBlocked):
        prove_splice(AFTER, bad, plan)


def test_the_right_rows_at_a_wrong_place_are_caught_by_the_check() -> None:
    """Access before its account: every row is there, and services would not start."""
    plan = plan_of()
    result = splice(parse(AFTER), plan)
    block = b"\n".join(lines(result, b"MU AAAAAAAAC", b"MDU alice", b"ME alice", b"MI alice", b"AC alice", b"MN alice"))
    assert block in result
    bad = swapped(swapped(result, block + b"\n", b""), b"KID ", block + b"\nKID ")
    with pytest.raises(PlanBlocked, match="access-target"):
        prove_splice(AFTER, bad, plan)


def test_faults_that_were_there_do_not_stop_a_restore_but_new_ones_do() -> None:
    """A certificate without its account is not of the plan's making."""
    live = swapped(AFTER, b"MU AAAAAAAAD bob", b"MDU nobody url x\nMU AAAAAAAAD bob")
    assert b"MDU nobody url x\n" in brought_back(live=live)


@given(data=st.data())
def test_what_is_brought_back_into_any_town_is_what_was_selected(data: st.DataObject) -> None:
    """In and out again: the same rows but for times and `b`, nobody else touched, and nothing to find fault with."""
    backup = data.draw(any_databases(least=2))
    people = [field(row, 2) for row in parse(backup).rows if row.kind == b"MU"]
    name = data.draw(st.sampled_from(people))
    live = dropped(backup, name)
    result = brought_back(name.decode(), backup=backup, live=live, sopers=True)
    assert [item for item in check(result, casemapping="rfc1459") if item.severity > Severity.WARNING] == []
    assert _timeless(result, name) == _timeless(backup, name)
    assert dropped(result, name) == live
    order = [fold(field(row, 2)) for row in parse(result).rows if row.kind == b"MU"]
    assert order == sorted(order)


@given(data=st.data())
def test_between_two_strange_towns_every_plan_is_carried_out_or_refused(data: st.DataObject) -> None:
    """Any backup, any living database, everything asked for: what is spliced is proven good."""
    backup, live = data.draw(any_databases()), data.draw(any_databases())
    name = data.draw(st.sampled_from([field(row, 2) for row in parse(backup).rows if row.kind == b"MU"]))
    plan = plan_of(name.decode(), backup=backup, live=live, sopers=True, founded=True)
    if plan.blocked:
        return
    result = splice(parse(live), plan)
    prove_splice(live, result, plan)
    assert [item for item in check(result, casemapping="rfc1459") if item.severity > Severity.WARNING] == []


@pytest.mark.parametrize("damage", ALL, ids=lambda damage: damage.name.replace(" ", "-"))
def test_a_damaged_snapshot_never_makes_a_database_worse(damage: Damage) -> None:
    """It is refused, or what comes of it is proven."""
    _refused_or_proven(damage.edit(BEFORE), AFTER)


@pytest.mark.parametrize("damage", ALL, ids=lambda damage: damage.name.replace(" ", "-"))
def test_a_damaged_living_database_never_gets_worse(damage: Damage) -> None:
    """It is refused, or what comes of it has no fault that was not there."""
    _refused_or_proven(BEFORE, dropped(damage.edit(BEFORE), b"frank"), "frank")


@given(st.data())
def test_the_worst_files_are_refused_or_proven(data: st.DataObject) -> None:
    """Truncated, doubled, emptied, overlong: a refusal with a sentence, never a traceback."""
    files = [BEFORE, AFTER]
    which = data.draw(st.integers(0, 1))
    rows = files[which].split(b"\n")
    chance = random.Random(data.draw(st.integers(0, 10**6)))  # noqa: S311 — disorder, no secret
    for _ in range(data.draw(st.integers(1, 20))):
        index = chance.randrange(len(rows))
        fields = rows[index].split(b" ")
        fields[chance.randrange(len(fields))] = chance.choice(
            [b"", b"\xff", b"x" * 5000, b"+", b"0", b"#a\0", b"alice"]
        )
        rows[index] = chance.choice([b" ".join(fields), b" ".join(fields[:2]), rows[chance.randrange(len(rows))]])
    files[which] = b"\n".join(rows)[: data.draw(st.integers(0, 13_000))]
    _refused_or_proven(files[0], files[1])


def _refused_or_proven(backup: bytes, live: bytes, name: str = "alice") -> None:
    try:
        plan = plan_of(name, backup=backup, live=live, sopers=True, founded=True)
        prove_splice(live, splice(parse(live), plan), plan)
    except BackupServError as error:
        assert len(str(error)) < 400  # noqa: PT017 — a sentence is one of the two good ends


def _timeless(content: bytes, name: bytes) -> tuple[object, ...]:
    selection: Selection | None = select_account(Living(parse(content), "rfc1459"), name)
    assert selection is not None
    account = selection.account.fields
    letters = frozenset(account[7]) | frozenset(b"b")
    own = [row.fields[:4] if row.kind == b"MN" else row.raw for row in selection.own]
    rest = ([row.raw for row in selection.groups], [[row.raw for row in entry] for entry in selection.access])
    return account[:6], letters, own, rest, selection.operator and selection.operator.raw


def test_the_time_of_now_is_written_so_that_nothing_expires() -> None:
    """The first sweep comes one hour after start, and takes what was last used too long ago."""
    stamp = b"%d" % NOW.timestamp()
    result = brought_back()
    assert lines(result, b"MU AAAAAAAAC")[0].split(b" ")[6] == stamp
    assert {row.split(b" ")[4] for row in lines(result, b"MN alice")} == {stamp}
