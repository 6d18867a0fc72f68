"""A copy that is out of reach: backups go on, it is told how far it is behind, and the outage ends by itself."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.premises import Premises
from tests.faults.striking import Striker
from tests.faults.tcpfault import FaultyLink
from tests.lab.ssh import SshServer

pytestmark = [pytest.mark.fault, pytest.mark.timeout(120)]


@pytest.fixture
def striker(tmp_path: Path) -> Iterator[Striker]:
    with Striker(tmp_path) as striker:
        yield striker


@pytest.fixture
def link(sshd: SshServer) -> Iterator[FaultyLink]:
    with FaultyLink(("127.0.0.1", sshd.port)) as link:
        sshd.know(link.port)
        yield link


@pytest.fixture
def premises(tmp_path: Path, sshd: SshServer, link: FaultyLink) -> Premises:
    """Its copy lies on a real SSH server, behind the link."""
    premises = Premises(tmp_path / "w", copy=False)
    words = json.loads(sshd.settings(tmp_path / "far", port=link.port).model_dump_json(exclude_none=True))
    table = "".join(f"{key} = {json.dumps(value)}\n" for key, value in words.items())
    text = premises.config.read_text()
    premises.config.write_text(text.replace("[keys]", f"[storage.far]\n{table}[keys]", 1))
    return premises


def test_an_outage_loses_nothing_and_ends_by_itself(premises: Premises, striker: Striker, link: FaultyLink) -> None:
    """Down for three backups, the last of which tries the copy and fails; up again: one sync brings all, in order."""
    premises.back_up(1)
    premises.sync()
    before = premises.look("before")
    link.refuse()
    for number in (2, 3):
        premises.change(number)
        assert striker.run(premises.words("backup", "--no-sync")).code == 0
    premises.change(4)
    done = striker.run(premises.words("backup"))
    assert done.code == 1
    assert done.said.count("new ") == 2
    assert "! far is behind (what it lacks cannot be told)" in done.said
    assert "nobody listens" in done.said
    status = striker.run(premises.words("status"))
    assert status.code == 1
    assert "(6 snapshots): `sync` brings it up to date" in status.said
    link.listen()
    again = striker.run(premises.words("sync"))
    assert (again.code, again.said) == (0, "6 snapshots copied to far\n")
    found = premises.look("after")
    assert found["far"] == found["disk"] > before["far"]
    status = striker.run(premises.words("status"))
    assert (status.code, "far up to date" in status.said) == (0, True), status
