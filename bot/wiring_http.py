"""What is served, as a table: the one place where a page is added."""

from bot.chat.command import Desk
from bot.config import BotSettings
from bot.http.health import Vitals, health_pages
from bot.http.metrics import metrics_page
from bot.http.page import Page
from bot.http.status_page import StatusPages
from bot.metrics.fresh import Fresh


def build_pages(settings: BotSettings, desk: Desk, vitals: Vitals, fresh: Fresh) -> tuple[Page, ...]:
    """All of them."""
    has_door = settings.http is not None and settings.http.token is not None
    status = StatusPages(desk.worker, settings.network.name, settings.network.host, has_door=has_door)
    return (*health_pages(vitals), metrics_page(fresh.text), *status.pages())
