"""What is served, as a table: the one place where a page is added."""

from bot.chat.command import Desk
from bot.config import BotSettings
from bot.http.health import HEALTHZ
from bot.http.page import Page


def build_pages(settings: BotSettings, desk: Desk) -> tuple[Page, ...]:
    """All of them."""
    del settings, desk
    return (HEALTHZ,)
