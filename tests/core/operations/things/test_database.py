"""A whole services database comes back, or everything is as it was; and what it means is said before."""

import pwd
import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from core.domain.errors import PlanBlocked, PlanOutdated, RestoreFailed
from core.domain.thing import ThingWish
from core.formats.atheme import lookup, parse
from core.operations.restore_record import EVERYBODY
from core.operations.things.proposal import ThingProposal
from core.ports import Progress
from tests.core.operations.world import AFTER, BEFORE, World

WISH = ThingWish(thing="database")


def on_site(world: World, **changes: object) -> World:
    """The same world with another site."""
    (site,) = world.engine.sites
    changed = replace(site, **changes)  # type: ignore[arg-type]  # each is a field of it
    world.engine.sites = (changed,)
    world.program.database = world.database = changed.database
    return world


def planned(world: World, progress: Progress) -> ThingProposal:
    return world.engine.plan_thing(WISH, progress=progress)


def has(content: bytes, name: bytes) -> bool:
    return lookup(parse(content), name, "rfc1459") is not None


def changed_rows(content: bytes, other: bytes) -> set[bytes]:
    """The kinds of the rows that only the first one has."""
    return {row.split(b" ")[0] for row in set(content.split(b"\n")) - set(other.split(b"\n"))}


def test_the_whole_of_it_is_back_and_services_run_on_it(lost: World, progress: Progress) -> None:
    """Rows are those of the snapshot, but for the flag that ends strangers' logins, and the counter of uids."""
    plan = planned(lost, progress)
    report = lost.engine.restore(plan, by="root1", progress=progress)
    assert has(lost.live(), b"alice")
    assert changed_rows(lost.live(), BEFORE) <= {b"MU", b"LUID"}
    assert lost.program.running
    assert lost.program.memory == lost.live()
    assert lost.rehearsal.seen == [lost.live()]
    assert report.before_image.read_bytes() == AFTER
    assert lost.engine.interrupted() == ()


def test_the_plan_says_who_comes_who_vanishes_and_who_gets_power(lost: World, progress: Progress) -> None:
    plan = planned(lost, progress)
    told = "\n".join(plan.plan.details())
    assert "alice" in told
    assert "registered since: " in told
    assert "greta" in "".join(plan.plan.going)
    assert plan.plan.powers
    assert plan.second
    assert lost.live() == AFTER
    assert lost.program.starts == 0


def test_a_uid_is_never_given_out_twice(lost: World, progress: Progress) -> None:
    lost.database.write_bytes(re.sub(rb"LUID \S+", b"LUID AAAAAAAZZ", AFTER))
    lost.program.memory = lost.live()
    lost.engine.restore(planned(lost, progress), by="root1", progress=progress)
    assert b"\nLUID AAAAAAAZZ \n" in lost.live()


def test_undo_brings_today_back_and_shows_who_would_vanish_by_it(lost: World, progress: Progress) -> None:
    report = lost.engine.restore(planned(lost, progress), by="root1", progress=progress)
    undo = lost.engine.plan_undo(report.id, progress=progress)
    assert any("alice" in text for text in undo.plan.going)
    lost.engine.restore(undo, by="root1", progress=progress)
    assert changed_rows(lost.live(), AFTER) <= {b"MU", b"LUID"}
    with pytest.raises(PlanBlocked, match="undone already"):
        lost.engine.plan_undo(report.id, progress=progress)


def test_somebody_who_registers_after_the_plan_ends_it(lost: World, progress: Progress) -> None:
    """Nobody vanishes whom the plan did not name; services run again on what they wrote."""
    plan = planned(lost, progress)
    new = b"MU AAAAAAAAZ zoe x x@x 1 1 + default \nMN zoe zoe 1 1 \n"
    lost.program.at_stop = lambda memory: memory.replace(b"MU ", new + b"MU ", 1)
    with pytest.raises(PlanOutdated):
        lost.engine.restore(plan, by="root1", progress=progress)
    assert has(lost.live(), b"zoe")
    assert lost.program.running


def test_logins_and_memos_meanwhile_do_not_end_it(lost: World, progress: Progress) -> None:
    plan = planned(lost, progress)
    memo = b"ME bob greta 1700000000 0 hello\n"
    lost.program.at_stop = lambda memory: memory.replace(b"MN bob ", memo + b"MN bob ", 1)
    lost.engine.restore(plan, by="root1", progress=progress)
    assert has(lost.live(), b"alice")


@pytest.mark.parametrize("what", ["rehearsal", "start"])
def test_whatever_fails_the_old_database_is_back_and_services_run(lost: World, progress: Progress, what: str) -> None:
    plan = planned(lost, progress)
    if what == "rehearsal":
        lost.rehearsal.refuse = True
        with pytest.raises(RestoreFailed, match="was not changed"):
            lost.engine.restore(plan, by="root1", progress=progress)
    else:
        lost.program.refuses = {"start"}
        with pytest.raises(RestoreFailed, match="does not start"):
            lost.engine.restore(plan, by="root1", progress=progress)
        lost.program.refuses = set()
        (item,) = lost.engine.interrupted()
        lost.engine.settle(item.record.id, undo=True)
    assert lost.live() == AFTER
    assert lost.program.running
    assert lost.engine.interrupted() == ()


@pytest.mark.parametrize("content", [b"", b"\0\1\2 nothing of ours", BEFORE[: len(BEFORE) // 2] + b"\nNONSENSE row\n"])
def test_a_database_that_is_damaged_now_is_no_reason_to_refuse(lost: World, progress: Progress, content: bytes) -> None:
    """It is the night for which copies are kept; the damaged bytes are the way back."""
    lost.program.running = False
    lost.database.write_bytes(content)
    plan = planned(lost, progress)
    assert plan.blocked == ""
    assert "is lost" in plan.plan.going[0]
    report = lost.engine.restore(plan, by="root1", progress=progress)
    assert has(lost.live(), b"alice")
    assert report.before_image.read_bytes() == content


def test_on_an_empty_host_the_folder_is_made_and_the_file_is_the_owners(lost: World, progress: Progress) -> None:
    """A database of root would be read by nobody, and overwritten with an empty one."""
    lost.program.running = False
    lost.database.unlink()
    with TemporaryDirectory(prefix="backupserv-test-") as folder:
        Path(folder).chmod(0o711)
        database = Path(folder) / "var" / "lib" / "services.db"
        empty = on_site(lost, database=database, owner="nobody")
        plan = planned(empty, progress)
        assert plan.plan.going[0].startswith("there is no database now")
        report = empty.engine.restore(plan, by="root1", progress=progress)
        status = database.stat()
        assert (status.st_uid, status.st_mode & 0o777) == (pwd.getpwnam("nobody").pw_uid, 0o640)
        assert has(database.read_bytes(), b"alice")
        with pytest.raises(PlanBlocked, match="there was no database"):
            empty.engine.plan_undo(report.id, progress=progress)


def test_where_nobody_said_whose_a_new_file_is_root_does_not_guess(lost: World, progress: Progress) -> None:
    lost.database.unlink()
    assert "owner" in planned(lost, progress).blocked


def test_what_services_could_not_read_is_taken_back_before_they_start(lost: World, progress: Progress) -> None:
    """They would start empty, and write that over it."""
    closed = on_site(lost, owner="nobody")
    lost.database.parent.chmod(0o700)
    plan = planned(closed, progress)
    with pytest.raises(RestoreFailed, match="keeps them out"):
        closed.engine.restore(plan, by="root1", progress=progress)
    assert lost.live() == AFTER
    assert lost.program.running


def test_a_whole_restore_counts_for_every_account(lost: World, progress: Progress) -> None:
    lost.engine.restore(planned(lost, progress), by="root1", progress=progress)
    assert set(lost.engine.restored_accounts()) == {EVERYBODY}


def test_who_asked_to_be_forgotten_does_not_come_back(lost: World, progress: Progress) -> None:
    """Neither their account nor their name in what is others'; and the check finds nothing missing."""
    (chosen,) = (one for one in lost.engine.bearers("alice", progress=progress).found if one.account == "alice")
    lost.engine.forget([chosen], by="root1")
    plan = planned(lost, progress)
    assert any("forgotten" in note for note in plan.plan.notes)
    assert plan.blocked == ""
    lost.engine.restore(plan, by="root1", progress=progress)
    assert not has(lost.live(), b"alice")
    assert not [row for row in lost.live().split(b"\n") if b" alice " in row]


def test_what_the_first_sweep_would_drop_is_used_now(lost: World, progress: Progress) -> None:
    """Said before, with names; `anyway expired` leaves the times as they were."""
    (site,) = lost.engine.sites
    world = on_site(lost, network=replace(site.network, nick_days=1, channel_days=1))
    lost.clock.advance(40 * 86400)
    plan = planned(world, progress)
    assert any("unused for over 1 day" in text and "alice" in text for text in plan.plan.expiry)
    kept = world.engine.plan_thing(ThingWish(thing="database", anyway=frozenset({"expired"})), progress=progress)
    assert kept.digest != plan.digest
    world.engine.restore(plan, by="root1", progress=progress)
    mu = next(row for row in lost.live().split(b"\n") if row.startswith(b"MU ") and b" alice " in row)
    assert int(lost.clock.now().timestamp()) - int(mu.split(b" ")[6]) < 60


def test_a_snapshot_with_far_fewer_accounts_is_said_loudly(world: World, progress: Progress) -> None:
    world.engine.back_up(reason="test", progress=progress)
    many = b"".join(b"MU AAAAAB%03d u%d $z$x x@x 1 1 +C default \n" % (n, n) for n in range(60))
    world.database.write_bytes(BEFORE.replace(b"MU ", many + b"MU ", 1))
    plan = planned(world, progress)
    assert any(text.startswith("FAR FEWER ACCOUNTS") for text in plan.plan.going)
