"""Where notices go: settings become targets for the engine, and notifiers for the bot."""

from collections.abc import Sequence

from bot.config import BotSettings
from bot.notify.answer import Notifier
from bot.notify_settings import (
    AlertmanagerSettings,
    DiscordSettings,
    MailSettings,
    SlackSettings,
    WaySettings,
    WebhookSettings,
)
from core.domain.notice import ALERTS, Target

CHANNEL = "irc"


def targets_of(settings: BotSettings) -> tuple[Target, ...]:
    """The opers' channel, where there is one, and every configured place."""
    channel = (Target(name=CHANNEL),) if settings.irc is not None else ()
    return (*channel, *(_target(name, way) for name, way in settings.notify.items()))


def _target(name: str, way: WaySettings) -> Target:
    """What Alertmanager told us does not go back there."""
    return Target(name=name, least=way.least, without=(ALERTS,) if isinstance(way, AlertmanagerSettings) else ())


def build_notifiers(settings: BotSettings) -> Sequence[Notifier]:
    """One for each configured place; the opers' channel is the bot's own."""
    return [build_notifier(name, way, settings.network.name) for name, way in settings.notify.items()]


def build_notifier(name: str, way: WaySettings, network: str) -> Notifier:
    """Imported only where it is used: the libraries behind them are large."""
    if isinstance(way, DiscordSettings):
        from bot.notify.discord import DiscordNotifier  # noqa: PLC0415 — see above

        return DiscordNotifier(name, way, network)
    if isinstance(way, SlackSettings):
        from bot.notify.slack import SlackNotifier  # noqa: PLC0415 — see above

        return SlackNotifier(name, way, network)
    if isinstance(way, WebhookSettings):
        from bot.notify.webhook import WebhookNotifier  # noqa: PLC0415 — see above

        return WebhookNotifier(name, way, network)
    if isinstance(way, MailSettings):
        from bot.notify.mail import MailNotifier  # noqa: PLC0415 — see above

        return MailNotifier(name, way, network)
    return _alertmanager(name, way, network)


def _alertmanager(name: str, way: AlertmanagerSettings, network: str) -> Notifier:
    from bot.notify.alertmanager import AlertmanagerNotifier  # noqa: PLC0415 — see above

    return AlertmanagerNotifier(name, way, network)
