"""Slack's incoming webhooks. Limits and escaping: docs.slack.dev, "Formatting message text"; block kit."""

import asyncio

from bot.notify.answer import Answer
from bot.notify.post import Post
from bot.notify.shortening import one_line, shortened
from bot.notify_settings import SlackSettings
from core.domain.moment import show
from core.domain.notice import Notice
from core.domain.public import public

_SECTION, _TEXT = 2900, 3500  # below Slack's 3,000 a section; entities count as what they are written with
_GONE = frozenset({"no_service", "no_team", "invalid_token", "channel_not_found", "channel_is_archived"})
_OK = 200
_APART = 1.1  # seconds: it shows one a second, and not all of a burst that it took with "ok"


class SlackNotifier:
    """One webhook."""

    def __init__(self, name: str, settings: SlackSettings, network: str) -> None:
        self.name = name
        self._network = network
        self._free_at = 0.0  # by the loop's clock
        self._post = Post(settings.url, timeout_seconds=settings.timeout_seconds)

    async def send(self, notice: Notice) -> Answer:
        """In blocks; should Slack not like them, as plain text. What comes faster than it shows has to wait."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._free_at = max(now, self._free_at) + _APART
        await asyncio.sleep(self._free_at - _APART - now)
        answer = await self._post.send(blocks(notice, self._network), judge=judge)
        if answer.kind == "refused":
            return await self._post.send(plain(notice, self._network), judge=judge)
        return answer

    async def close(self) -> None:
        """Let go of connections."""
        await self._post.close()


def judge(status: int, text: str) -> Answer | None:
    """Slack says in words what it means; a 200 that is not "ok" was not heard."""
    word = text.strip()[:80]
    if word in _GONE:
        return Answer(kind="gone", why=f"answered {word}")
    if status == _OK and word != "ok":
        # What stands in front of Slack, or in its place, may say it in JSON.
        return None if word.startswith("{") and '"ok":true' in word.replace(" ", "") else _not_ok()
    return None


def _not_ok() -> Answer:
    return Answer(kind="refused", why='answered 200, but not "ok"')


def blocks(notice: Notice, network: str) -> dict[str, object]:
    """The payload: headline, text, and a small line below."""
    parts: list[dict[str, object]] = [_section(f"*{one_line(_escaped(public(notice.headline)), 500)}*")]
    text = public(notice.detail).strip()
    if text:
        parts.append(_section(_fitting(text, _SECTION)))
    if notice.suggestion:
        parts.append(_section(f"`{one_line(_escaped(notice.suggestion.replace('`', '')), 200)}`"))
    below = f"{network} · {notice.cause} · {show(notice.at)}"
    parts.append({"type": "context", "elements": [{"type": "mrkdwn", "text": one_line(_escaped(below), 500)}]})
    return plain(notice, network) | {"blocks": parts}


def plain(notice: Notice, network: str) -> dict[str, object]:
    """Text alone, which stands in for the blocks in notifications too."""
    return {"text": one_line(_escaped(f"[{network}] {public(notice.headline)} ({show(notice.at)})"), _TEXT)}


def _section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _fitting(text: str, most: int) -> str:
    """Shortened before it is escaped: an entity that is cut in two is none."""
    room = most
    while len(escaped := _escaped(shortened(text, room))) > most:
        room = min(room - 1, room * most // len(escaped))
    return escaped


def _escaped(text: str) -> str:
    """These three and no others; `<!channel>` in a reason rings for nobody then."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
