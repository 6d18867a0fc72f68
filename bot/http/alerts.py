"""`/alerts`: Prometheus' Alertmanager tells us, and people hear of it where they hear of everything else."""

from functools import partial

from bot.chat.worker import Worker
from bot.http.alert import NoMessage, read_alerts
from bot.http.page import Answer, Asked, Page
from core.domain.errors import BackupServError
from core.operations.engine import Engine

_MOST = 1 << 20  # bytes
_KIND = "text/plain; charset=utf-8"


def alerts_page(worker: Worker) -> Page:
    """For who shows the token, as an Authorization header alone."""

    async def take(asked: Asked) -> Answer:
        try:
            await worker.do(partial(_take, body=asked.body))
        except NoMessage as error:
            return Answer(body=f"no message of Alertmanager (version 4): {error}\n".encode(), kind=_KIND, status=400)
        except BackupServError:
            # It sends everything again that was answered so.
            return Answer(body=b"it cannot be kept now\n", kind=_KIND, status=503)
        return Answer(body=b"taken\n", kind=_KIND)

    return Page(path="/alerts", make=take, method="POST", most=_MOST)


def _take(engine: Engine, *, body: bytes) -> None:
    alerts = read_alerts(body)
    engine.teller.of_alerts(alerts.troubles, alerts.ended, left_out=alerts.left_out)
