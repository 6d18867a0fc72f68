"""Any order of renames, quits, joins, logins and answers: nobody is ever taken for another."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.irc import identities
from bot.irc.identity import Identity, Refusal
from bot.irc.messages import Message
from tests.bot.irc.bench import US, Bench

NICKS = ("ann", "bea", "ANN_", "cat")
HOSTS = (*["u@shared.host"] * 4, "x@other.host")  # most people look the same to the eye
ACCOUNTS = (None, None, "Ann")


@pytest.fixture(scope="module", autouse=True)
def _no_gap() -> Iterator[None]:
    """Two questions right after each other: what can go wrong between them does so in the steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identities, "_GAP_SECONDS", 0)
        yield


@dataclass
class Somebody:
    """A connection to the network. `uid` is what tells people apart in truth; the fingerprint shows it to the test."""

    uid: str
    nick: str
    user_host: str
    account: str | None = None
    inside: bool = False

    @property
    def prefix(self) -> str:
        return f":{self.nick}!{self.user_host}"


@dataclass
class Network:
    """What is true, and what of it the bot is told."""

    account_tags: bool
    bench: Bench = field(default_factory=lambda: Bench(people=()))
    people: list[Somebody] = field(default_factory=list)
    asked: list[tuple[Somebody, "asyncio.Task[Identity | Refusal]"]] = field(default_factory=list)
    answered: int = 0
    bot_inside: bool = True
    uids: Iterator[int] = field(default_factory=lambda: itertools.count(0x10))

    def tell(self, somebody: Somebody, line: str) -> None:
        """The bot sees what happens to people of its channel, while it is there."""
        if somebody.inside and self.bot_inside:
            self.bench.hear(line)

    def find(self, nick: str) -> Somebody | None:
        names = self.bench.names
        return next((one for one in self.people if names.name(one.nick) == names.name(nick)), None)

    # --- what may happen ---------------------------------------------------------------------

    def come(self, who: int, what: int) -> None:
        nick = NICKS[what % len(NICKS)]
        if self.find(nick) is None:
            self.people.append(Somebody(f"{next(self.uids):x}", nick, HOSTS[who % len(HOSTS)]))

    def go(self, who: int, what: int) -> None:
        del what
        somebody = self.people.pop(who % len(self.people))
        self.tell(somebody, f"{somebody.prefix} QUIT :bye")

    def rename(self, who: int, what: int) -> None:
        somebody, nick = self.people[who % len(self.people)], NICKS[what % len(NICKS)]
        if self.find(nick) is None:
            self.tell(somebody, f"{somebody.prefix} NICK {nick}")
            somebody.nick = nick

    def steal(self, who: int, what: int) -> None:
        """The attack: one gives a nick away, and the next one takes it; both may be outside by now."""
        giver, taker = self.people[who % len(self.people)], self.people[(who + 1) % len(self.people)]
        nick, other = giver.nick, f"zed{next(self.uids)}"
        if giver is taker:
            return
        self.tell(giver, f"{giver.prefix} NICK {other}")
        giver.nick = other
        self.tell(taker, f"{taker.prefix} NICK {nick}")
        taker.nick = nick
        if what % 4 == 2:
            self.enter(who + 1, 0)

    def slip(self, who: int, what: int) -> None:
        """Out of the channel, and then the attack: nobody tells us of the nick that is given away."""
        self.leave(who, what)
        self.steal(who, what)

    def blink(self, who: int, what: int) -> None:
        """The attack while the bot is out of the channel."""
        self.kick_bot(0, 0)
        self.steal(who, what)
        self.kick_bot(0, 0)

    def enter(self, who: int, what: int) -> None:
        del what
        somebody = self.people[who % len(self.people)]
        if not somebody.inside:
            somebody.inside = True
            self.tell(somebody, f"{somebody.prefix} JOIN #opers")

    def leave(self, who: int, what: int) -> None:
        somebody = self.people[who % len(self.people)]
        kick = f":cat!x@y KICK #opers {somebody.nick} :out"
        self.tell(somebody, kick if what % 2 else f"{somebody.prefix} PART #opers")
        somebody.inside = False

    def log_in(self, who: int, what: int) -> None:
        somebody = self.people[who % len(self.people)]
        somebody.account = ACCOUNTS[what % len(ACCOUNTS)]
        self.tell(somebody, f"{somebody.prefix} ACCOUNT {somebody.account or '*'}")

    def kick_bot(self, who: int, what: int) -> None:
        """Out, or in again, with the names of who is there."""
        del who, what
        self.bot_inside = not self.bot_inside
        if self.bot_inside:
            there = " ".join(f"@{one.nick}" for one in self.people if one.inside)
            self.bench.hear(f"{US} JOIN #opers", f":s 353 BackupServ = #opers :@BackupServ {there}")
        else:
            self.bench.hear(":s KICK #opers BackupServ :out")

    def speak(self, who: int, what: int) -> None:
        """In the channel, or from anywhere in private."""
        somebody = self.people[who % len(self.people)]
        here = somebody.inside and self.bot_inside and what % 2 == 0
        message: Message = self.bench.message(
            somebody.nick,
            somebody.user_host,
            channel="#opers" if here else None,
            account=somebody.account if self.account_tags else None,
            account_known=self.account_tags,
        )
        twice = what % 3 == 0
        self.asked.append((somebody, asyncio.create_task(self.bench.witness.identify(message, twice=twice))))

    def answer(self, who: int, what: int) -> None:
        """The next question that the server has not answered yet; true when it is sent."""
        del who, what
        if self.answered == len(self.bench.asked):
            return
        nick = self.bench.asked[self.answered].rpartition(" ")[2]
        self.answered += 1
        somebody = self.find(nick)
        if somebody is None:
            self.bench.hear(f":s 401 BackupServ {nick} :No such nick", f":s 318 BackupServ {nick} :End")
            return
        user, _, host = somebody.user_host.partition("@")
        account = [f":s 330 BackupServ {nick} {somebody.account} :is logged in as"] if somebody.account else []
        self.bench.hear(
            f":s 311 BackupServ {somebody.nick} {user} {host} * :x",
            f":s 276 BackupServ {nick} :has client certificate fingerprint {somebody.uid}",
            *account,
            f":s 318 BackupServ {nick} :End",
        )

    def check(self) -> int:
        """How many were believed; nobody was taken for another."""
        believed = 0
        for somebody, question in self.asked:
            if question.done() and not question.cancelled() and isinstance(verdict := question.result(), Identity):
                believed += 1
                assert verdict.certfps == (somebody.uid,), (somebody, verdict)
        return believed


QUIET = ("come", "go", "rename", "enter", "leave", "log_in", "kick_bot")
STEPS = (*QUIET, *("speak", "answer", "steal", "slip", "blink") * 2)


async def _play(steps: list[tuple[str, int, int]], *, account_tags: bool, pause: bool) -> int:
    network = Network(account_tags)
    for who in range(4):
        network.come(who, who)
    for who in range(3):
        network.enter(who, 0)
    for verb, who, what in steps:
        if network.people or verb == "come":
            getattr(network, verb)(who, what)
        for _ in range(6 if pause else 0):
            await asyncio.sleep(0)
    for _ in range(8):
        await asyncio.sleep(0)
        network.answer(0, 0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for _, question in network.asked:
        question.cancel()
    await asyncio.gather(*(question for _, question in network.asked), return_exceptions=True)
    return network.check()


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 3), st.integers(0, 5)), min_size=4, max_size=12),
    st.booleans(),
    st.sampled_from([True, True, False]),
)
def test_nobody_is_ever_taken_for_another(
    steps: list[tuple[str, int, int]],
    account_tags: bool,  # noqa: FBT001 — drawn by position
    pause: bool,  # noqa: FBT001 — same
) -> None:
    """Whatever happens between a line and its answer, and whoever shares a host: the sender, or nobody."""
    asyncio.run(_play(steps, account_tags=account_tags, pause=pause))


@pytest.mark.parametrize("what", [0, 2], ids=["twice", "once"])
def test_who_just_speaks_is_believed(what: int) -> None:
    """The model can say yes: else the property above would prove nothing."""
    assert asyncio.run(_play([("speak", 0, what)], account_tags=True, pause=True)) == 1


@pytest.mark.parametrize(
    "steps",
    [
        [("speak", 0, 2), ("steal", 0, 0)],
        [("speak", 2, 2), ("slip", 2, 0)],
        [("speak", 2, 2), ("slip", 2, 1)],
        [("speak", 0, 2), ("blink", 0, 0)],
        [("speak", 0, 0), ("answer", 0, 0), ("steal", 0, 0)],
        [("leave", 2, 0), ("speak", 2, 1), ("steal", 2, 0)],
        [("speak", 0, 2), ("go", 0, 0), ("come", 0, 0)],
    ],
    ids=["renamed", "left first", "kicked first", "while we are out", "between two", "from outside", "quit and come"],
)
def test_each_known_attack_fails(steps: list[tuple[str, int, int]]) -> None:
    """The thief has the same user@host, and no account is there to tell them apart."""
    assert asyncio.run(_play(steps, account_tags=False, pause=True)) == 0
