"""With services down, who is obeyed: told on the demo's server, InspIRCd and ngIRCd with Atheme."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyotp
import pytest

from bot.demo.certificates import make_client
from bot.demo.person import Person
from bot.totp import new_secret
from tests.stages.fixture import stage as _stage
from tests.stages.stage import Stage, identify
from tests.stages.talk import ask, code_in, hear, refused, silent

stage = _stage
pytestmark = [pytest.mark.lab]

_PEOPLE = ("erin", "frank", "grace", "heidi", "ivan", "judy")  # each has one-time codes, and no account that is listed
_SECRETS = {name: new_secret() for name in _PEOPLE}


@pytest.fixture(autouse=True, scope="module")
def _people(stage: Stage) -> None:
    """Bob was saved and dropped; dora has a certificate, the others one-time codes; and then services die."""
    with stage.somebody("alice", account="alice") as alice:
        ask(alice, "!backup now", "is new")
        alice.say("NickServ", "FDROP bob")
        alice.wait("(?i)dropped")
        alice.say("OperServ", "UPDATE")
        alice.wait(r"^:OperServ!\S+ NOTICE ")
    fingerprint = make_client(stage.folder, "dora")
    text = f'[access.people.dora]\ncertfps = ["{fingerprint.upper()}"]\nroles = ["restore", "approve"]\n'
    for name, secret in _SECRETS.items():
        path = stage.folder / f"{name}.secret"
        path.write_text(secret)
        path.chmod(0o600)
        text += f'[access.people.{name}]\ntotp = {{ file = "{path}" }}\nroles = ["restore", "approve"]\n'
    stage.kill_bot()
    with (stage.folder / "bot.toml").open("a") as config:
        config.write(text)
    stage.start_bot()
    stage.kill_services()


def _code(name: str, *, next_one: bool = False) -> str:
    """The code of this half minute, not in its last seconds; or the one after it, which serves already."""
    while time.time() % 30 > 24:
        time.sleep(0.5)
    return pyotp.TOTP(_SECRETS[name]).at(time.time() + 30 * next_one)


@contextmanager
def _proven(stage: Stage, name: str) -> Iterator[Person]:
    """Somebody whom a one-time code vouches for."""
    with stage.somebody(name) as person:
        _show(person, name, _code(name))
        yield person


def _show(person: Person, name: str, code: str) -> None:
    person.say("BackupServ", f"!code {name} {code}")
    person.wait(rf"^:BackupServ!\S+ PRIVMSG #opers :{person.nick} has shown a one-time code of {name}, good for 10m")


def test_an_oper_with_nothing_else_is_nobody(stage: Stage) -> None:
    with stage.somebody("alice") as alice:
        assert "not listed" in refused(stage, alice, "!status")


def test_a_certificate_speaks_for_an_oper(stage: Stage) -> None:
    """NgIRCd shows a certificate to nobody but its owner, and the demo's server asks for none."""
    pair: tuple[Path, Path] = (stage.folder / "dora.pem", stage.folder / "dora.key")
    with stage.somebody("dora", certificate=pair) as dora:
        if stage.facts.name != "inspircd":
            assert "not listed" in refused(stage, dora, "!status")
            return
        ask(dora, "!status", "^(OK|LOOK) ")
        assert stage.audit("command obeyed")[-1]["why"] == "certificate, oper"
    with stage.somebody("dora2", certificate=pair, oper=False) as dora:
        assert "not an IRC operator" in refused(stage, dora, "!status")
    with stage.somebody("dora") as stranger:
        assert "not listed" in refused(stage, stranger, "!status")


def test_a_one_time_code_speaks_for_this_connection_and_is_told_to_everybody(stage: Stage) -> None:
    code = _code("erin")
    with stage.somebody("erin") as erin, stage.somebody("frank") as other:
        other.catch_up()
        _show(erin, "erin", code)
        hear(other, "erin has shown a one-time code of erin")
        ask(erin, "!status", "^(OK|LOOK) ")
        assert stage.audit("command obeyed")[-1]["why"] == "one-time code, oper"
        assert "not listed" in refused(stage, other, "!status")
        other.say("BackupServ", f"!code erin {code}")
        other.wait(r"NOTICE frank :that code is wrong, has served already")
        erin.send("NICK erin_")
        erin.wait(" NICK :?erin_")
        erin.nick = "erin_"
        assert "not listed" in refused(stage, erin, "!status"), "a change ends it"
        _show(erin, "erin", _code("erin", next_one=True))
        ask(erin, "!status", "^(OK|LOOK) ")


def test_codes_are_written_down_nowhere(stage: Stage) -> None:
    code = _code("frank")
    with stage.somebody("frank") as frank:
        _show(frank, "frank", code)
        frank.say("BackupServ", f"!cod {code}")
        hear(frank, "no such command|did you mean")
    state = [path for path in (stage.folder / "state").rglob("*") if path.is_file()]
    kept = [stage.log, *(path.read_text("latin-1") for path in state)]
    assert not [text for text in kept if re.search(rf"\b{code}\b", text) or _SECRETS["frank"] in text]


def test_a_code_that_is_said_aloud_serves_nobody(stage: Stage) -> None:
    code = _code("grace")
    with stage.somebody("grace") as grace:
        grace.say("#opers", f"!code grace {code} please")
        grace.wait("NOTICE grace :everybody has read that code")
        grace.say("BackupServ", f"!code {code}")
        grace.wait("NOTICE grace :that code is wrong, has served already")
        assert "not listed" in refused(stage, grace, "!status")


def test_who_is_no_operator_has_no_code(stage: Stage) -> None:
    with stage.somebody("grace", oper=False) as grace:
        grace.say("BackupServ", f"!code {_code('grace', next_one=True)}")
        silent(grace, 1)


def test_after_three_wrong_codes_the_right_one_is_not_heard(stage: Stage) -> None:
    with stage.somebody("mallory") as mallory, stage.somebody("heidi") as heidi:
        for number in range(2):
            mallory.say("BackupServ", f"!code heidi {number:06}")
            mallory.wait("NOTICE mallory :that code is wrong")
        mallory.say("BackupServ", "!code heidi 000002")
        mallory.wait("PRIVMSG #opers :too many wrong one-time codes of heidi by mallory: none is taken for 30 minutes")
        heidi.say("BackupServ", f"!code {_code('heidi')}")
        silent(heidi, 1)


def test_an_account_is_brought_back_while_services_are_down(stage: Stage) -> None:
    """What it is all for: two opers without services bring bob back. Then services live again."""
    with _proven(stage, "ivan") as ivan, _proven(stage, "judy") as judy:
        code = code_in(ask(ivan, "!restore user bob", r"!approve \w+", 40))
        ask(judy, f"!approve {code}", "DONE in .* account bob is back", 60)
    with stage.somebody("alice") as alice:
        identify(alice, "alice")
        ask(alice, "!status", "^(OK|LOOK) ")


def test_an_account_that_was_restored_proves_nothing_till_somebody_logs_in_to_it(stage: Stage) -> None:
    """Carol's account is replaced by an older one while she is there: whoever is logged in to it may be another."""
    with stage.somebody("alice", account="alice") as alice, stage.somebody("carol", account="carol") as carol:
        code = code_in(ask(alice, "!restore user carol replace", r"!approve \w+", 40))
        ask(carol, f"!approve {code}", "DONE in .* account carol is back", 60)
        assert re.search("was restored|not listed", refused(stage, carol, "!status"))
        if stage.facts.has_tags:
            identify(carol, "carol")
            ask(carol, "!status", "^(OK|LOOK) ")
            return
    time.sleep(1.1)  # when somebody came is told in whole seconds, and in doubt it was before
    with stage.somebody("carol2", account="carol") as carol:  # nobody is told of logins: only a new connection
        ask(carol, "!status", "^(OK|LOOK) ")
