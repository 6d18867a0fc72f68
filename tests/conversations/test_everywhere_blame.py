"""Who gave somebody access is told by services' own word, on every network with real services."""

import re

import pytest

from tests.stages.fixture import stage as _stage
from tests.stages.stage import Stage
from tests.stages.talk import ask

stage = _stage
pytestmark = [pytest.mark.lab]


def test_who_gave_access_is_told_with_the_time(stage: Stage) -> None:
    """<carol> ChanServ FLAGS … / !backup now / !blame #given / … access of alice (new), set by carol …."""
    if stage.facts.name == "embedded":
        pytest.skip("the demo's services give no access")
    with stage.somebody("carol", account="carol") as carol:
        carol.send("JOIN #given")
        carol.wait(" 366 ")
        carol.say("ChanServ", "REGISTER #given")
        carol.wait("(?i)NOTICE carol :.*#given.*registered")
        ask(carol, "!backup now", "snapshot")
        carol.say("ChanServ", "FLAGS #given alice +o")
        carol.wait("NOTICE carol :.*alice")
        ask(carol, "!backup now", "snapshot")
        line = ask(carol, "!blame #given", "access of alice")
        assert re.search(r"access of alice \+o \(new\), set by carol 20\d\d-\d\d-\d\d \d\d:\d\dZ", line), line
