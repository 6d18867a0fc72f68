"""What is served, as a table: the one place where a page is added."""

from bot.chat.command import Desk
from bot.config import BotSettings
from bot.http.health import Vitals, health_pages
from bot.http.page import Page
from bot.http.status_page import StatusPages


def build_pages(settings: BotSettings, desk: Desk, vitals: Vitals) -> tuple[Page, ...]:
    """All of them."""
    status = StatusPages(desk.worker, settings.network.name, settings.network.host)
    return (*health_pages(vitals), *status.pages())
