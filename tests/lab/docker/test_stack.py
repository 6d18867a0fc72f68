"""The main job where services live in a container: the bot beside the project, with the engine's socket."""

from pathlib import Path

import pytest

from tests.lab.bot import running_bot
from tests.lab.docker.stack import Stack
from tests.lab.opers import admin, agree, planned, tell
from tests.lab.people import come

pytestmark = pytest.mark.lab


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
