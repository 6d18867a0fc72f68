"""One configuration for all that is told to the bot."""

import pytest

from bot.config import BotSettings
from tests.fuzz.household import settings_of


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> BotSettings:
    return settings_of(tmp_path_factory.mktemp("fuzz") / "network")
