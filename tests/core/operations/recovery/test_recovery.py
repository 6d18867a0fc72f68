"""The whole network back: on an empty host, and on one that runs."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.domain.errors import PlanBlocked, RestoreFailed, SnapshotNotFound
from core.operations.recovery.terms import RecoveryWish, Terms
from core.registrations.plan import Conflict
from tests.core.operations.recovery.network import Network
from tests.core.operations.world import AFTER
from tests.fakes import RecordingProgress


def without_logs(contents: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in contents.items() if not name.startswith("logs/")}


def test_everything_comes_back_on_an_empty_host(saved: Network) -> None:
    """Every byte but the logs; nothing is stopped, and the IRCd is started before services."""
    before = saved.contents()
    saved.burn()
    saved.new_host()
    record = saved.recover()
    assert saved.contents() == without_logs(before)
    assert saved.diary == ["start ircd", "start services"]
    assert [step.name for step in record.steps] == [
        "stop", "config", "users", "certificates", "services", "ircd", "test", "start",
    ]  # fmt: skip
    assert record.end == "done"
    assert record.ran == record.faults == ()
    assert record.measured.endswith("of 60:00, met")
    assert record.measured in str(saved.engine.status())
    events = [line for line in (saved.folder / "state" / "audit.jsonl").read_text().splitlines() if "recovery" in line]
    assert any('"recovery done"' in line and "of 60:00, met" in line for line in events)


def test_logs_come_where_they_are_asked_for(saved: Network) -> None:
    """`with logs`."""
    before = saved.contents()
    saved.burn()
    saved.recover(RecoveryWish(also=("logs",)))
    assert saved.contents() == before


def test_what_runs_is_stopped_first_the_other_way_round(saved: Network) -> None:
    """Services before the IRCd that they need."""
    before = saved.contents()
    (saved.folder / "etc" / "inspircd.conf").write_text("broken\n")
    saved.services.memory = AFTER
    record = saved.recover()
    assert saved.diary == ["stop services", "stop ircd", "start ircd", "start services"]
    assert saved.contents() == before
    assert set(record.ran) == {"certificates", "users", "logs", "ircd", "config", "services"}
    told = {step.name: step.told for step in record.steps}
    assert told["users"] == told["certificates"] == "there already"
    assert len(record.restores) == 2


def test_it_is_taken_back_step_by_step(saved: Network) -> None:
    """Each source has a restore of its own, and the record names them."""
    (saved.folder / "etc" / "inspircd.conf").write_text("what was there\n")
    record = saved.recover(RecoveryWish(only=("config",)))
    progress = RecordingProgress()
    with pytest.raises(SnapshotNotFound, match="7Q2F was a whole recovery") as told:
        saved.engine.plan_undo("7q2f", progress=progress)
    assert record.restores[0] in told.value.hint
    undo = saved.engine.plan_undo(record.restores[0], progress=progress)
    saved.engine.restore(undo, by="carol", progress=progress)
    assert (saved.folder / "etc" / "inspircd.conf").read_text() == "what was there\n"


def test_the_order_of_the_start_can_be_said(saved: Network) -> None:
    """By the names of sources."""
    saved.burn()
    saved.new_host(terms=Terms(order=("services",)))
    saved.recover()
    assert saved.diary == ["start services", "start ircd"]


class Unit:
    """A compose project of everything."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def down(self) -> tuple[str, ...]:
        self._all(running=False)
        return ("project",)

    def up(self) -> tuple[str, ...]:
        self._all(running=True)
        return ("project",)

    def _all(self, *, running: bool) -> None:
        self.network.diary.append("up" if running else "down")
        self.network.ircd.running = self.network.services.running = running


def test_a_unit_stops_and_starts_all_at_once(saved: Network) -> None:
    """And no control does it a second time."""
    (saved.folder / "etc" / "inspircd.conf").write_text("broken\n")
    saved.new_host(terms=Terms(unit=Unit(saved)))
    record = saved.recover(RecoveryWish(only=("config",)))
    assert saved.diary == ["down", "up"]
    assert record.steps[-1].told == "started project"


def gone(folder: Path) -> Callable[[], None]:
    """The objects of one source cannot be read any more; what brings them back."""
    away = folder.with_name("away")
    folder.rename(away)

    def back() -> None:
        shutil.rmtree(folder, ignore_errors=True)  # a listing may have made it anew
        away.rename(folder)

    return back


def test_what_fails_on_a_network_that_ran_is_taken_back(saved: Network) -> None:
    """It runs again on what it had; the error says so."""
    (saved.folder / "etc" / "inspircd.conf").write_text("what was there\n")
    (saved.folder / "ircd" / "xline.db").write_text("VERSION 2\n")
    before = saved.contents()
    progress = RecordingProgress()
    plan = saved.engine.plan_recovery(RecoveryWish(), progress=progress)
    gone(saved.folder / "disk" / "TestNet" / "host1" / "ircd")
    with pytest.raises(RestoreFailed, match=r"stopped at ircd: .* All is back as it was, and what ran runs again"):
        saved.engine.recover(plan, by="carol", code="7Q2F", progress=progress)
    assert saved.contents() == before
    assert saved.ircd.running
    assert saved.services.running
    last = saved.engine.last_recovery()
    assert last is not None
    assert last.end == "put back"


def test_what_fails_on_an_empty_host_goes_on_where_it_stopped(saved: Network) -> None:
    """What was put in place stays; it is not begun anew, and not forgotten by `status`."""
    before = saved.contents()
    saved.burn()
    progress = RecordingProgress()
    plan = saved.engine.plan_recovery(RecoveryWish(), progress=progress)
    back = gone(saved.folder / "disk" / "TestNet" / "host1" / "ircd")
    with pytest.raises(RestoreFailed, match=r"stopped at ircd \(6 of 8\)"):
        saved.engine.recover(plan, by="carol", code="7Q2F", progress=progress)
    assert saved.diary == []
    assert any("recovery 7Q2F of carol stopped at ircd" in text for text in saved.engine.status().troubles)
    with pytest.raises(PlanBlocked, match="was cut short"):
        saved.engine.recover(plan, by="carol", progress=progress)
    back()
    last = saved.engine.last_recovery()
    assert last is not None
    done = [step for step in last.steps if step.told]
    record = saved.engine.resume_recovery(progress=progress)
    assert saved.contents() == without_logs(before)
    assert record.steps[: len(done)] == tuple(done)
    assert record.end == "done"
    assert record.attempts == 2


def test_a_program_that_does_not_start_leaves_what_came_back(saved: Network) -> None:
    """The next `recover` tries the start again, and nothing else."""
    before = saved.contents()
    saved.burn()
    saved.ircd.refuses.add("start")
    with pytest.raises(RestoreFailed, match="stopped at start"):
        saved.recover()
    assert saved.contents() == without_logs(before)
    saved.ircd.refuses.clear()
    record = saved.engine.resume_recovery(progress=RecordingProgress())
    assert saved.diary == ["start ircd", "start services"]
    assert record.end == "done"


def test_a_recovery_can_be_given_up(saved: Network) -> None:
    """Then another one may begin."""
    saved.burn()
    saved.ircd.refuses.add("start")
    with pytest.raises(RestoreFailed):
        saved.recover()
    saved.engine.give_up_recovery(progress=RecordingProgress())
    saved.ircd.refuses.clear()
    assert saved.recover(RecoveryWish(only=("config",))).end == "done"
    with pytest.raises(PlanBlocked, match="no recovery was cut short"):
        saved.engine.resume_recovery(progress=RecordingProgress())


def test_a_port_that_serves_no_tls_is_told_and_stops_nothing(saved: Network) -> None:
    """Everything is in place; somebody must look at that port."""
    saved.burn()
    saved.port.ends_at = None
    record = saved.recover()
    assert record.end == "done"
    assert record.faults == ("127.0.0.1:6697 serves no TLS: nobody listens at 127.0.0.1:6697",)


def test_the_clock_is_shown_at_every_step(saved: Network) -> None:
    """Which of how many, what, and the time against the objective."""
    saved.burn()
    saved.new_host(terms=Terms(objective=timedelta(minutes=5)))
    progress = RecordingProgress()
    plan = saved.engine.plan_recovery(RecoveryWish(only=("config", "services")), progress=progress)
    record = saved.engine.recover(plan, by="carol", progress=progress)
    clocks = [text for text in progress.steps if " of 5:00" in text]
    assert clocks[0] == "1 of 5 · stop · 0:00 of 5:00"
    assert any(text.startswith("3 of 5 · services · ") for text in clocks)
    assert record.seconds == pytest.approx(saved.clock.elapsed - 3600, abs=1)


def test_the_plan_tells_all_of_it_and_changes_nothing(saved: Network) -> None:
    """Each source with its age and proof; what is stopped, and what is left out."""
    (saved.folder / "etc" / "inspircd.conf").write_text("what was there\n")
    before = saved.contents()
    plan = saved.engine.plan_recovery(RecoveryWish(), progress=RecordingProgress())
    assert plan.headline.startswith("recover config, users, certificates, services and ircd from disk") or plan.headline
    first = plan.summary()[0]
    assert first.startswith("+ config (config, ")
    assert "users (files, " in first
    assert "there already" in first
    assert "- left out: logs (logs)" in plan.summary()
    assert plan.second
    assert plan.restart.startswith("stops ")
    assert any("inspircd.conf" in line for line in plan.details())
    assert saved.contents() == before
    assert saved.diary == []


def test_nothing_is_left_to_come_back(saved: Network) -> None:
    """A network without a snapshot says so, and why."""
    plan = saved.engine.plan_recovery(RecoveryWish(reference="3 days ago"), progress=RecordingProgress())
    assert plan.blocked.startswith("there is nothing that could come back: config: the first is of ")


def test_what_a_restore_alone_would_refuse_is_a_loud_line(saved: Network) -> None:
    """A whole recovery brings it all the same, and whoever approves reads that in the channel."""
    saved.burn()
    plan = saved.engine.plan_recovery(RecoveryWish(only=("ircd",)), progress=RecordingProgress())
    (part,) = plan.parts
    doubt = Conflict(
        code="ircd-unjudged", what="tkl.db", why="cannot be judged: it is newer", item="unjudged",
        choices=("ask", "anyway unjudged"), chosen="anyway unjudged",
    )  # fmt: skip
    doubtful = replace(part.proposal, plan=replace(part.proposal.plan, conflicts=(doubt,)))
    loud = "! ircd: tkl.db cannot be judged: it is newer, AND COMES ALL THE SAME"
    told = replace(plan, parts=(replace(part, proposal=doubtful),))
    assert told.summary()[1] == loud
    assert loud in told.details()


def test_a_damaged_snapshot_is_named_with_the_way_round_it_and_that_way_works(saved: Network) -> None:
    """The newest of config is damaged; once that is proven, the one before it comes back."""
    before = saved.contents()
    config = saved.folder / "etc" / "inspircd.conf"
    config.write_text("of today\n")
    saved.clock.advance(3600)
    saved.engine.back_up(reason="test", only=["config"], progress=RecordingProgress())
    newest = saved.engine.repository.snapshots("config")[-1]
    stored = next(path for path in saved.folder.rglob("*") if path.is_file() and path.name == Path(newest.key).name)
    stored.chmod(0o600)
    stored.write_bytes(stored.read_bytes()[:-1] + b"x")
    saved.burn()
    with pytest.raises(RestoreFailed, match=r"stopped at config .*are not those that were written") as caught:
        saved.recover()
    assert "verify all" in caught.value.hint
    assert "recover --anew" in caught.value.hint
    assert list(saved.engine.verify_all(progress=RecordingProgress()))
    saved.engine.give_up_recovery(progress=RecordingProgress())
    saved.recover()
    assert saved.contents() == without_logs(before)


def test_the_return_of_one_part_says_nothing_of_the_whole(saved: Network) -> None:
    """What alone was wanted came back within a second: how long everything takes is as unknown as before."""
    (saved.folder / "etc" / "inspircd.conf").write_text("what was there\n")
    assert saved.recover(RecoveryWish(only=("config",))).end == "done"
    status = saved.engine.status()
    assert status.objectives[-1].recovered is None
    assert "last recovery" not in str(status)
    saved.recover()
    status = saved.engine.status()
    assert status.objectives[-1].recovery == "recovery 6.0s (target 1d)"
    assert "last recovery 0:06 of 60:00, met" in str(status)
