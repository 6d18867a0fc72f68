"""What we are on the network beside our nick: an operator, if we may be one, and a bot that says so."""

from collections.abc import Callable

from bot.irc.events import Event, Opered, Warned
from bot.irc.messages import Line
from bot.irc.outbox import Priority
from bot.irc.splitting import printable
from bot.settings import IrcSettings
from core.domain.errors import BackupServError
from core.secrets import Secret

_REFUSED_OPER = frozenset({"464", "481", "491"})


class Presence:
    """Feed it every line once we are in."""

    def __init__(
        self, settings: IrcSettings, *, send: Callable[[str, Priority], None], tell: Callable[[Event], None]
    ) -> None:
        self._settings = settings
        self._send = send
        self._tell = tell
        self.operator = False
        self.bot_mode = ""  # the mode that marks a bot; "" where the server has none

    def feed(self, line: Line) -> None:
        """Become what we should be."""
        if line.verb == "001":
            self._oper_up()
        elif line.verb == "005":
            self._mark(line)
        elif line.verb == "381":
            self.operator = True
            self._tell(Opered())
        elif line.verb in _REFUSED_OPER and self._settings.oper is not None:
            self._tell(Warned(f"the server refused OPER: {printable(line.last, 100)}"))

    def _oper_up(self) -> None:
        oper = self._settings.oper
        if oper is not None and (password := self.reveal(oper.password)):
            self._send(f"OPER {oper.name} {password}", Priority.PROTOCOL)

    def _mark(self, line: Line) -> None:
        for token in line.params[1:-1]:
            name, _, value = token.partition("=")
            if name == "BOT" and value[:1].isalpha():
                self.bot_mode = value[0]
                self._send(f"MODE {line.param(0)} +{value[0]}", Priority.ANSWER)

    def channel_key(self) -> str:
        """The configured key, or ""."""
        return self.reveal(self._settings.channel_key) if self._settings.channel_key is not None else ""

    def reveal(self, secret: Secret) -> str:
        """The secret, or "" and a warning: a file that is gone must not end a connection that works."""
        try:
            return secret.reveal()
        except BackupServError as error:
            self._tell(Warned(str(error)))
            return ""
