"""One request over HTTP, and what its answer means for a notice."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import aiohttp

from bot.notify.answer import Answer
from core.domain.errors import BackupServError
from core.secrets import Secret

_READ = 16384  # bytes of an answer that are looked at
_LONGEST_WAIT = 3600.0  # seconds: who asks for more is asked again after an hour
_MILLISECONDS = 5000.0  # a wait of more "seconds" than that was meant in milliseconds
_DEFAULT_WAIT = 30.0
_GONE = frozenset({404, 410})  # nothing that is sent again changes these; Discord bans who tries
_FORBIDDEN = frozenset({401, 403, 407})  # (407: a proxy) somebody may change their mind, and is not asked often
_AN_HOUR = 3600.0
_TOO_MANY = 429
_ELSEWHERE = range(300, 400)  # what stands in front of it for a while says this; what was said is not at fault
_HEARD, _LATER = range(200, 300), frozenset({408, 409, 425, 429, *range(500, 600)})

Judge = Callable[[int, str], Answer | None]
"""What a status and the text of an answer mean; None = as for everybody."""


class Post:
    """Requests to one address that is a secret: it never stands in an answer. Redirects are not followed."""

    def __init__(self, url: Secret, *, timeout_seconds: float) -> None:
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        payload: object,
        *,
        path: str = "",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        judge: Judge = lambda status, text: None,  # noqa: ARG005 — as for everybody
    ) -> Answer:
        """POST as JSON (text as it is), and what came of it."""
        try:
            url = (await asyncio.to_thread(self._url.reveal)).strip()
        except BackupServError as error:
            return Answer(kind="later", why=error.message, after=_DEFAULT_WAIT)
        body = payload if isinstance(payload, str) else json.dumps(payload)
        kind = "text/plain" if isinstance(payload, str) else "application/json"
        try:
            async with self._opened().post(
                url.rstrip("/") + path if path else url,
                data=body.encode("utf-8", "replace"),
                params=query,
                headers={"Content-Type": f"{kind}; charset=utf-8", **(headers or {})},
                allow_redirects=False,
            ) as response:
                text = (await _beginning(response.content)).decode("utf-8", "replace")
                return judge(response.status, text) or judged(response.status, text, response.headers)
        except TimeoutError:
            return Answer(kind="later", why="no answer in time")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Answer(kind="later", why=f"not reached ({type(error).__name__})")

    async def close(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(timeout=self._timeout, trust_env=True, cookie_jar=jar)
        return self._session


async def _beginning(content: aiohttp.StreamReader) -> bytes:
    """As much of it as is looked at and comes, in however many pieces: the status has said already what counts."""
    found = b""
    with suppress(aiohttp.ClientError, OSError, TimeoutError):
        while len(found) < _READ and (piece := await content.read(_READ - len(found))):
            found += piece
    return found


def judged(status: int, text: str, headers: Mapping[str, str]) -> Answer:
    """What most services mean by a status."""
    if status in _HEARD:
        return Answer(kind="heard")
    if status in _LATER:
        return Answer(
            kind="later", why=f"answered {status}", after=_asked_wait(text, headers) if status == _TOO_MANY else 0
        )
    if status in _ELSEWHERE:
        return Answer(kind="later", why=f"answered {status}: it is somewhere else")
    if status in _FORBIDDEN:
        return Answer(kind="later", why=f"answered {status}: it may not be used", after=_AN_HOUR)
    if status in _GONE:
        return Answer(kind="gone", why=f"answered {status}: the address is not good any more")
    return Answer(kind="refused", why=f"answered {status}")


def _asked_wait(text: str, headers: Mapping[str, str]) -> float:
    """Seconds, out of the body (a float) or the header (whole seconds, or a date, which is not worth a parser)."""
    for found in (_in_body(text), headers.get("Retry-After")):
        try:
            seconds = float(found)  # type: ignore[arg-type]  # None and texts are what the next line is for
        except (TypeError, ValueError, OverflowError):
            continue
        if seconds > _MILLISECONDS:
            seconds /= 1000
        if seconds >= 0:
            return min(seconds, _LONGEST_WAIT)
    return _DEFAULT_WAIT


def _in_body(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found.get("retry_after") if isinstance(found, dict) else None
