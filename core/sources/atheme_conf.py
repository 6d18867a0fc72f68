"""What we need to know from atheme.conf: read tolerantly, since the program itself is the judge of its grammar.

Grammar: `name value… { … };` with quoted strings and /* */, // and # comments (Atheme's libathemecore/confparse.c).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.disk import read_whole
from core.domain.casemapping import Casemapping
from core.registrations.wish import Network

_LIMIT = 4 << 20
_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|#[^\n]*|"([^"\n]*)"|([{};=])|([^\s{};="]+)', re.DOTALL)
_DAY = 24 * 60 * 60
_UNITS = {"s": 1, "m": 60, "h": 60 * 60, "d": _DAY, "": _DAY, "w": 7 * _DAY}
_DURATION = re.compile(r"(\d{1,10})[ \t]*([smhdw]?)", re.IGNORECASE | re.ASCII)
_LONGEST = 2**32  # seconds: Atheme counts them in 32 bits, and takes nothing longer


@dataclass(frozen=True, slots=True, kw_only=True)
class AthemeConf:
    """The few facts that decide how a database must be read."""

    casemapping: Casemapping = "rfc1459"  # Atheme's default
    commit_minutes: int = 5  # general::commit_interval, Atheme's default
    operators: tuple[str, ...] = ()  # accounts that are operators by configuration
    nick_days: int = 0  # nickserv::expire, for accounts and nicks; 0 is never, Atheme's default
    channel_days: int = 0  # chanserv::expire

    @property
    def network(self) -> Network:
        """What a plan must know of it."""
        return Network(
            casemapping=self.casemapping,
            nick_days=self.nick_days,
            channel_days=self.channel_days,
            operators=self.operators,
        )


def parse_conf(text: str) -> AthemeConf:
    """The facts in a configuration; what is missing or strange has Atheme's default."""
    settings = list(_settings(text))
    found = {".".join(path): value for path, value in settings}
    minutes = found.get("general.commit_interval", "")
    return AthemeConf(
        casemapping="ascii" if found.get("serverinfo.casemapping") == "ascii" else "rfc1459",
        commit_minutes=int(minutes) if minutes.isdigit() and 1 <= int(minutes) <= 60 else 5,  # noqa: PLR2004 — the range that Atheme takes
        operators=tuple(value for path, value in settings if path == ("operator",)),
        nick_days=_days(found.get("nickserv.expire", "")),
        channel_days=_days(found.get("chanserv.expire", "")),
    )


def _days(duration: str) -> int:
    """Whole days of "30", "30d", "4w" or "720h"; a part of a day is one, since 0 says never.

    What Atheme refuses counts as its default: it warns, and expires nothing.
    """
    read = _DURATION.fullmatch(duration)
    seconds = int(read[1]) * _UNITS[read[2].lower()] if read else 0
    return max(1, seconds // _DAY) if 0 < seconds < _LONGEST else 0


def read_conf(path: Path) -> AthemeConf:
    """The facts in a file.

    Raises:
        SourceUnreadable: it cannot be read.
    """
    return parse_conf(read_whole(path, limit=_LIMIT)[0].decode("utf-8", "replace"))


def _settings(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every `name value` with the blocks it stands in. Names are in lower case: Atheme compares them so."""
    blocks: list[str] = []
    words: list[str] = []
    for token in _TOKEN.finditer(text):
        quoted, mark, word = token.groups()
        if quoted is not None or word is not None:
            words.append(quoted if quoted is not None else word)
        elif mark in {";", "{", "}"}:
            if len(words) > 1:
                yield (*blocks, words[0].lower()), words[1]
            if mark == "{":
                blocks.append(words[0].lower() if words else "")
            elif mark == "}" and blocks:
                blocks.pop()
            words = []
