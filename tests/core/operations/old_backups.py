"""A backup folder as scripts leave it: made with the real gzip, tar, openssl and sqlite3, under their names."""

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from core.crypto.openssl_enc import OpensslOpener
from core.formats.openssl_enc import derivations
from core.operations.import_folder import ImportReport
from core.operations.import_plan import ImportPlan, Item
from core.operations.plan_import import LIMIT, Reading
from core.ports import Progress
from tests.conftest import require
from tests.core.operations.world import World

PASSPHRASE = "m5w+Qz/8="  # of archives that are made here


def typed(*words: str | Path, stdin: bytes = b"") -> bytes:
    """What a script types."""
    require(str(words[0]))
    return subprocess.run(words, input=stdin, capture_output=True, timeout=60, check=True).stdout


@dataclass
class OldBackups:
    """The folder."""

    folder: Path

    def path(self, kind: str, name: str) -> Path:
        place = self.folder / kind / name
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def database(self, stamp: str, content: bytes) -> Path:
        """`atheme_STAMP.db.gz`, whose own time says nothing: it was copied a while ago."""
        plain = self.path("databases", f"atheme_{stamp}.db")
        plain.write_bytes(content)
        typed("gzip", plain)
        os.utime(packed := plain.with_name(f"{plain.name}.gz"), (1_795_000_000,) * 2)
        return packed

    def sqlite(self, stamp: str, script: str) -> Path:
        """The same, of an SQLite database, through `.backup` of the sqlite3 program."""
        live = self.path("live", "atheme.db")
        typed("sqlite3", live, stdin=script.encode())
        plain = self.path("databases", f"atheme_{stamp}.db")
        typed("sqlite3", live, f".backup '{plain}'")
        typed("gzip", plain)
        typed("rm", "-r", live.parent)
        return plain.with_name(f"{plain.name}.gz")

    def archive(self, kind: str, stamp: str, *options: str, sealed: bool = False) -> Path:
        """`ssl_STAMP.tar.gz.enc` or `config_STAMP.tar.gz`."""
        tree = self.path("tree", "conf/server.pem").parent
        (tree / "server.pem").write_text("a certificate\n")
        (tree / "server.key").write_text("a key\n")
        packed = self.path(kind, f"{kind}_{stamp}.tar.gz")
        typed("tar", "-czf", packed, "-C", tree.parent, tree.name)
        typed("rm", "-r", tree.parent)
        return self.seal(packed, *options) if sealed else packed

    def seal(self, path: Path, *options: str) -> Path:
        """`openssl enc`, as a script calls it, and the plain file is removed."""
        sealed = path.with_name(f"{path.name}.enc")
        words = ["openssl", "enc", "-aes-256-cbc", "-salt", *options, "-in", str(path), "-out", str(sealed)]
        typed(*words, "-k", PASSPHRASE)
        path.unlink()
        return sealed

    def state(self) -> dict[str, tuple[int, bytes]]:
        """Everything in it, to see that nothing changed."""
        files = (path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink())
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def reading(*passphrases: str, limit: int = LIMIT) -> Reading:
    """As the command line makes it, with times in UTC."""
    opener = OpensslOpener([text.encode() for text in passphrases], derivations()) if passphrases else None
    return Reading(opener=opener, limit=limit, zone=UTC)


def planned(world: World, old: OldBackups, progress: Progress, how: Reading | None = None) -> ImportPlan:
    return world.engine.plan_import(old.folder, how or reading(PASSPHRASE), progress=progress)


def imported(world: World, old: OldBackups, progress: Progress, how: Reading | None = None) -> ImportReport:
    how = how or reading(PASSPHRASE)
    return world.engine.import_folder(planned(world, old, progress, how), how, by="test", progress=progress)


def only(plan: ImportPlan, end: str = "") -> Item:
    """The one file whose name ends so."""
    (item,) = (item for item in plan.items if item.name.endswith(end))
    return item
