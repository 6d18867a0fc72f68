"""An IRCd's own files come back while it is down; what it would not live with never comes, or goes again."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from core.crypto.unrealdb import UnrealdbOpener
from core.domain.errors import ControlFailed, PlanBlocked, RestoreFailed
from core.domain.thing import ThingWish
from core.operations.restore_record import RestoreFolder
from core.operations.site import TreeSite
from core.operations.things.proposal import ThingProposal
from core.operations.things.things import Things
from core.secrets import Secret
from core.sources.unrealircd import UnrealircdCheck, UnrealircdSettings, UnrealircdSource
from tests import unrealdb
from tests.core.operations.things.grove import Grove, make_grove
from tests.fakes import FakeClock, RecordingProgress
from tests.machine import until

BANS = {"evil.example", "worse.example"}


def tkl(hosts: set[str]) -> bytes:
    return unrealdb.plain(unrealdb.bans([unrealdb.gline(host.encode()) for host in sorted(hosts)]))


@dataclass
class Ircd:
    """Stands in for a running UnrealIRCd: saves its bans when it is stopped, reads them when it starts."""

    root: Path
    runs: bool = True
    bans: set[str] = field(default_factory=lambda: set(BANS))
    reads: Callable[["Ircd"], None] = lambda ircd: ircd.read()
    did: list[str] = field(default_factory=list)
    can_act: bool = True

    def is_running(self) -> bool:
        return self.runs

    def stop(self) -> None:
        if self.runs:
            self.save()
            self.did.append("stop")
        self.runs = False

    def start(self) -> None:
        if not self.runs:
            self.did.append("start")
            self.runs = True
            self.reads(self)

    def save(self) -> None:
        """By rename, as it does."""
        (self.root / "tkl.db.0f.tmp").write_bytes(tkl(self.bans))
        (self.root / "tkl.db.0f.tmp").rename(self.root / "tkl.db")

    def read(self) -> None:
        content = (self.root / "tkl.db").read_bytes()
        self.bans = {host for host in (*BANS, "new.example", "newer.example") if host.encode() in content}

    def refuse(self) -> None:
        """It reads it to the first damage, and puts it aside."""
        if len(self.did) == 2:  # the start of the restore, and not the one after it
            (self.root / "tkl.db").rename(self.root / "tkl.db.corrupt")
            self.bans = set()
        else:
            self.read()

    def end(self) -> None:
        if len(self.did) == 2:
            self.runs = False
        else:
            self.read()


@dataclass
class Harbour:
    """A data folder that is saved, and the program on it."""

    grove: Grove
    ircd: Ircd

    def plan(self, *paths: str, anyway: str = "") -> ThingProposal:
        wish = ThingWish(thing="ircd", paths=paths, anyway=frozenset({anyway} - {""}))
        return self.grove.engine.plan_thing(wish, progress=RecordingProgress())

    def set(self, **changes: object) -> None:
        (site,) = self.grove.engine.trees
        self.grove.engine.trees = (replace(site, **changes),)  # type: ignore[arg-type]  # fields of a site
        for name in ("things", "_ground"):  # they stand on the trees that there were
            vars(self.grove.engine).pop(name, None)

    def open_with(self, opener: UnrealdbOpener | None) -> None:
        self.set(source=source(self.grove.root, self.grove.clock, opener), opener=opener)


def source(root: Path, clock: FakeClock, opener: UnrealdbOpener | None) -> UnrealircdSource:
    settings = UnrealircdSettings(kind="unrealircd", root=root)
    return UnrealircdSource(name="ircd", settings=settings, clock=clock, check=UnrealircdCheck(opener))


@pytest.fixture
def harbour(tmp_path: Path) -> Harbour:
    """Two bans were saved; then one of them went, and two came."""
    grove = make_grove(tmp_path, FakeClock(), repository_folder="ircd")
    ircd = Ircd(grove.root)
    site = TreeSite(source=source(grove.root, grove.clock, None), root=grove.root, control=ircd)
    grove.engine.trees = (site,)
    ircd.save()
    (grove.root / "channel.db").write_bytes(unrealdb.plain(unrealdb.channels([unrealdb.channel(b"#a")])))
    (grove.root / "tkl.db").chmod(0o600)
    grove.save()
    ircd.bans = {"evil.example", "new.example", "newer.example"}
    ircd.save()
    return Harbour(grove, ircd)


def test_bans_come_back_and_the_last_ones_go(harbour: Harbour) -> None:
    """The IRCd saves at its stop, after the plan was made: what it saved then is what an undo brings back."""
    plan = harbour.plan()
    assert plan.plan.powers == ("1 ban that is not set now", "2 bans that are set now no more")
    assert "bans 3 → 2" in plan.plan.notes
    assert plan.second == ("bans come back or go",)
    assert "DISCONNECTED" in plan.restart
    harbour.ircd.bans.add("worse.example")  # since the plan was made
    report = harbour.grove.carry_out(plan)
    assert harbour.ircd.did == ["stop", "start"]
    assert harbour.ircd.bans == BANS
    assert report.before_image.joinpath("tkl.db").read_bytes() == tkl(
        {"evil.example", "new.example", "newer.example", "worse.example"}
    )
    harbour.ircd.save()  # it writes its files by itself, time and again
    undo = harbour.grove.plan_undo(report.id)
    assert undo.second
    harbour.grove.carry_out(undo)
    assert harbour.ircd.bans == {"evil.example", "new.example", "newer.example", "worse.example"}


def test_no_address_and_no_host_is_in_a_plan(harbour: Harbour) -> None:
    told = repr(harbour.plan()) + str(harbour.plan().as_dict())
    assert "example" not in told.replace("example.test", "")


@pytest.mark.parametrize("size", [-5, 60, 0])
def test_a_damaged_one_of_the_snapshot_is_refused_by_name(harbour: Harbour, size: int) -> None:
    """It was saved all the same, with a warning; the others can come back."""
    good = (harbour.grove.root / "tkl.db").read_bytes()
    (harbour.grove.root / "tkl.db").write_bytes(good[:size])
    harbour.grove.save()
    (harbour.grove.root / "channel.db").write_bytes(unrealdb.plain(unrealdb.channels([])))
    (harbour.grove.root / "tkl.db").write_bytes(good)
    plan = harbour.plan()
    assert plan.blocked.startswith("tkl.db of the snapshot is damaged: it ")
    with pytest.raises(PlanBlocked):
        harbour.grove.carry_out(plan)
    assert not harbour.ircd.did
    assert not harbour.plan("channel.db").blocked


@pytest.mark.parametrize(
    ("reads", "why"),
    [(Ircd.refuse, "put it aside as tkl.db.corrupt"), (Ircd.end, "does not run 30 s after its start")],
    ids=["puts-aside", "ends"],
)
def test_what_it_would_not_live_with_goes_again(harbour: Harbour, reads: Callable[[Ircd], None], why: str) -> None:
    harbour.ircd.reads = reads
    with pytest.raises(RestoreFailed, match=why):
        harbour.grove.carry_out(harbour.plan())
    assert harbour.ircd.did[-1] == "start"
    assert harbour.ircd.bans == {"evil.example", "new.example", "newer.example"}
    assert harbour.grove.step() == "rolled back"


def test_one_that_does_not_start_on_its_old_files_either_is_told_with_both_truths(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are back and the IRCd is down; the next start tries again, and ends it."""

    def refuse(_ircd: Ircd) -> None:
        raise ControlFailed("the start command failed")

    plan = harbour.plan()
    with monkeypatch.context() as patch:
        patch.setattr(Ircd, "start", refuse)
        with pytest.raises(RestoreFailed, match="BUT THE PROGRAM IS NOT BACK ON THEM: the start command") as caught:
            harbour.grove.carry_out(plan)
    assert "The old files are back in place" in caught.value.message
    assert "putting the old files back failed" not in caught.value.message
    assert (harbour.grove.root / "tkl.db").read_bytes() == tkl({"evil.example", "new.example", "newer.example"})
    assert harbour.grove.step() == "starting"
    harbour.grove.engine.revive()
    assert harbour.ircd.is_running()


def test_one_that_cannot_be_stopped_keeps_its_files(harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_ircd: Ircd) -> None:
        raise ControlFailed("it still runs")

    monkeypatch.setattr(Ircd, "stop", refuse)
    before = harbour.grove.looks()
    with pytest.raises(RestoreFailed, match="still runs"):
        harbour.grove.carry_out(harbour.plan())
    assert harbour.grove.looks() == before


def test_one_that_was_down_stays_down(harbour: Harbour) -> None:
    harbour.ircd.stop()
    harbour.ircd.did.clear()
    report = harbour.grove.carry_out(harbour.plan())
    assert not harbour.ircd.did
    assert "the IRCd was down, and was not started" in report.notes
    assert (harbour.grove.root / "tkl.db").read_bytes() == tkl(BANS)


def test_where_nobody_may_stop_it_a_running_one_blocks(harbour: Harbour, tmp_path: Path) -> None:
    """Only what is certain counts: its own pid file, and a process of its name."""
    harbour.ircd.can_act = False
    assert not harbour.plan().blocked
    assert "control is none" in harbour.plan().restart
    program = tmp_path / "unrealircd"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "30"]) as process:
        comm = Path(f"/proc/{process.pid}/comm")
        until(lambda: comm.read_text() == "unrealircd\n", "it has its own name")
        (harbour.grove.root / "unrealircd.pid").write_text(f"{process.pid}\n")
        assert "UnrealIRCd runs" in harbour.plan().blocked
        process.terminate()
    assert not harbour.plan().blocked


def opener(folder: Path, secret: str) -> UnrealdbOpener:
    (folder / "secret").write_text(secret)
    (folder / "secret").chmod(0o600)
    return UnrealdbOpener([Secret(file=str(folder / "secret"))])


def encrypt(harbour: Harbour, hosts: set[str], secret: str = unrealdb.SECRET) -> None:
    content = unrealdb.encrypted(unrealdb.bans([unrealdb.gline(host.encode()) for host in sorted(hosts)]), secret)
    (harbour.grove.root / "tkl.db").write_bytes(content)


def test_one_of_another_secret_is_refused(harbour: Harbour, tmp_path: Path) -> None:
    """UnrealIRCd does not start with it."""
    encrypt(harbour, BANS, "the secret of last year")
    harbour.grove.save()
    encrypt(harbour, {"new.example"})
    harbour.open_with(opener(tmp_path, unrealdb.SECRET))
    assert "encrypted with another secret" in harbour.plan().blocked
    harbour.open_with(opener(tmp_path, "the secret of last year"))
    assert not harbour.plan().blocked


def test_encrypted_ones_are_counted_with_their_secret(harbour: Harbour, tmp_path: Path) -> None:
    harbour.open_with(opener(tmp_path, unrealdb.SECRET))
    encrypt(harbour, BANS)
    harbour.grove.save()
    encrypt(harbour, {"new.example"})
    plan = harbour.plan()
    assert "bans 1 → 2" in plan.plan.notes
    harbour.open_with(None)
    plan = harbour.plan()
    assert plan.second == ("bans may come back or go, and cannot be read here",)
    assert any("judged by the length alone" in note for note in plan.plan.notes)


def test_an_encrypted_one_where_unrealircd_writes_plain_ones_must_be_chosen(harbour: Harbour) -> None:
    encrypt(harbour, BANS)
    harbour.grove.save()
    harbour.ircd.save()
    assert harbour.plan().blocked
    assert [conflict.item for conflict in harbour.plan().plan.conflicts] == ["encrypted"]
    assert not harbour.plan(anyway="encrypted").blocked


def test_one_that_is_newer_must_be_chosen(harbour: Harbour) -> None:
    """Who cannot read it does not call it damaged, and does not put it in place unasked either."""
    (harbour.grove.root / "channel.db").write_bytes(unrealdb.plain(unrealdb.u32(101) + bytes(8)))
    harbour.grove.save()
    (harbour.grove.root / "channel.db").write_bytes(unrealdb.plain(unrealdb.channels([])))
    assert harbour.plan().blocked
    assert not harbour.plan(anyway="unjudged").blocked


def test_a_crash_before_the_start_leaves_the_old_files_and_a_running_ircd(harbour: Harbour) -> None:
    def crash(_ircd: Ircd) -> None:
        if len(harbour.ircd.did) == 2:
            raise KeyboardInterrupt

    harbour.ircd.reads = crash
    plan = harbour.plan()
    with pytest.raises(KeyboardInterrupt):
        harbour.grove.carry_out(plan)
    assert harbour.ircd.runs
    assert "new.example" in harbour.ircd.bans
    assert (harbour.grove.root / "tkl.db").read_bytes() == tkl({"evil.example", "new.example", "newer.example"})


def test_after_a_kill_it_runs_again_on_what_it_had(harbour: Harbour) -> None:
    """The bot was killed right after the files were put in place."""
    report = harbour.grove.carry_out(harbour.plan())
    folder = RestoreFolder(harbour.grove.state)
    (record,) = folder.all()
    folder.write(record, "replaced")
    harbour.ircd.runs = False
    things: Things = harbour.grove.engine.things
    (told,) = things.revive()
    assert report.id in told
    assert harbour.ircd.runs
    assert harbour.ircd.bans == {"evil.example", "new.example", "newer.example"}


def test_bans_of_inspircd_are_told_too(tmp_path: Path) -> None:
    grove = make_grove(tmp_path, FakeClock(), repository_folder="ircd")
    line = "LINE {} alice 1795000000 0 :spam\n"
    (grove.root / "xline.db").write_text("VERSION 1\n" + line.format("G *@evil.example"))
    grove.save()
    (grove.root / "xline.db").write_text("VERSION 1\n")
    plan = grove.plan(thing="ircd")
    assert plan.plan.powers == ("1 ban that is not set now",)
    assert plan.second == ("bans come back or go",)
    (grove.root / "xline.db").write_text("VERSION 1\n" + line.format("G *@evil.example")[:-9])
    grove.save()
    (grove.root / "xline.db").write_text("VERSION 1\n")
    assert "ends within a line" in grove.plan(thing="ircd").blocked
