"""Two linked InspIRCds: the bot and services on the one, who is far away on the other, and a link that can be cut."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from bot.demo.person import Person
from tests.faults.tcpfault import FaultyLink
from tests.lab.network import HERE, Lab, as_user, free_port, give_away, stop_process, wait_for_port
from tests.lab.real import find_program
from tests.machine import until
from tests.stages.real import RealStage, real

Cut = Literal["squit", "reset"]
FAR = "far.lab.test"
_LINK = """
<link name="{name}" ipaddr="127.0.0.1" port="{port}" allowmask="127.0.0.1/32" sendpass="lablink" recvpass="lablink">
"""


class LinkedStage:
    """A stage, and another server behind a link."""

    def __init__(self, near: RealStage, link: FaultyLink, far_port: int) -> None:
        self.near = near
        self.far_port = far_port
        self._link = link

    def merge(self) -> None:
        """Link the servers (again), and wait until each knows the other's people."""
        self._link.listen()
        with self._oper("far") as far, self._oper("near") as near:
            far.send("CONNECT irc.lab.test")
            until(lambda: _sees(far, "BackupServ") and _sees(near, far.nick), "the servers are linked")

    def cut(self, how: Cut) -> None:
        """Split the network: "squit" by an oper's word, "reset" by a broken connection."""
        with self._oper("far") as far, self._oper("near") as near:
            if how == "squit":
                near.send(f"SQUIT {FAR} :we split")
            else:
                self._link.refuse()
            until(lambda: not _sees(near, far.nick), "this side knows of the split")
            # InspIRCd does not always see at once that a link is dead.
            far.send("SQUIT irc.lab.test :we split")
            until(lambda: not _sees(far, "BackupServ"), "the other side knows of the split")

    @contextmanager
    def _oper(self, side: str) -> Iterator[Person]:
        with self.near.somebody(f"{side}-oper", port=self.far_port if side == "far" else 0) as oper:
            yield oper


def _sees(person: Person, nick: str) -> bool:
    person.send(f"ISON {nick}")
    return nick in person.wait(" 303 ").rpartition(":")[2]


@contextmanager
def linked(folder: Path) -> Iterator[LinkedStage]:
    """Both servers, linked, until the block ends."""
    with (
        real(folder, "inspircd", change=_expect_the_far_one) as near,
        FaultyLink(("127.0.0.1", near.lab.link_port)) as link,
    ):
        place, tls_port = near.lab.folder / "far", free_port()
        _lay_out_far(near.lab, place, tls_port, link.port)
        words = [*as_user(), find_program("inspircd") or "inspircd", "--config", str(place / "inspircd.conf")]
        subprocess.run(words, check=True, capture_output=True, timeout=20)
        try:
            wait_for_port(tls_port)
            stage = LinkedStage(near, link, tls_port)
            stage.merge()
            yield stage
        finally:
            stop_process(place / "inspircd.pid")


def _expect_the_far_one(lab: Lab) -> None:
    with (lab.folder / "inspircd.conf").open("a") as config:
        config.write(_LINK.format(name=FAR, port=1))


def _lay_out_far(lab: Lab, place: Path, tls_port: int, link_port: int) -> None:
    place.mkdir()
    text = (HERE / "inspircd.conf").read_text()
    for mark, value in {
        'name="irc.lab.test"': f'name="{FAR}"',
        'id="1AA"': 'id="1AB"',
        "@DIR@/server": f"{lab.folder}/server",
        "@DIR@": str(place),
        "@TLS@": str(tls_port),
        "@LINK@": str(free_port()),
    }.items():
        text = text.replace(mark, value)
    (place / "inspircd.conf").write_text(text + _LINK.format(name="irc.lab.test", port=link_port))
    give_away(place)
