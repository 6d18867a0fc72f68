"""The whole project back: services killed, every folder that is bound into the containers emptied, and two opers."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.demo.certificates import make_client
from tests.lab.bot import backupserv, running_bot
from tests.lab.docker.stack import PROJECT, Stack
from tests.lab.opers import BOT, tell
from tests.lab.people import join_as
from tests.lab.person import Person
from tests.lab.seat import seated

pytestmark = pytest.mark.lab


def configure(stack: Stack, folder: Path) -> Path:
    """Every folder of the project is a source, and the project one unit; two opers have certificates."""
    config = stack.write_bot(folder)
    ircd = f'control = {{ kind = "docker", container = "ircd", socket = "{stack.engine.socket}" }}'
    trees = {
        "project": f'kind = "files"\nfolder = "config"\nroot = "{stack.folder}"\npaths = [".env", "compose.yaml"]',
        "conf": f'kind = "files"\nfolder = "config"\nroot = "{stack.folder}/conf"\nexclude = ["tls/**"]\n{ircd}',
        "certificates": f'kind = "tls"\nroot = "{stack.ca.parent}"\nserves = ["127.0.0.1:{stack.tls_port}"]\n{ircd}',
        "bans": f'kind = "files"\nfolder = "ircd"\nroot = "{stack.folder}/data/ircd"\ninclude = ["xline.db"]\n{ircd}',
    }
    text = "".join(f"[sources.{name}]\n{lines}\n" for name, lines in trees.items())
    text += f'[recovery]\nobjective = "10m"\n[recovery.unit]\nkind = "compose"\nproject = "{PROJECT}"\n'
    text += f'socket = "{stack.engine.socket}"\norder = ["ircd", "atheme"]\n'
    for name in ("carla", "dora"):
        text += f'[access.people.{name}]\ncertfps = ["{make_client(folder, name)}"]\nroles = ["restore", "approve"]\n'
    before = config.read_text().replace("reconnect_seconds = 0.5", "reconnect_seconds = 3")
    config.write_text(f"{before}\n{text}")
    return config


def empty(stack: Stack, *names: str) -> None:
    """Nothing is left in these folders of the project; they themselves stay, as volumes do."""
    for name in names:
        for path in (stack.folder / name).iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def run(config: Path, *words: str) -> str:
    done = subprocess.run(
        backupserv(*words, "--config", str(config)), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def identify(stack: Stack) -> None:
    """Alice and bob have their passwords, and alice her memo."""
    with join_as(stack, "alice", password="alice-password") as alice:
        alice.ask("MemoServ", "LIST", "bob")
    join_as(stack, "bob", password="bob-password").leave()


def test_killed_and_emptied_it_comes_back_from_the_channel_and_from_the_command_line(
    stack: Stack, tmp_path: Path
) -> None:
    """First services die, with the IRCd left in its memory; then both. People identify again, and the time is told."""
    config = configure(stack, tmp_path)
    with running_bot(config):
        run(config, "backup")
        with seated(stack, "carla", "labop", tmp_path) as carla, seated(stack, "dora", "labop2", tmp_path) as dora:
            stack.kill("atheme")
            empty(stack, "data/atheme", "data/ircd", "conf/tls")
            (stack.folder / "conf" / "atheme.conf").unlink()
            code = _asked(carla)
            tell(dora, f"!approve {code}", "running")
            carla.wait("^ERROR")
        with _back(stack, tmp_path) as carla:
            done = carla.wait(rf"{BOT}recovery {code}: .* DONE: \d:\d\d of 10:00, met", 60)
            print(done)  # noqa: T201 — what was measured
            identify(stack)
            assert "last recovery 0:" in tell(carla, "!status", "last snapshot")
    stack.kill("atheme", "ircd")
    empty(stack, "data/atheme", "data/ircd", "conf/tls", "conf")
    shutil.rmtree(tmp_path / "state")
    told = run(config, "recover", "--yes")
    assert re.search(r"DONE  recovery \w+: \d:\d\d of 10:00, met", told), told
    print(told)  # noqa: T201 — the same
    identify(stack)


def _asked(person: Person) -> str:
    plan = tell(person, "!restore all", "!approve|usage|CANNOT|failed|needs the")
    code = re.search(r"!approve (\w+)", plan)
    assert code, person.heard[-8:]
    return code[1]


def _back(stack: Stack, folder: Path) -> Person:
    """Carla again, once there is a server and its certificate."""
    return seated(stack, "carla", "labop", folder)
