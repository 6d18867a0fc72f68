"""A host with a database, a tree of files, signed snapshots, a repository and a copy: to break and to look at."""

import shutil
from collections.abc import Collection
from pathlib import Path

from bot.config import load
from bot.wiring import build_engine
from core.crypto.age import generate_identity, write_identity
from core.crypto.signing import generate_signing_key, write_signing_key
from core.disk import is_temporary
from core.operations.engine import Engine
from core.repository.repository import Repository

BEFORE = (Path(__file__).parents[1] / "vectors" / "atheme" / "before.db").read_bytes()
_STORES = ("state", "disk", "far")


class Quiet:
    def step(self, text: str) -> None:
        del text


def version(number: int) -> bytes:
    """The database after `number` changes of one row."""
    return BEFORE.replace(b"https://alice.example.net/", b"https://alice.example.net/%d" % number)


class Premises:
    """Everything lies in one folder; `keep` and `again` make it as it was, as often as wanted."""

    def __init__(self, folder: Path, *, policy: str = "", copy: bool = True) -> None:
        self.folder = folder
        self.database, self.tree, self.config = folder / "services.db", folder / "etc", folder / "bot.toml"
        self.tree.mkdir(parents=True)
        identity, recipient = generate_identity()
        write_identity(folder / "host.key", identity)
        secret, public = generate_signing_key()
        write_signing_key(folder / "signing.key", secret)
        far = f'storage.far = {{ kind = "local", path = "{folder}/far" }}\n' if copy else ""
        self.config.write_text(f"""\
state_dir = "{folder}/state"
network = {{ name = "N", host = "h" }}
storage.disk = {{ kind = "local", path = "{folder}/disk" }}
{far}[keys]
recipients = ["{recipient}", "{generate_identity()[1]}"]
identity = "{folder}/host.key"
signing = "{folder}/signing.key"
trusted = ["{public}"]
[sources.services]
kind = "atheme"
database = "{self.database}"
casemapping = "rfc1459"
control = {{ kind = "none" }}
[sources.config]
kind = "files"
folder = "config"
root = "{self.tree}"
paths = ["."]
{policy}""")
        self.change(0)

    def change(self, number: int, *, tree: bool = True) -> None:
        """Life goes on: another save, and a file more."""
        self.database.write_bytes(version(number))
        if tree:
            (self.tree / f"{number}.conf").write_text(f"port {number}\n" * 40)

    def words(self, *words: str) -> list[str]:
        """A command line of ours."""
        return [*words, "--config", str(self.config), "--quiet"]

    def engine(self) -> Engine:
        """The next run: it knows nothing but what lies there."""
        return build_engine(load(self.config))

    def back_up(self, *numbers: int) -> None:
        for number in numbers:
            self.change(number)
            self.engine().back_up(reason="test", progress=Quiet())

    def sync(self) -> None:
        for report in self.engine().sync(progress=Quiet()):
            assert not report.trouble, report

    def keep(self) -> None:
        """What `again` goes back to."""
        for name in (*_STORES, "bot.toml", "host.key"):
            _copy(self.folder / name, self.folder / "kept" / name)

    def again(self) -> None:
        for name in (*_STORES, "bot.toml", "host.key"):
            _copy(self.folder / "kept" / name, self.folder / name)

    def look(self, where: object, *, left: Collection[str] = ()) -> dict[str, set[str]]:
        """Everything that is listed anywhere opens, and nothing is wrong; `left` must be there. Ids by storage."""
        engine, found = self.engine(), {}
        for place in (engine.repository, *engine.copies):
            snapshots = place.snapshots()
            assert not place.problems, (where, place.problems)
            for report in engine.verify_all(level=2, storage=place.name, progress=Quiet()):
                assert report.verdict == "proven", (where, report)
            self._are_contents(place, where)
            found[place.name] = {snapshot.id for snapshot in snapshots}
            assert set(left) <= found[place.name], where
        return found

    @staticmethod
    def _are_contents(place: Repository, where: object) -> None:
        """Of the database: each is one of those that were saved, and no two are the same."""
        contents = [place.content(snapshot) for snapshot in place.snapshots("services")]
        assert set(contents) <= {version(number) for number in range(20)}, where
        assert len(set(contents)) == len(contents), where

    def temporaries(self) -> list[Path]:
        """Files that somebody has not finished."""
        return [path for name in _STORES for path in (self.folder / name).rglob(".*") if is_temporary(path.name)]


def _copy(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        target.parent.mkdir(exist_ok=True)
        shutil.copy2(source, target)
    else:
        target.unlink(missing_ok=True)
