"""What is served, as a table: the one place where a page is added."""

from bot.chat.command import Desk
from bot.config import BotSettings
from bot.http.health import Vitals, health_pages
from bot.http.page import Page


def build_pages(settings: BotSettings, desk: Desk, vitals: Vitals) -> tuple[Page, ...]:
    """All of them."""
    del settings, desk
    return (*health_pages(vitals),)
