"""On every network with real services: who gave access, by their own word, and whether they live on a copy."""

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


def test_services_are_drilled_beside_the_living_ones(stage: Stage) -> None:
    """<carol> !drill / DRILL ok … booted … asked … as saved; NickServ is there as before. !status: drill …."""
    if stage.facts.name == "embedded":
        pytest.skip("the demo's services are no program of their own to boot")
    with stage.somebody("carol", account="carol") as carol:
        ask(carol, "!backup now", "snapshot")
        line = ask(carol, "!drill", "^DRILL")
        assert re.search(
            r"^DRILL ok services 20\S+ from disk: .* booted .* asked .* accounts.* as saved · .*target 1h", line
        ), line
        assert re.search(r"drill [\d.]+s \(target 1h\)", ask(carol, "!status", "^(OK|LOOK) "))
        carol.say("NickServ", "INFO carol")
        carol.wait("NOTICE carol :.*Information on.*carol")
