"""The main job where services live in a container: the bot beside the project, with the engine's socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import require
from tests.lab.bot import running_bot
from tests.lab.docker.engine import Engine
from tests.lab.docker.stack import Stack, running_stack
from tests.lab.opers import admin, agree, planned, tell
from tests.lab.people import come, settle
from tests.machine import open_folder

pytestmark = pytest.mark.lab


@pytest.fixture
def stack(engine: Engine) -> Iterator[Stack]:
    """The project, with the people of the town."""
    require("docker-compose", "inspircd", "atheme-services")
    with open_folder() as folder, running_stack(folder / "irc", engine) as running:
        settle(running)
        running.save()
        yield running


def test_an_account_comes_back_while_its_container_is_stopped_and_started(stack: Stack, tmp_path: Path) -> None:
    """Asked for by an oper; people of the network can identify with what they had, and the container is the same."""
    before = stack.engine.api.inspect_container("atheme")["Id"]
    with running_bot(stack.write_bot(tmp_path)), admin(stack) as root:
        assert "accounts" in tell(root, "!backup now", "is new")
        root.ask("NickServ", "FDROP alice", "dropped")
        assert "alice is back" in agree(root, planned(root, "!restore user alice_"))
        with come(stack, "alice") as alice:
            alice.ask("NickServ", "IDENTIFY alice alice-password", "You are now identified")
    assert stack.engine.api.inspect_container("atheme")["Id"] == before
    assert stack.engine.state("atheme")["Running"]
