"""An oper in the opers' channel: asks the bot, agrees to its plans, and looks at what they did to the database."""

import re
from collections import Counter
from pathlib import Path

from tests.lab.network import Lab
from tests.lab.people import join_as, wait_for_services
from tests.lab.person import Person

BOT = r"^:BackupServ\S* (PRIVMSG|NOTICE) \S+ :"


def admin(lab: Lab) -> Person:
    """The services operator of the town, an IRC operator too, in the channel."""
    return _seated(join_as(lab, "root1", password="root1-password"))


def second(person: Person) -> Person:
    """Bob, an oper too, on another connection to the same server: he approves what the admin asks for."""
    other = Person("bob_oper", person.port, person.ca)
    wait_for_services(other)
    other.ask("NickServ", "IDENTIFY bob bob-password", "You are now identified")
    return _seated(other, "labop2")


def _seated(person: Person, oper: str = "labop") -> Person:
    person.send(f"OPER {oper} {oper}-password")
    person.wait(" 381 ")
    person.send("JOIN #opers")
    person.wait(" 366 ")
    return person


def tell(person: Person, text: str, answer: str) -> str:
    """Say something in the channel; the bot's line that matches."""
    person.say("#opers", text)
    return person.wait(BOT + ".*" + answer, 30)


def planned(person: Person, command: str, *shown: str) -> str:
    """The code of a plan, of which `!show` says all of that."""
    answer = tell(person, command, "(!confirm|!approve|usage|failed)")
    found = re.search(r"!(?:confirm|approve) (\w+)", answer)
    assert found is not None, answer
    if shown:
        lines = [rf"^:BackupServ\S* NOTICE {person.nick} :{re.escape(line)}" for line in shown]
        hears(person, f"PRIVMSG #opers :!show {found[1]}", *lines)
    return found[1]


def carried_out(person: Person, command: str, *shown: str) -> str:
    """A plan is shown, agreed to and done, and services are there again. Returns its code."""
    code = planned(person, command, *shown)
    agree(person, code)
    return code


def agree(person: Person, code: str) -> str:
    """What the bot says when it is done. Where one oper is not enough, a second one comes and approves."""
    ends = "(DONE|failed|refus|outdated|again)"
    done = tell(person, f"!confirm {code}", f"(needs a second oper|{ends})")
    if "needs a second oper" in done:
        with second(person) as other:
            other.say("#opers", f"!approve {code}")
            done = person.wait(f"{BOT}.*{ends}", 30)
    assert "DONE" in done, person.heard[-8:]
    assert "loaded by atheme-services" in done
    wait_for_services(person)
    return done


def hears(person: Person, line: str, *patterns: str) -> None:
    """Send a line, and hear all of these because of it, in whatever order they come: on later pages too."""
    start = len(person.heard)
    person.send(line)
    for pattern in patterns:
        while not any(re.search(pattern, heard) for heard in person.heard[start:]):
            if "!more" in person.wait(f"{pattern}|{BOT}.*!more"):
                person.say("BackupServ", "!more")


def listing(person: Person, service: str, text: str, end: str) -> list[str]:
    """All that services answer, up to the line that ends it, without how long ago things were."""
    start = len(person.heard)
    person.ask(service, text, end)
    lines = [line.split(" :", 1)[1] for line in person.heard[start:] if line.startswith(f":{service}")]
    return [re.sub(r"[\w ]+ ago", "ago", line) for line in lines]


def changed(state: Path, code: str, live: bytes) -> tuple[list[bytes], list[bytes]]:
    """The rows that went and those that came with a restore; every other one stands, byte for byte, where it stood."""
    before = (state / "restores" / code / "before.db").read_bytes().split(b"\n")
    after = live.split(b"\n")
    gone, came = Counter(before) - Counter(after), Counter(after) - Counter(before)
    assert [row for row in before if row not in gone] == [row for row in after if row not in came]
    return list(gone.elements()), list(came.elements())
