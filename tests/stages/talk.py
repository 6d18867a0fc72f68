"""What is said to the bot, and what comes of it."""

import re
import time

from bot.demo.person import Person, Unanswered
from tests.machine import until
from tests.stages.stage import Stage

_ANSWERS = 12  # lines after which the one that is waited for will not come


def ask(person: Person, text: str, answer: str, seconds: float = 20) -> str:
    """<person> text / <BackupServ> … answer …, in the channel."""
    person.catch_up()
    person.say("#opers", text)
    return hear(person, answer, seconds)


def hear(person: Person, answer: str, seconds: float = 20) -> str:
    """The bot's next line that matches."""
    heard: list[str] = []
    for _ in range(_ANSWERS):
        try:
            heard.append(person.hear("BackupServ", seconds))
        except Unanswered:
            break
        if re.search(answer, heard[-1]):
            return heard[-1]
    raise AssertionError(f"{person.nick} waited for {answer!r} and heard {heard}")


def lose(oper: Person, *names: str) -> None:
    """Accounts are saved, and then dropped by mistake."""
    ask(oper, "!backup now", "snapshot")
    for name in names:
        oper.say("NickServ", f"FDROP {name}")
        oper.wait("(?i)dropped")
    oper.say("OperServ", "UPDATE")
    oper.wait(r"^:OperServ!\S+ NOTICE ")


def code_in(line: str) -> str:
    """The code of a plan."""
    found = re.search(r"!(?:confirm|approve) (\w+)", line)
    assert found is not None, line
    return found[1]


def refused(stage: Stage, person: Person, text: str) -> str:
    """<person> text / (nothing, and it is written down). Returns why."""
    before = len(stage.audit("command refused"))
    person.catch_up()
    person.say("#opers", text)
    until(lambda: len(stage.audit("command refused")) > before, f"{text} is refused")
    entry = stage.audit("command refused")[-1]
    assert entry["nick"] == person.nick
    silent(person)
    return entry["why"]


def silent(person: Person, seconds: float = 0.5) -> None:
    """Nothing is said, and nothing done: neither a plan nor a result."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        try:
            heard = person.hear("BackupServ", left)
        except Unanswered:
            return
        assert not re.search(r"PLAN|DONE|(?<!not )running|snapshot", heard), heard
