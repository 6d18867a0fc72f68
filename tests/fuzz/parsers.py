"""Everything that takes apart what others wrote, each as a function of bytes that raises where it breaks a promise."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.chat.command import Misused
from bot.chat.wishing import read_wishes
from bot.chat.words import words_of
from bot.commands.restore_user import COMMAND
from bot.irc.casemap import Name, Names
from bot.irc.messages import parse_line, read_message
from bot.irc.oper_text import fingerprint, oper_block
from bot.irc.redaction import redact
from bot.irc.registration import Registration
from bot.irc.sasl.exchange import Exchange
from bot.irc.sasl.login import Login
from bot.irc.splits import Splits
from bot.irc.splitting import LINE, cut, printable, split
from bot.irc.sts import read_offer
from bot.irc.surroundings import Surroundings
from bot.irc.unreal_oracle import UnrealOracle
from bot.irc.whois import Whois
from core.domain.errors import TimeUnclear
from core.domain.moment import parse_moment
from core.registrations.wish import Kind

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SECRET = "hunter2hunter2"
LOGIN = Login(account="BackupServ", password=SECRET)
ENDS = frozenset("\r\n\0")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def take_line_apart(raw: bytes) -> None:
    """parse_line: bounded, and nothing in it ends a line."""
    line = parse_line(raw)
    words = [line.verb, line.prefix, *line.params, *line.tags]
    assert all(ENDS.isdisjoint(word) for word in words)
    assert len(line.params) <= 15
    assert len(line.tags) <= 64
    assert not any(" " in word for word in [line.verb, line.prefix, *line.params[:-1]])


def take_message_apart(raw: bytes) -> None:
    """read_message: only what a person says to us, and no CTCP."""
    for tags in (True, False):
        message = read_message(parse_line(raw), own=Name("BackupServ"), account_tags=tags, now=NOW)
        if message is not None:
            assert message.text
            assert not message.text.startswith("\x01")
            assert message.channel is None or message.channel[0] in "#&"
            assert message.at is None or message.at.tzinfo is not None


def register(raw: bytes) -> None:
    """Registration: says nothing but the protocol's own, and the password in no other line."""
    registration = Registration(nick="BackupServ", username="backup", realname="B", login=LOGIN)
    for piece in raw.split(b"\n")[:200]:
        for answer in registration.feed(parse_line(piece)):
            assert answer.startswith(("CAP REQ :", "CAP END", "AUTHENTICATE ", "NICK Backup", "QUIT :a login"))
            assert SECRET not in answer
            assert len(cut(answer)) == len(answer.encode()) + 2
    assert len(registration._offered) <= 128
    for answer in registration.stop_waiting() + registration.log_in():
        assert ENDS.isdisjoint(answer)


def log_in(raw: bytes) -> None:
    """Exchange: a server that never proved itself is never believed, and hears the password by PLAIN alone."""
    first, *rest = raw.split(b"\n")[:50]
    exchange = Exchange(LOGIN, "SCRAM-SHA-256" if first[:1] < b"\x80" else _text(first))
    exchange.begin()
    for piece in rest:
        for answer in exchange.feed(parse_line(piece)):
            assert answer.startswith("AUTHENTICATE ")
            assert len(answer) <= len("AUTHENTICATE ") + 400
        assert len(exchange._incoming) <= 17 * 400
    assert exchange.name != "SCRAM-SHA-256" or not exchange.satisfied


def hear_whois(raw: bytes) -> None:
    """Whois: only numeric 313 makes an operator."""
    answer = Whois()
    lines = [parse_line(piece) for piece in raw.split(b"\n")[:200]]
    for line in lines:
        answer.feed(line)
    assert answer.is_oper == any(line.verb == "313" for line in lines)
    assert len(answer.certfps) <= 8


def read_oper_text(raw: bytes) -> None:
    """oper_block and fingerprint: words, or nothing."""
    text = _text(raw)
    for software in ("unrealircd", "solanum", "inspircd", "ngircd", ""):
        block = oper_block(text, software, "Net")
        assert len(block.name) <= 100
        assert len(block.kind) <= 100
    assert set(fingerprint(text) or "") <= set("0123456789abcdef")


def look_round(raw: bytes) -> None:
    """Surroundings, STS and splits: nonsense about the server stays nonsense."""
    around, splits = Surroundings(Names()), Splits(lambda: 0.0)
    for piece in raw.split(b"\n")[:200]:
        line = parse_line(piece)
        around.feed(line)
        splits.feed(line)
        offer = read_offer(line)
        assert offer is None or offer.port is None or 1 <= offer.port <= 65535
        assert offer is None or offer.duration is None or timedelta(0) <= offer.duration <= timedelta(days=3650)
    assert abs(around.skew) < timedelta(hours=13)
    assert len(splits._lost) <= 50


def understand_time(raw: bytes) -> None:
    """parse_moment: a moment of IRC's own time, none, or a refusal."""
    with contextlib.suppress(TimeUnclear):
        moment = parse_moment(_text(raw), NOW)
        assert moment is None or (moment.tzinfo is not None and datetime(1988, 1, 1, tzinfo=UTC) <= moment <= NOW)


def understand_wish(raw: bytes) -> None:
    """words_of and read_wishes: nothing, or what was said."""
    words = words_of(_text(raw))
    assert len(words) <= len(raw)
    kinds: tuple[Kind, ...] = ("account", "channel", "group")
    for kind in kinds:
        with contextlib.suppress(Misused):
            assert read_wishes(words, kind, COMMAND).target.name == words[0]


def say(raw: bytes) -> None:
    """split, cut, redact and printable: lines that fit, and nothing that ends one."""
    text = raw.decode("utf-8", "surrogateescape")
    for room in (1, 16, 40, 400):
        assert all(len(piece.encode()) <= max(room, 16) and ENDS.isdisjoint(piece) for piece in split(text, room))
    line = cut(text)
    assert len(line) <= LINE + 2
    assert line.endswith(b"\r\n")
    assert not {10, 13, 0} & set(line[:-2])
    assert printable(text).isprintable()
    assert redact(text).isprintable()


class _Answering:
    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    async def carry(self, question: bytes) -> bytes:
        """Whatever was asked."""
        json.loads(question)
        return self._answer


_ASKER = parse_line(b":alice!a@h PRIVMSG #opers :!status")


def ask_unreal(raw: bytes) -> None:
    """UnrealOracle: an identity of that nick, or a refusal."""
    message = read_message(_ASKER, own=Name("BackupServ"), account_tags=False, now=NOW)
    assert message is not None
    for content in (raw, b'{"id":1,"result":{"client":%s}}' % raw):
        answer = asyncio.run(UnrealOracle(rpc=_Answering(content), names=Names()).ask(message))
        assert not hasattr(answer, "nick") or Name(answer.nick) == Name("alice")


PARSERS: tuple[Callable[[bytes], None], ...] = (
    take_line_apart,
    take_message_apart,
    register,
    log_in,
    hear_whois,
    read_oper_text,
    look_round,
    understand_time,
    understand_wish,
    say,
    ask_unreal,
)
