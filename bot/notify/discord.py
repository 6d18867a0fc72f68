"""Discord webhooks. Limits and shapes: developers/resources/webhook and message, "Embed Limits"; "Allowed Mentions"."""

from datetime import UTC

from bot.notify.answer import Answer
from bot.notify.post import Post
from bot.notify.shortening import one_line, shortened
from bot.notify_settings import DiscordSettings
from core.domain.notice import Gravity, Notice, State
from core.domain.public import public

_CONTENT, _TITLE, _DESCRIPTION, _FOOTER = 2000, 256, 3800, 200  # below Discord's own, whose sum must be below 6,000
_COLOURS: dict[Gravity, int] = {"info": 0x3B82F6, "warning": 0xF59E0B, "error": 0xDC2626, "emergency": 0x7F1D1D}
_GREEN = 0x16A34A
_BAD = 400
_NOBODY = {"parse": list[str]()}  # no text of ours rings for anybody


class DiscordNotifier:
    """One webhook."""

    def __init__(self, name: str, settings: DiscordSettings, network: str) -> None:
        self.name = name
        self._network = network
        self._query = {"wait": "true"} | ({"thread_id": settings.thread} if settings.thread else {})
        self._post = Post(settings.url, timeout_seconds=settings.timeout_seconds)

    async def send(self, notice: Notice) -> Answer:
        """As a card; should Discord not like it, as one plain line, which nothing can be wrong with."""
        answer = await self._post.send(card(notice, self._network), query=self._query)
        if answer.kind == "refused":
            return await self._post.send(plain(notice, self._network), query=self._query)
        return answer

    async def close(self) -> None:
        """Let go of connections."""
        await self._post.close()


def card(notice: Notice, network: str) -> dict[str, object]:
    """The payload: an embed with everything, and the headline as what a phone shows."""
    text = public(notice.detail)
    if notice.suggestion:
        text += f"\n`{one_line(notice.suggestion.replace('`', ''), 200)}`"
    embed: dict[str, object] = {
        "title": one_line(_escaped(public(notice.title)), _TITLE) or notice.gravity,
        "color": _colour(notice.state, notice.gravity),
        "timestamp": notice.at.astimezone(UTC).isoformat(),
        "footer": {"text": one_line(f"{network} · {notice.cause}", _FOOTER)},
    }
    if text.strip():
        embed["description"] = shortened(_escaped(text.strip()), _DESCRIPTION)
    return plain(notice, network) | {"embeds": [embed]}


def plain(notice: Notice, network: str) -> dict[str, object]:
    """The headline alone."""
    content = one_line(f"[{network}] {_escaped(public(notice.headline))}", _CONTENT)
    return {"content": content, "username": "BackupServ", "allowed_mentions": _NOBODY}


def _colour(state: State, gravity: Gravity) -> int:
    return _GREEN if state == "resolved" else _COLOURS[gravity]


def _escaped(text: str) -> str:
    """A mention is none with a character of no width in it, also where somebody copies it elsewhere."""
    return text.replace("@", "@\u200b")
