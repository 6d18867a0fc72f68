"""The conversation that the demo plays: an account is lost, and comes back. Each step is seen to have happened."""

import re
import sys
import time
from collections.abc import Callable

from bot.demo.network import OPER_PASSWORD, PASSWORDS
from bot.demo.person import Person, Unanswered
from bot.demo.stage import Stage
from core.formats.atheme import counts, lookup, parse


class StoryBroken(Exception):
    """A step did not happen as it should."""


class Story:
    """Plays and shows the conversation."""

    def __init__(self, stage: Stage, *, show: Callable[[str], None] = print) -> None:
        self._stage = stage
        self._show = show
        network = stage.network
        self._alice = Person("alice", network.port, network.tls / "ca.pem")
        self._carol = Person("carol", network.port, network.tls / "ca.pem")

    def play(self) -> None:
        """From the first `!status` to the last proof.

        Raises:
            StoryBroken: with the step that failed.
        """
        try:
            self._arrive()
            self._back_up()
            self._lose_bob()
            self._bring_bob_back()
            self._see_that_bob_is_back()
        except Unanswered as error:
            raise StoryBroken(str(error)) from error

    def end(self) -> None:
        """Alice and carol leave."""
        self._alice.leave()
        self._carol.leave()

    # --- the acts ----------------------------------------------------------------------------

    def _arrive(self) -> None:
        self._tell("alice and carol come online, identify, become operators and join #opers")
        for oper in (self._alice, self._carol):
            self._expect("identified", oper.ask("NickServ", f"IDENTIFY {PASSWORDS[oper.nick]}"))
            oper.send(f"OPER {oper.nick} {OPER_PASSWORD}")
            oper.wait(" 381 ")
            oper.send("JOIN #opers")
            oper.wait(" 366 ")
        self._converse("!status", "^! there is no snapshot yet")

    def _back_up(self) -> None:
        self._converse("!backup now", r"snapshot \w+ of services is new")
        self._converse("!verify", r"is good \(level 3 of 3\)")

    def _lose_bob(self) -> None:
        self._tell("bob's account is dropped by mistake, with his nicks, memos and channels")
        self._show("  <alice> /msg NickServ FDROP bob")
        self._expect("dropped", self._alice.ask("NickServ", "FDROP bob"))
        self._alice.ask("OperServ", "UPDATE")
        database = parse(self._stage.network.database.read_bytes())
        self._require(lookup(database, b"bob", "rfc1459") is None, "bob is gone from the services database")

    def _bring_bob_back(self) -> None:
        plan = self._converse("!restore user bob", r"!approve (\w+)")
        code = re.search(r"!approve (\w+)", plan)
        if code is None:
            raise StoryBroken("the plan has no code")
        self._tell("bob founds a channel, so a second oper looks at it")
        self._converse(f"!approve {code[1]}", r"DONE in [\d.]+s: account bob is back", by=self._carol)
        self._converse("!status", r"^(OK|LOOK) ")

    def _see_that_bob_is_back(self) -> None:
        database = parse(self._stage.network.database.read_bytes())
        self._require(lookup(database, b"bob_away", "rfc1459") == b"bob", "bob's grouped nick is his again")
        self._require(counts(database)["memos"] == 3, "his three memos are there")  # noqa: PLR2004 — as they were laid out
        network = self._stage.network
        bob = Person("bob", network.port, network.tls / "ca.pem")
        try:
            self._show("  <bob>   /msg NickServ IDENTIFY (a wrong password, then his old one)")
            self._expect("Invalid password", bob.ask("NickServ", "IDENTIFY not-his-password"))
            self._expect("now identified", bob.ask("NickServ", f"IDENTIFY {PASSWORDS['bob']}"))
            info = self._expect(r"3 memos", bob.ask("NickServ", "INFO bob"))
            self._expect(r"#bobs-garage\(\+AFOR", info)
            self._show(f"  <NickServ> {info}")
        finally:
            bob.leave()

    # --- speaking and looking ----------------------------------------------------------------

    def _converse(self, text: str, expected: str, *, by: Person | None = None) -> str:
        """Say it in the channel, show every answer, and return the one that was expected."""
        time.sleep(0.3)  # so that people can follow
        oper = by or self._alice
        self._show(f"  <{oper.nick}> {text}")
        oper.catch_up()
        oper.say("#opers", text)
        for _ in range(12):
            answer = oper.hear("BackupServ")
            self._show(f"  <BackupServ> {answer}")
            if re.search(expected, answer):
                return answer
        raise StoryBroken(f"{text} was not answered with {expected}")

    def _tell(self, text: str) -> None:
        self._show(f"\n— {text}")

    def _expect(self, pattern: str, answer: str) -> str:
        if not re.search(pattern, answer):
            raise StoryBroken(f"expected {pattern!r} and heard {answer!r}")
        return answer

    def _require(self, truth: bool, what: str) -> None:  # noqa: FBT001 — it reads as a sentence
        if not truth:
            raise StoryBroken(f"not true: {what}")
        self._show(f"  ✓ {what}")


def play(stage: Stage) -> int:
    """Play it on a stage; returns the exit code."""
    story = Story(stage)
    try:
        story.play()
    except StoryBroken as error:
        print(f"\nTHE DEMO FAILED: {error}", file=sys.stderr)
        return 1
    finally:
        story.end()
    return 0
