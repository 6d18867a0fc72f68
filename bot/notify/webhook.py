"""Any address that takes JSON, in whatever form it wants it."""

import asyncio
from string import Template
from typing import Any

from bot.notify.answer import Answer
from bot.notify.post import Post
from bot.notify.shortening import one_line, shortened
from bot.notify_settings import WebhookSettings
from core.domain.errors import BackupServError
from core.domain.notice import Notice
from core.domain.public import public

_TITLE, _DETAIL = 500, 8000


class WebhookNotifier:
    """One address, and the form of what it takes."""

    def __init__(self, name: str, settings: WebhookSettings, network: str) -> None:
        self.name = name
        self._network = network
        self._settings = settings
        self._post = Post(settings.url, timeout_seconds=settings.timeout_seconds)

    async def send(self, notice: Notice) -> Answer:
        """The configured table with its placeholders filled in."""
        try:
            headers = {name: await asyncio.to_thread(secret.reveal) for name, secret in self._settings.header.items()}
        except BackupServError as error:
            return Answer(kind="later", why=error.message, after=30)
        headers["Idempotency-Key"] = notice.id  # who hears it twice can tell
        return await self._post.send(filled(self._settings.body, values(notice, self._network)), headers=headers)

    async def close(self) -> None:
        """Let go of connections."""
        await self._post.close()


def values(notice: Notice, network: str) -> dict[str, str]:
    """What the placeholders stand for."""
    return {
        "network": network,
        "id": notice.id,
        "cause": notice.cause,
        "state": notice.state,
        "gravity": notice.gravity,
        "headline": one_line(public(notice.headline), _TITLE),
        "title": one_line(public(notice.title), _TITLE),
        "detail": shortened(public(notice.detail), _DETAIL),
        "suggestion": one_line(notice.suggestion, _TITLE),
        "at": notice.at.isoformat(timespec="seconds"),
        "count": str(notice.count),
    }


def filled(body: Any, known: dict[str, str]) -> Any:
    """Each text of a form filled in by itself, before anything becomes JSON: no quote in a title can break out."""
    if isinstance(body, str):
        return Template(body).safe_substitute(known)
    if isinstance(body, dict):
        return {name: filled(value, known) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(value, known) for value in body]
    return body
