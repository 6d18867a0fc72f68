"""Channels and groups out of and into the worst files: every plan is refused in a sentence, or proven."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import BackupServError
from core.domain.finding import Severity
from core.formats.atheme import parse, tally
from core.registrations.row_change import Change
from core.registrations.row_plan import RowPlan
from core.registrations.splice import prove_splice, splice
from core.registrations.undo import plan_undo
from core.registrations.wish import Kind, Network, Wishes
from tests.core.formats.damage import ALL, Damage
from tests.core.formats.master import as_master
from tests.core.registrations.town import AFTER, BEFORE, NOW, plan_of

TARGETS: tuple[tuple[Kind, str], ...] = (
    ("channel", "#alpha"),
    ("channel", "#gamma"),
    ("channel", "#zeta"),
    ("group", "!staff"),
    ("group", "!devs"),
    ("account", "alice"),
)
CHOICES = (
    Wishes(founded=True, operator=True),
    Wishes(founded=True, founder="bob"),
    Wishes(founder="carol", choices={"": "merge"}),
    Wishes(founded=True, choices={"": "replace"}),
    Wishes(
        founded=True, operator=True, founder="bob", choices={"": "replace", "certfp": "replace", "alice_alt": "replace"}
    ),
)
DAMAGES = pytest.mark.parametrize("damage", ALL, ids=lambda damage: damage.name.replace(" ", "-"))


def without(content: bytes, *names: bytes) -> bytes:
    """No row that has one of these words."""
    return b"\n".join(row for row in content.split(b"\n") if not set(names) & set(row.split(b" ")))


LIVES = {
    "after": AFTER,
    "without": without(BEFORE, b"#alpha", b"#gamma", b"#zeta", b"!staff", b"!devs"),
    "everything": BEFORE,
}


def refused_or_proven(kind: Kind, name: str, wishes: Wishes, backup: bytes, live: bytes) -> bool:
    """Whether it was carried out. A refusal is one short sentence; a result has no fault that was not there."""
    try:
        plan = plan_of(name, kind=kind, backup=backup, live=live, wishes=wishes)
        result = splice(parse(live), plan)
        prove_splice(live, result, plan)
    except BackupServError as error:
        assert 0 < len(str(error)) < 400  # noqa: PT017 — a sentence is one of the two good ends
        return False
    assert faults(result) <= faults(live)
    undone_or_refused(plan, result)
    return True


def faults(content: bytes) -> int:
    return sum(
        number for (severity, _), number in tally(content, casemapping="rfc1459").items() if severity > Severity.WARNING
    )


def undone_or_refused(plan: RowPlan, live: bytes) -> None:
    """The way back is one of the two as well."""
    change = Change(kind=plan.kind, name=plan.name, added=plan.additions, removed=plan.removals)
    try:
        back = plan_undo(change=change, live=parse(live), now=NOW, network=Network())
        result = splice(parse(live), back)
        prove_splice(live, result, back)
    except BackupServError as error:
        assert 0 < len(str(error)) < 400  # noqa: PT017 — same


def everything(turn: int | None = None) -> Iterator[tuple[Kind, str, Wishes]]:
    """All targets with all choices; or, in one of many turns, with one choice each, another in the next."""
    for place, (kind, name) in enumerate(TARGETS):
        for number, wishes in enumerate(CHOICES):
            if turn is None or (number - place - turn) % len(CHOICES) == 0:
                yield kind, name, wishes


@DAMAGES
def test_out_of_a_damaged_snapshot(damage: Damage) -> None:
    """Anew, merged, in the place of what is there, with another founder."""
    backup = damage.edit(BEFORE)
    for live in LIVES.values():
        for kind, name, wishes in everything(ALL.index(damage)):
            refused_or_proven(kind, name, wishes, backup, live)


@DAMAGES
def test_into_a_damaged_living_database(damage: Damage) -> None:
    """It never gets worse."""
    damaged = damage.edit(BEFORE)
    for live in (damaged, without(damaged, b"#alpha", b"#zeta", b"!staff")):
        for kind, name, wishes in everything(ALL.index(damage)):
            refused_or_proven(kind, name, wishes, BEFORE, live)


def test_what_is_not_damaged_is_carried_out() -> None:
    """So the properties above are about more than refusals."""
    done = [
        (kind, name, place)
        for place, live in LIVES.items()
        for kind, name, wishes in everything()
        if refused_or_proven(kind, name, wishes, BEFORE, live)
    ]
    assert {(kind, name) for kind, name, _ in done} == set(TARGETS)
    assert {place for _, _, place in done} == set(LIVES)


@given(st.data())
def test_the_worst_files_are_refused_or_proven(data: st.DataObject) -> None:
    """Truncated, doubled, emptied, overlong, shuffled, of either version: never a traceback, never a worse database."""
    versions = [data.draw(st.booleans()) for _ in range(2)]
    files = [
        as_master(content) if master else content for content, master in zip((BEFORE, AFTER), versions, strict=True)
    ]
    which = data.draw(st.integers(0, 1))
    chance = random.Random(data.draw(st.integers(0, 10**6)))  # noqa: S311 — disorder, no secret
    files[which] = ruined(files[which], chance)[: data.draw(st.integers(0, 13_000))]
    kind, name = data.draw(st.sampled_from(TARGETS))
    refused_or_proven(kind, name, data.draw(st.sampled_from(CHOICES)), *files)


def ruined(content: bytes, chance: random.Random) -> bytes:
    rows = content.split(b"\n")
    words = [
        b"",
        b"\xff",
        b"x" * 5000,
        b"+",
        b"+F",
        b"0",
        b"#alpha",
        b"!staff",
        b"#a\0",
        b"alice",
        b"*",
        b"$x",
        b"a!b@c",
    ]
    for _ in range(chance.randrange(1, 30)):
        index = chance.randrange(len(rows))
        fields = rows[index].split(b" ")
        fields[chance.randrange(len(fields))] = chance.choice(words)
        rows[index] = chance.choice([b" ".join(fields), b" ".join(fields[:2]), rows[chance.randrange(len(rows))]])
    if chance.random() < 0.1:
        chance.shuffle(rows)
    return b"\n".join(rows)
