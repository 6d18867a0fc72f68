"""A list of twenty pages, on every network: all of it arrives, nothing is cut, and the bot is not killed for it."""

import re

import pytest

from tests.stages.fixture import stage as _stage
from tests.stages.stage import CHANNELS, Stage
from tests.stages.talk import ask, code_in, lose

stage = _stage
pytestmark = [pytest.mark.lab]


def test_twenty_pages_arrive_whole(stage: Stage) -> None:
    """<alice> !show CODE / (a page) / <alice> !more / (the next one) / … until nothing more waits."""
    with stage.somebody("alice", account="alice") as alice:
        lose(alice, "bob")
        code = code_in(ask(alice, "!restore user bob", r"!approve \w+", 30))
        began = len(stage.log)
        heard: list[str] = []
        alice.say("BackupServ", f"!show {code}")
        pages = 0
        while True:
            line = alice.wait(r"^:BackupServ!\S+ NOTICE alice :").partition(" :")[2]
            heard.append(line)
            if re.search(r"^… [\d,]+ more lines: !more shows on", line):
                pages += 1
                alice.say("BackupServ", "!more")
            elif line.startswith("needs a second oper"):
                break
        told = [found[1] for line in heard if (found := re.search(r"#a-channel-\S+-(\d{3})", line))]
        assert sorted(set(told)) == [f"{number:03}" for number in range(CHANNELS)]
        assert len(told) == CHANNELS
        assert pages >= 20
        assert stage.is_running()
        assert not re.search("Disconnected|Traceback", stage.log[began:]), stage.log[began:]
