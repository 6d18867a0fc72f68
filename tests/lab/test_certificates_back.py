"""Certificates come back under fifty connected people: nobody is dropped, and every port serves what it should."""

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pytest

from bot.config import load
from bot.wiring import build_engine
from core.control.handshake import TlsHandshake
from core.domain.errors import RestoreFailed
from core.domain.thing import ThingWish
from core.operations.engine import Engine
from core.operations.proposal import Proposal
from core.operations.restore_report import RestoreReport
from core.operations.things.proposal import ThingProposal
from tests.conftest import require
from tests.core.certificates.pki import Identity, signed
from tests.fakes import RecordingProgress
from tests.lab.bot import write_config
from tests.lab.fixture import running_lab
from tests.lab.network import Lab, free_port, give_away
from tests.lab.person import Person
from tests.lab.real import find_program

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

_PEOPLE = 50
_NOW = datetime.now(UTC)
_ROOT = signed("root", now=_NOW, days=3650, authority=True)
_FIRST = signed("localhost", by=_ROOT, now=_NOW, days=40, since=50)
_SECOND = signed("localhost", by=_ROOT, now=_NOW, days=80, since=10)
_EXPIRED = signed("localhost", by=_ROOT, now=_NOW, days=-1)


class Quay:
    """A server with two TLS ports, its certificates as certbot keeps them, and the people on it."""

    def __init__(self, lab: Lab, port: int, folder: Path) -> None:
        self.lab, self.folder = lab, folder
        self.root = lab.folder / "tls"
        self.serves = tuple(f"127.0.0.1:{number}" for number in (lab.tls_port, port))
        self.script = folder / "reload"
        self.engine = self._engine()
        self.people: list[Person] = []

    def _engine(self) -> Engine:
        config = write_config(self.lab, self.folder, ask='kind = "none"', irc=False)
        ports = ", ".join(f'"{address}"' for address in self.serves)
        source = f'[sources.certificates]\nkind = "tls"\nroot = "{self.root}"\nserves = [{ports}]\n'
        reload = f'reload = {{ kind = "command", config = ["sh", "{self.script}"] }}\n'
        config.write_text(f"{config.read_text()}{source}{reload}")
        return build_engine(load(config))

    def come(self) -> Self:
        def one(number: int) -> Person:
            port = int(self.serves[number % 2].rpartition(":")[2])
            return Person(f"guest{number}", port, self.lab.ca)

        with ThreadPoolExecutor(25) as pool:
            self.people = list(pool.map(one, range(_PEOPLE)))
        return self

    def put(self, number: int, made: Identity) -> None:
        put(self.root, number, made)
        give_away(self.root)

    def tell(self, script: str) -> None:
        self.script.write_text(script)

    def truthful(self) -> None:
        self.tell(f'kill -USR1 "$(cat {self.lab.ircd_pidfile})"\n')

    def reload(self) -> None:
        """By hand, once: the server looks every five seconds whether it was signalled."""
        subprocess.run([find_program("sh") or "sh", self.script], check=True)
        deadline = time.monotonic() + 15
        while self.served() != {_SECOND.fingerprint} and time.monotonic() < deadline:
            time.sleep(0.1)

    def save(self) -> str:
        (report,) = self.engine.back_up(reason="test", only=["certificates"], progress=RecordingProgress())
        return report.snapshot.id

    def plan(self, snapshot: str, *anyway: str, paths: tuple[str, ...] = ()) -> ThingProposal:
        wish = ThingWish(thing="tls", paths=paths, anyway=frozenset(anyway))
        return self.engine.plan_thing(wish, snapshot, progress=RecordingProgress())

    def restore(self, plan: Proposal) -> RestoreReport:
        return self.engine.restore(plan, by="alice", progress=RecordingProgress())

    def served(self) -> set[str]:
        return {TlsHandshake().served(address).fingerprint for address in self.serves}

    def nobody_was_dropped(self) -> None:
        """Each of them is answered on the connection that they came by."""
        for number, person in enumerate(self.people):
            person.send(f"PING :still{number}")
            person.wait(rf" PONG \S+ :still{number}$")
            assert not [line for line in person.heard if line.startswith("ERROR")]


def put(root: Path, number: int, made: Identity) -> None:
    """As certbot renews."""
    (root / "archive" / "localhost").mkdir(parents=True, exist_ok=True)
    (root / "live" / "localhost").mkdir(parents=True, exist_ok=True)
    for name, content in (("fullchain", made.pem), ("privkey", made.key_pem)):
        file, link = root / f"archive/localhost/{name}{number}.pem", root / f"live/localhost/{name}.pem"
        file.write_bytes(content)
        file.chmod(0o600)
        new = link.with_suffix(".new")
        new.symlink_to(f"../../archive/localhost/{file.name}")
        new.replace(link)


def _settle(lab: Lab, port: int) -> None:
    put(lab.folder / "tls", 1, _FIRST)
    (lab.folder / "tls" / "ca.pem").write_bytes(_ROOT.pem)
    lab.ca.write_bytes(_ROOT.pem)
    conf = lab.folder / "inspircd.conf"
    text = conf.read_text()
    for old, new in (("server.pem", "fullchain"), ("server.key", "privkey")):
        text = text.replace(f"{lab.folder}/{old}", f"{lab.folder}/tls/live/localhost/{new}.pem")
    bind = f'<bind address="127.0.0.1" port="{port}" type="clients" sslprofile="clients">\n'
    conf.write_text(f'{text}{bind}<module name="sslrehashsignal">\n')
    give_away(lab.folder)


@pytest.fixture(scope="module")
def quay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quay]:
    require("inspircd", "atheme-services")
    port = free_port()
    with running_lab("inspircd", settle=lambda lab: _settle(lab, port)) as lab:
        quay = Quay(lab, port, tmp_path_factory.mktemp("bot")).come()
        yield quay
        for person in quay.people:
            person.leave()


@pytest.fixture(scope="module")
def first(quay: Quay) -> str:
    """The snapshot of the first pair; the second one lies there and is served since."""
    assert quay.served() == {_FIRST.fingerprint}
    saved = quay.save()
    quay.put(2, _SECOND)
    return saved


@pytest.fixture
def renewed(quay: Quay, first: str) -> Iterator[str]:
    """The second pair is served, before and after."""
    quay.truthful()
    if quay.served() != {_SECOND.fingerprint}:
        quay.reload()
    assert quay.served() == {_SECOND.fingerprint}
    yield first
    assert quay.served() == {_SECOND.fingerprint}
    quay.nobody_was_dropped()


def test_a_pair_comes_back_on_every_port_and_goes_again_and_nobody_is_dropped(quay: Quay, renewed: str) -> None:
    """The links are pointed back, and what certbot has put beside them stays."""
    report = quay.restore(quay.plan(renewed, "older"))
    assert quay.served() == {_FIRST.fingerprint}
    assert (quay.root / "live/localhost/privkey.pem").readlink() == Path("../../archive/localhost/privkey1.pem")
    assert (quay.root / "archive/localhost/privkey2.pem").exists()
    quay.nobody_was_dropped()
    with Person("newcomer", quay.lab.tls_port, quay.lab.ca) as newcomer:
        newcomer.send("PING :new")
        newcomer.wait(r" PONG ")
    quay.restore(quay.engine.plan_undo(report.id, progress=RecordingProgress()))


def test_a_wrong_key_is_refused_before_anything_is_touched(quay: Quay, renewed: str) -> None:
    plan = quay.plan(renewed, "older", paths=("live/localhost/privkey.pem",))
    assert plan.blocked.startswith("the key live/localhost/privkey.pem would not belong to the certificate")


def test_an_expired_certificate_is_refused_before_anything_is_touched(quay: Quay, renewed: str) -> None:
    del renewed
    quay.put(3, _EXPIRED)
    expired = quay.save()
    quay.put(2, _SECOND)
    plan = quay.plan(expired, "older")
    assert "has expired" in plan.blocked
    assert "say `anyway expired`" in plan.blocked


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 1\n", "the reload command failed"),
        ("exit 0\n", "was told to reload, and serves another certificate than lies there now"),
    ],
    ids=["fails", "lies"],
)
def test_a_reload_that_fails_or_lies_leaves_the_old_pair_serving(
    quay: Quay, renewed: str, script: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.operations.things.tls.PATIENCE", 1.0)  # nothing comes of it: no need to wait for it
    plan = quay.plan(renewed, "older")
    quay.tell(script)
    with pytest.raises(RestoreFailed, match=why):
        quay.restore(plan)
    assert (quay.root / "live/localhost/privkey.pem").readlink() == Path("../../archive/localhost/privkey2.pem")
