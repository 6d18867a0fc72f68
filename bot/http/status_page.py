"""The status page: everything on one page, and one page for each source."""

import logging
from dataclasses import dataclass, replace

from bot.chat.timetable import NoTimetable, Timetable
from bot.chat.worker import Worker
from bot.fresh import Fresh
from bot.http.drawing import draw_page, style
from bot.http.known import look
from bot.http.overview import Overview, draw
from bot.http.page import Answer, Asked, Page
from core.domain.errors import BackupServError
from core.domain.moment import ago
from core.operations.engine import Engine

log = logging.getLogger(__name__)

LASTS = 10.0  # seconds after which the engine is asked anew
_PATIENCE = 0.1  # seconds for which a reader waits for that, before what was known is shown
_OLD = 60.0  # seconds: who sees something older gets the page once more when there is something newer, or hears why not
_SOON, _OFTEN, _SELDOM = 2, 30, 3600  # seconds until a page is loaded again
_YEAR = 365 * 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The last good look, and why the one after it was none."""

    overview: Overview | None = None
    trouble: str = ""


class StatusPages:
    """Read only: nothing that is asked for here changes anything."""

    def __init__(
        self,
        worker: Worker,
        network: str,
        host: str,
        *,
        timetable: Timetable | None = None,
        has_door: bool = False,
        lasts: float = LASTS,
    ) -> None:
        self._worker = worker
        self._timetable: Timetable = timetable or NoTimetable()
        self._always = {"network": network, "host": host, "has_door": has_door}  # whether there is a way out
        self._seen = _Seen()
        self._fresh = Fresh(self._look, lasts=lasts, patience=_PATIENCE)

    def pages(self) -> tuple[Page, ...]:
        """All of them."""
        return (
            Page(path="/", make=self._whole, warm=self.warm),
            Page(path="/sources/{name}", make=self._source),
            Page(path="/style.css", make=_style, open=True),
        )

    async def warm(self) -> None:
        """The first look at five thousand manifests takes a second, which no reader should wait for."""
        await self._fresh.get()

    async def _look(self) -> _Seen:
        try:
            self._seen = _Seen(overview=await self._worker.do(self._draw))
        except BackupServError as error:
            log.warning("the status page knows nothing new: %s", error)
            self._seen = replace(self._seen, trouble=str(error))
        except Exception as error:
            log.exception("the status page knows nothing new")
            why = f"it failed inside BackupServ ({type(error).__name__}); the log says where"
            self._seen = replace(self._seen, trouble=why)
        return self._seen

    def _draw(self, engine: Engine) -> Overview:
        return draw(look(engine, self._timetable))

    async def _whole(self, asked: Asked) -> Answer:
        seen = await self._fresh.get()
        if seen is None:
            return self._wait()
        return self._answer("status.html", asked, seen)

    async def _source(self, asked: Asked) -> Answer:
        seen = await self._fresh.get()
        if seen is None:
            return self._wait()
        source = seen.overview.source(asked.names["name"]) if seen.overview is not None else None
        if source is None:
            body = draw_page("absent.html", **self._always)
            return Answer(body=body, status=404)
        return self._answer("source.html", asked, seen, source=source)

    def _answer(self, template: str, asked: Asked, seen: _Seen, **shown: object) -> Answer:
        age, pending = self._fresh.age(), self._fresh.pending()
        every = _every(asked)
        hung = f"what was asked has had no answer for {ago(pending)}" if pending > _OLD else ""
        body = draw_page(
            template,
            **self._always,
            overview=seen.overview,
            trouble=seen.trouble or hung,
            age=round(age),
            every=every,
            path=asked.path,
            **shown,
        )
        return Answer(body=body, refresh=_SOON if age > _OLD else every)

    def _wait(self) -> Answer:
        return Answer(body=draw_page("wait.html", **self._always), status=503, refresh=_SOON)


def _every(asked: Asked) -> int:
    """After how many seconds the reader wants it again; 0: never."""
    text = asked.query.get("every", "")
    return min(_SELDOM, max(_OFTEN, int(text))) if text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004 — digits of a day


async def _style(asked: Asked) -> Answer:
    content, digest = style()
    is_named = asked.query.get("v") == digest
    return Answer(body=content, kind="text/css; charset=utf-8", etag=digest, max_age=_YEAR if is_named else 0)
