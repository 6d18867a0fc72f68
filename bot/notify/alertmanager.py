"""Prometheus' Alertmanager: POST /api/v2/alerts. What is not told again ends there by itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.notify.answer import Answer
from bot.notify.post import Post
from bot.notify.shortening import one_line, shortened
from bot.notify_settings import AlertmanagerSettings
from core.domain.notice import ALERTS, OUR_ALERT, Gravity, Notice, Trouble, at_least
from core.domain.public import public
from core.notices.incident import Incident

_PATH = "/api/v2/alerts"
_MISSED = 4  # times that it may be told late before it ends there
_SEVERITY: dict[Gravity, str] = {"info": "info", "warning": "warning", "error": "error", "emergency": "critical"}


class AlertmanagerNotifier:
    """One Alertmanager. What has happened and is no state is told as an alert that ends after a while."""

    def __init__(self, name: str, settings: AlertmanagerSettings, network: str) -> None:
        self.name = name
        self.again = timedelta(seconds=settings.again_seconds)
        self._least = settings.least
        self._network = network
        self._post = Post(settings.url, timeout_seconds=settings.timeout_seconds)

    async def send(self, notice: Notice) -> Answer:
        """What has begun or ended, at once."""
        ends = notice.at if notice.state == "resolved" else notice.at + self.again * _MISSED
        return await self._post.send([self._alert(notice, None, ends)], path=_PATH)

    async def tell_again(self, incidents: Sequence[Incident], now: datetime) -> Answer:
        """All that is wrong now and was told there, so that it does not end there."""
        ends = now + self.again * _MISSED
        # What begins in a future that a clock made up is refused.
        alerts = [self._alert(item.trouble, min(item.opened_at, now), ends) for item in incidents if self._knows(item)]
        return await self._post.send(alerts, path=_PATH) if alerts else Answer(kind="heard")

    async def close(self) -> None:
        """Let go of connections."""
        await self._post.close()

    def _knows(self, item: Incident) -> bool:
        """What it told us itself, what is not grave enough for it, and what was muted is not told again."""
        return (
            not item.cause.startswith(ALERTS)
            and at_least(item.trouble.gravity, self._least)
            and item.told_at is not None
        )

    def _alert(self, item: Notice | Trouble, starts: datetime | None, ends: datetime) -> dict[str, object]:
        labels = {
            "alertname": OUR_ALERT,
            "cause": item.cause,
            "severity": _SEVERITY[item.gravity],
            "network": self._network,
        }
        annotations = {
            "summary": one_line(public(item.title), 500),
            "description": shortened(public(item.detail), 4000),
            "suggestion": item.suggestion,
        }
        alert: dict[str, object] = {"labels": labels, "annotations": annotations, "endsAt": ends.isoformat()}
        return alert | ({"startsAt": starts.isoformat()} if starts is not None else {})
