"""What is served, as a table: the one place where a page is added."""

from bot.chat.command import Desk
from bot.config import BotSettings
from bot.http.alerts import alerts_page
from bot.http.health import Vitals, health_pages
from bot.http.metrics import metrics_page
from bot.http.page import Page
from bot.http.status_page import StatusPages
from bot.metrics.latest import LatestFigures


def build_pages(settings: BotSettings, desk: Desk, vitals: Vitals, figures: LatestFigures) -> tuple[Page, ...]:
    """All of them."""
    has_door = settings.http is not None and settings.http.token is not None
    status = StatusPages(
        desk.worker, settings.network.name, settings.network.host, timetable=desk.timetable, has_door=has_door
    )
    return (*health_pages(vitals), metrics_page(figures.text), *_alerts(settings, desk), *status.pages())


def _alerts(settings: BotSettings, desk: Desk) -> tuple[Page, ...]:
    """Only where nobody tells us anything who is not known."""
    http = settings.http
    return (alerts_page(desk.worker),) if http is not None and (http.token or http.client_ca) else ()
