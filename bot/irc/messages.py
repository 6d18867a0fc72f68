"""Lines of the protocol, and what somebody wrote: pure, and nothing that arrives can make it raise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from irc.message import Tag

from bot.irc.casemap import Name

_FRESH = timedelta(seconds=10)  # an older line is history that is being played back
_PARAMS = 15  # RFC 1459 §2.3
_TAGS = 64
_ENDS = str.maketrans(dict.fromkeys("\r\n\0", " "))
_BOT_TAGS = frozenset({"bot", "draft/bot", "inspircd.org/bot"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line, taken apart. `verb` is in upper case; "" for a line that is none."""

    tags: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    verb: str = ""
    params: tuple[str, ...] = ()

    def param(self, index: int) -> str:
        """A parameter, or "": servers leave out what they like."""
        return self.params[index] if index < len(self.params) else ""

    @property
    def last(self) -> str:
        """The last parameter, or ""."""
        return self.params[-1] if self.params else ""

    @property
    def nick(self) -> str:
        """Who sent it: a nick, or a server's name."""
        return self.prefix.partition("!")[0]

    @property
    def user_host(self) -> str:
        """`user@host`, or "" for a server and for who hides it."""
        return self.prefix.partition("!")[2]


def parse_line(raw: bytes) -> Line:
    """Take one line apart (without its CR LF). Bytes that are no UTF-8 are replaced, never refused."""
    # Only the space parts words: other white space may stand in the name of a channel or in a host.
    text = raw.decode("utf-8", "replace").translate(_ENDS).lstrip(" ")
    tags: dict[str, str] = {}
    prefix = ""
    if text.startswith("@"):
        group, text = _word(text[1:])
        tags = _tags(group)
    if text.startswith(":"):
        prefix, text = _word(text[1:])
    verb, text = _word(text)
    params: list[str] = []
    while text:
        if text.startswith(":") or len(params) == _PARAMS - 1:
            params.append(text.removeprefix(":"))
            break
        word, text = _word(text)
        params.append(word)
    return Line(tags=tags, prefix=prefix, verb=verb.upper(), params=tuple(params))


def _word(text: str) -> tuple[str, str]:
    word, _, rest = text.partition(" ")
    return word, rest.lstrip(" ")


def _tags(group: str) -> dict[str, str]:
    # A lone backslash at the end of a value means nothing (message-tags); the library would keep it.
    items = (Tag.parse(item.removesuffix("\\") if _ends_alone(item) else item) for item in group.split(";")[:_TAGS])
    return {item["key"]: item["value"] or "" for item in items if item["key"]}


def _ends_alone(item: str) -> bool:
    return (len(item) - len(item.rstrip("\\"))) % 2 == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a person wrote, in the channel or to us. CTCP is never dequoted: a byte 0x10 and "r" stay text."""

    nick: str
    user_host: str
    channel: str | None  # None: in private
    text: str
    tags: Mapping[str, str] = field(default_factory=dict)
    account: str | None = None  # by account-tag; None: not logged in, or not known
    account_known: bool = False  # whether the server tags accounts at all
    at: datetime | None = None  # server-time; None where the server does not tell
    is_history: bool = False
    from_bot: bool = False
    relayed: bool = False
    is_own: bool = False
    serial: int = 0  # the line's number, over all connections: what came before, what after


def read_message(line: Line, *, own: Name, account_tags: bool, now: datetime, serial: int = 0) -> Message | None:
    """The message in a PRIVMSG; None for everything that can never be a command.

    That is notices, CTCP and actions, what was said to many at once ("$$*.net"), and what only some of a channel were
    to hear ("@#opers"): a command is given before everybody.
    """
    text = line.param(1)
    if line.verb != "PRIVMSG" or not text or text.startswith("\x01"):
        return None
    target = line.param(0)
    channel = target if target[:1] in {"#", "&"} else None
    if channel is None and Name(target, own.casemapping) != own:
        return None
    sent_at = server_time(line.tags.get("time", ""))
    return Message(
        nick=line.nick,
        user_host=line.user_host,
        channel=channel,
        text=text,
        tags=line.tags,
        account=line.tags.get("account") or None,
        account_known=account_tags,
        at=sent_at,
        is_history=_is_played_back(line) or (sent_at is not None and abs(now - sent_at) > _FRESH),
        from_bot=not _BOT_TAGS.isdisjoint(line.tags),
        relayed=_is_relayed(line),
        is_own=Name(line.nick, own.casemapping) == own,
        serial=serial,
    )


def _is_played_back(line: Line) -> bool:
    """A batch of messages is history (we ask for nothing else that is answered in one); bouncers mark theirs."""
    return "batch" in line.tags or any(key.startswith("znc.in/") for key in line.tags)


def _is_relayed(line: Line) -> bool:
    """A bridge speaks for somebody, under any name it likes: not one of its lines is anybody's word."""
    return "draft/relaymsg" in line.tags or "/" in line.nick or "@" not in line.user_host or not line.nick


def server_time(text: str) -> datetime | None:
    """The moment in a `time` tag; None for what is none."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # also "0001-01-01T00:00+23:59": no such moment in UTC
        return None
