"""Debian's Ceph on loopback: one monitor, one OSD in memory, and radosgw, which checks every signature."""

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.demo.certificates import make_pair
from tests.lab.real import find_program
from tests.lab.s3.place import Place
from tests.lab.s3.processes import end, free_port, listens, start, wait

PROGRAMS = ("ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
HERE = Path(__file__).parent


@contextmanager
def radosgw(folder: Path) -> Iterator[Place]:
    """A running one. Nothing outlives it: its objects lie in memory."""
    port = free_port()
    ceph = _Ceph(folder, mon_port=free_port(), gateway_port=port)
    try:
        ceph.start()
        wait("radosgw", lambda: listens("127.0.0.1", port), ceph.children[-1], folder / "radosgw.log")
        yield Place(host="127.0.0.1", port=port, key="LABKEY", secret="labsecretlabsecret", ca=str(folder / "ca.pem"))
    finally:
        end(ceph.children[::-1])


class _Ceph:
    def __init__(self, folder: Path, *, mon_port: int, gateway_port: int) -> None:
        self.folder = folder
        self.children: list[subprocess.Popen[bytes]] = []
        self._mon = f"v2:127.0.0.1:{mon_port}"
        self._cluster = str(uuid.uuid4())
        for name in ("mon", "osd", "rgw"):
            (folder / name).mkdir()
        make_pair(folder, host="localhost")
        text = (HERE / "ceph.conf").read_text()
        marks = {"@DIR@": folder, "@CLUSTER@": self._cluster, "@MON@": self._mon, "@PORT@": gateway_port}
        for mark, value in marks.items():
            text = text.replace(mark, str(value))
        (folder / "ceph.conf").write_text(text)

    def start(self) -> None:
        self._make_keys()
        self._start_monitor()
        self._start_osd()
        self._run(
            "radosgw-admin", "-n", "client.admin", "user", "create", "--uid=lab", "--display-name=lab",
            "--access-key=LABKEY", "--secret=labsecretlabsecret",
        )  # fmt: skip
        self._start("radosgw", "-n", "client.rgw", "-f")

    def _make_keys(self) -> None:
        ring = str(self.folder / "keyring")
        all_of = {name: ("--cap", name, "allow *") for name in ("mon", "osd", "mgr")}
        people = {
            "mon.": all_of["mon"],
            "client.admin": (*all_of["mon"], *all_of["osd"], *all_of["mgr"]),
            "client.rgw": (*all_of["mon"], *all_of["osd"]),
            "osd.0": ("--cap", "mon", "allow profile osd", *all_of["osd"]),
        }
        for number, (name, rights) in enumerate(people.items()):
            self._run("ceph-authtool", *(["--create-keyring"] * (number == 0)), ring, "--gen-key", "-n", name, *rights)
        for name in ("osd", "rgw"):
            shutil.copy(ring, self.folder / name / "keyring")

    def _start_monitor(self) -> None:
        monmap = str(self.folder / "monmap")
        self._run("monmaptool", "--create", "--fsid", self._cluster, "--addv", "a", f"[{self._mon}]", monmap)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        self._start("ceph-mon", "-i", "a", "-f")

    def _start_osd(self) -> None:
        name = str(uuid.uuid4())
        self._run("ceph", "osd", "new", name, "0")
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", name)
        self._start("ceph-osd", "-i", "0", "-f")

    def _words(self, program: str, *words: str) -> list[str]:
        options = [] if program in {"ceph-authtool", "monmaptool"} else ["-c", str(self.folder / "ceph.conf")]
        return [find_program(program) or program, *options, *words]

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            self._words(program, *words), cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{program} {words[0]}: {done.stderr[-2000:]}")

    def _start(self, program: str, *words: str) -> None:
        self.children.append(start(self._words(program, *words), self.folder / f"{program}.log"))
