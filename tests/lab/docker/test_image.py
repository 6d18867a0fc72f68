"""What is shipped for containers: the image builds with nothing but what is pinned, and the bot works in it."""

import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.config import load
from core.crypto.age import generate_identity
from tests.conftest import require
from tests.lab.docker.engine import Engine
from tests.lab.docker.images import PYTHON, python_image
from tests.lab.docker.stack import Stack
from tests.lab.network import give_away

pytestmark = pytest.mark.lab
ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "deploy" / "container"
_PLACE = "/etc/backupserv/bot.toml"
_CONFIG = """\
state_dir = "/var/lib/backupserv"
[network]
name = "LabNet"
host = "lab"
[keys]
recipients = ["{recipient}", "{recovery}"]
identity = "/run/secrets/backupserv_identity"
[storage.disk]
kind = "local"
path = "/var/lib/backupserv/repository"
[sources.services]
kind = "atheme"
database = "/stack/data/atheme/services.db"
config = "/stack/conf/atheme.conf"
ask = {{ kind = "docker", container = "atheme", timeout_seconds = 60 }}
control = {{ kind = "docker", container = "atheme" }}
"""
_HERE = """\
services:
  backupserv:
    network_mode: host
"""


def build(engine: Engine) -> str:
    """What the steps of the Containerfile said. Nothing is fetched: there is no network."""
    engine.api.import_image_from_data(python_image(), repository=PYTHON)
    said = engine.api.build(
        path=str(ROOT),
        dockerfile="deploy/container/Containerfile",
        tag="backupserv",
        buildargs={"BASE": PYTHON},
        network_mode="none",
        decode=True,
    )
    return "".join(str(line.get("stream") or line.get("error") or "") for line in said)


def lay_out_bot(stack: Stack) -> list[str]:
    """Beside the project what deploy/README.md says; returns the files that compose takes."""
    irc = pwd.getpwnam("irc")
    ours = stack.folder / "backupserv"
    for folder in (ours / "secrets", ours / "state"):
        folder.mkdir(parents=True)
    shutil.copy(SHIPPED / "compose.yaml", stack.folder / "backupserv.yaml")
    (stack.folder / "here.yaml").write_text(_HERE)
    with (stack.folder / ".env").open("a") as values:
        values.write(f"STACK_UID={irc.pw_uid}\nSTACK_GID={irc.pw_gid}\n")
        values.write(f"DOCKER_GID=0\nDOCKER_SOCKET={stack.engine.socket}\n")
    identity, recipient = generate_identity()
    for name, text in {
        "host.key": f"{identity}\n",
        "signing.key": "",
        "sasl.password": "x",
        "oper.password": "x",
    }.items():
        (ours / "secrets" / name).write_text(text)
        (ours / "secrets" / name).chmod(0o600)
    (ours / "bot.toml").write_text(_CONFIG.format(recipient=recipient, recovery=generate_identity()[1]))
    (ours / "state").chmod(0o700)
    give_away(ours)
    return ["-f", "compose.yaml", "-f", "backupserv.yaml", "-f", "here.yaml"]


def test_the_bot_in_its_container_proves_a_configuration_beside_real_services(empty_stack: Stack) -> None:
    """With the compose file as it is shipped: no root, no capability, a file system that cannot be written.

    It sees services through the engine's socket, has them save, seals what they saved, and stops and starts nothing.
    """
    said = build(empty_stack.engine)
    assert "Successfully tagged backupserv" in said, said[-2000:]
    files = lay_out_bot(empty_stack)
    empty_stack.save()
    told = empty_stack.compose(
        *files, "run", "--rm", "--no-deps", "backupserv", "check", "--config", _PLACE, "--no-irc"
    )
    assert re.search("ok +services of services – running", told), told
    assert re.search("ok +asking services to save – works", told), told
    assert "fail" not in told, told


def test_the_compose_file_is_understood(tmp_path: Path) -> None:
    """By docker-compose 1 too; what must be told is asked for by name."""
    require("docker-compose")
    shutil.copy(SHIPPED / "compose.yaml", tmp_path)
    program = ["docker-compose", "-f", "compose.yaml", "config", "--quiet"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    refused = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "the group id of the engine's socket" in refused.stderr
    known = environment | {"DOCKER_GID": "999"}
    done = subprocess.run(program, cwd=tmp_path, env=known, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_configuration_for_containers_is_one() -> None:
    """Every path of it lies in what the compose file binds in."""
    settings = load(SHIPPED / "bot.toml")
    bound = yaml_targets((SHIPPED / "compose.yaml").read_text())
    paths = [settings.state_dir, *(tree.root for tree in settings.trees.values())]
    paths += [site.database for site in settings.sites.values()]
    assert paths
    assert not [path for path in paths if not any(path.is_relative_to(place) for place in bound)]


def yaml_targets(text: str) -> list[Path]:
    """Where volumes are bound in."""
    return [Path(found) for found in re.findall(r'^      - "[^"]*?:(/[^":]*)(?::ro)?"$', text, re.MULTILINE)]
