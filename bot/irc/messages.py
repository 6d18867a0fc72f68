"""Lines of the protocol, and what somebody wrote: pure, and nothing that arrives can make it raise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from irc.message import Tag

_FRESH = timedelta(seconds=10)  # an older line is history that is being played back
_PARAMS = 15  # RFC 1459 §2.3
_TAGS = 64
_CUT = str.maketrans(dict.fromkeys("\r\n\0", " "))


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
    def nick(self) -> str:
        """Who sent it: a nick, or a server's name."""
        return self.prefix.partition("!")[0]

    @property
    def user_host(self) -> str:
        """`user@host`, or "" for a server and for who hides it."""
        return self.prefix.partition("!")[2]


def parse_line(raw: bytes) -> Line:
    """Take one line apart (without its CR LF). Bytes that are no UTF-8 are replaced, never refused."""
    text = raw.decode("utf-8", "replace").translate(_CUT).strip(" ")
    tags: dict[str, str] = {}
    if text.startswith("@"):
        group, _, text = text[1:].partition(" ")
        tags = _tags(group)
        text = text.lstrip(" ")
    prefix = ""
    if text.startswith(":"):
        prefix, _, text = text[1:].partition(" ")
        text = text.lstrip(" ")
    head, colon, trailing = text.partition(" :")
    words = head.split()
    if not words:
        return Line(tags=tags, prefix=prefix)
    params = words[1:_PARAMS] + ([trailing] if colon else [])
    return Line(tags=tags, prefix=prefix, verb=words[0].upper(), params=tuple(params))


def _tags(group: str) -> dict[str, str]:
    items = (Tag.parse(item) for item in group.split(";")[:_TAGS] if item)
    return {item["key"]: item["value"] or "" for item in items}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a person wrote, in the channel or to us. CTCP is never dequoted: a byte 0x10 and "r" stay text."""

    nick: str
    user_host: str
    channel: str | None  # None: in private
    text: str
    account: str | None = None  # by account-tag; None: not logged in, or not known
    account_known: bool = False  # whether the server tags accounts at all
    at: datetime | None = None
    is_history: bool = False
    from_bot: bool = False
    relayed: bool = False
    is_own: bool = False
    serial: int = 0  # the line's number on this connection: what came before, what after


def read_message(line: Line, *, own_nick: str, account_tags: bool, now: datetime, serial: int = 0) -> Message | None:
    """The message in a PRIVMSG; None for everything that can never be a command (notices, CTCP, actions)."""
    text = line.param(1)
    if line.verb != "PRIVMSG" or not text or text.startswith("\x01"):
        return None
    target = line.param(0)
    sent_at = _server_time(line.tags.get("time", ""))
    return Message(
        nick=line.nick,
        user_host=line.user_host,
        channel=target if target[:1] in {"#", "&"} else None,
        text=text,
        account=line.tags.get("account") or None,
        account_known=account_tags,
        at=sent_at,
        is_history="batch" in line.tags or (sent_at is not None and abs(now - sent_at) > _FRESH),
        from_bot="bot" in line.tags or "draft/bot" in line.tags,
        relayed=_is_relayed(line),
        is_own=line.nick == own_nick,
        serial=serial,
    )


def _is_relayed(line: Line) -> bool:
    """A bridge speaks for somebody, under any name it likes: not one of its lines is anybody's word."""
    return "draft/relaymsg" in line.tags or "/" in line.nick or "@" not in line.user_host or not line.nick


def _server_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
