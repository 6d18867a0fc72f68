"""From `forget` on, every door is closed: a restore is refused, an export too, and nobody is shown a way back."""

import pytest

from core.domain.errors import ErasureUnknown, PlanBlocked, PlanOutdated
from core.operations.splice_files import UNKNOWN_ERASURE, splice_files
from core.ports import Progress
from core.registrations.wish import Network, Target, Wishes
from tests.core.operations.world import AFTER, BEFORE, World

ALICE = Target(kind="account", name="alice_alt")


def forget(world: World, nick: str, progress: Progress) -> None:
    world.engine.forget(world.engine.bearers(nick, progress=progress).chosen(None, everybody=True), by="test")


def test_a_forgotten_account_is_refused_by_restore_and_export_and_find_shows_no_way_back(
    lost: World, progress: Progress
) -> None:
    assert lost.engine.plan_restore(ALICE, progress=progress).plan.blocked == ""
    assert lost.engine.find("alice_alt", progress=progress).way_back[0] == "restore user alice_alt"
    forget(lost, "alice", progress)
    plan = lost.engine.plan_restore(ALICE, progress=progress).plan
    assert plan.blocked == "account alice was forgotten on 2026-11-23, and is never brought back"
    with pytest.raises(PlanBlocked, match="alice was forgotten on 2026-11-23"):
        lost.engine.export("alice", "latest", by="root", progress=progress)
    for nick in ("alice", "alice_alt"):
        found = lost.engine.find(nick, progress=progress)
        assert found.way_back == ("", "")
        assert found.no_way_back.endswith("was forgotten on 2026-11-23, and is never brought back")
        assert found.as_dict()["forgotten"] == "2026-11-23"


def test_what_was_agreed_to_before_somebody_was_forgotten_is_not_carried_out(lost: World, progress: Progress) -> None:
    """The plan is made again behind the stop, with the tombstones of then."""
    plan = lost.engine.plan_restore(ALICE, progress=progress)
    forget(lost, "alice", progress)
    with pytest.raises(PlanOutdated):
        lost.engine.restore(plan, by="test", progress=progress)
    assert lost.live() == AFTER
    assert lost.program.running


def test_others_are_found_and_brought_back_as_before(lost: World, progress: Progress) -> None:
    forget(lost, "alice", progress)
    found = lost.engine.find("#zeta", progress=progress)
    assert found.way_back[0] == "restore channel #zeta"
    assert found.no_way_back == ""
    assert lost.engine.plan_restore(Target(kind="channel", name="#zeta"), progress=progress).plan.blocked == ""


def test_where_who_was_forgotten_cannot_be_told_find_still_finds_and_suggests_nothing(
    lost: World, progress: Progress
) -> None:
    """A lost key blocks restores; what is in the snapshots can be looked for all the same."""
    forget(lost, "dave", progress)
    lost.engine.tombstones.key_path.unlink()
    found = lost.engine.find("alice", progress=progress)
    assert len(found.stays) == 1
    assert found.way_back == ("", "")
    assert found.no_way_back == "who was forgotten cannot be told, so nobody is brought back"
    assert "tombstone.key" in found.troubles[-1]
    with pytest.raises(ErasureUnknown):
        lost.engine.plan_restore(ALICE, progress=progress)


def test_bare_files_have_no_tombstones_and_the_plan_says_so(lost: World) -> None:
    """There is no state directory to ask: whoever splices by hand is told where to look."""
    plan, result = splice_files(BEFORE, AFTER, target=ALICE, wishes=Wishes(), network=Network(), now=lost.clock.now())
    assert result is not None
    assert UNKNOWN_ERASURE in plan.notes
