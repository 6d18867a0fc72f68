"""A place that takes notices over HTTP, on loopback: it remembers, and answers as it is told, or as its kind would."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from core.secrets import Secret

Rule = Callable[[Any], tuple[int, str]]


@dataclass
class Receiver:
    """`script` is used up first: a status and a text, or "reset", or seconds of silence; then `rule` judges."""

    rule: Rule = lambda _: (200, "ok")
    script: list[Any] = field(default_factory=list)
    heard: list[Any] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        body = json.loads(text) if request.content_type == "application/json" else text
        self.paths.append(request.path_qs)
        self.headers.append(dict(request.headers))
        step = self.script.pop(0) if self.script else None
        if step == "reset":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if isinstance(step, float):
            await asyncio.sleep(step)
        status, answer, *more = step if isinstance(step, tuple) else self.rule(body)
        if status < 300:
            self.heard.append(body)
        return web.Response(status=status, text=answer, headers=more[0] if more else None)

    def secret(self, folder: Path) -> Secret:
        """Its address, as a configuration names it."""
        file = folder / "url"
        file.write_text(self.url + "\n")
        file.chmod(0o600)
        return Secret(file=str(file))


@asynccontextmanager
async def receiving(receiver: Receiver) -> AsyncIterator[Receiver]:
    """It listens until the block ends."""
    app = web.Application(client_max_size=1 << 22)
    app.router.add_post("/{path:.*}", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # asyncio's servers have them
    receiver.url = f"http://127.0.0.1:{port}/api/webhooks/1/verysecrettoken"
    try:
        yield receiver
    finally:
        await runner.cleanup()


def discord(body: Any) -> tuple[int, str]:
    """Discord's own limits (developers/resources/message, "Embed Limits"), and its 400."""
    embeds = body.get("embeds", [])
    texts = [text for embed in embeds for text in _texts(embed)]
    good = (
        0 < len(body.get("content", "")) <= 2000
        and 1 <= len(body.get("username", "x")) <= 80
        and len(embeds) <= 10
        and sum(map(len, texts)) <= 6000
        and all(texts)
        and all(len(embed.get("title", "")) <= 256 for embed in embeds)
        and all(len(embed.get("description", "")) <= 4096 for embed in embeds)
        and all(len(embed.get("footer", {}).get("text", "")) <= 2048 for embed in embeds)
    )
    if not good:
        return 400, '{"message": "Invalid Form Body", "code": 50035}'
    assert body["allowed_mentions"] == {"parse": []}
    return 200, '{"id": "1"}'


def _texts(embed: dict[str, Any]) -> list[str]:
    return [
        *(embed[name] for name in ("title", "description") if name in embed),
        *([embed["footer"]["text"]] if "footer" in embed else []),
    ]


def slack(body: Any) -> tuple[int, str]:
    """Slack's own limits: 3,000 a section, 50 blocks, about 13,200 in all."""
    blocks = body.get("blocks", [])
    texts = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    texts += [part["text"] for block in blocks if block["type"] == "context" for part in block["elements"]]
    if not body.get("text"):
        return 400, "missing_text_or_fallback_or_attachments"
    if len(blocks) > 50 or not all(0 < len(text) <= 3000 for text in texts):
        return 400, "invalid_blocks"
    if sum(map(len, texts)) > 13_200:
        return 400, "msg_blocks_too_long"
    return 200, "ok"
