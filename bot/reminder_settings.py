"""`[reminders]`: what people should do again and again, and how often they are told."""

from pydantic import Field

from bot.settings import Settings
from core.domain.reminder import Reminder, Rhythm


class ReminderSettings(Settings):
    """The whole table. Defaults are what networks of some size do."""

    key_rotation: Rhythm = Field(default="monthly", description="a new key for this host, where that is your rule")
    retention_review: Rhythm = Field(default="monthly", description="does what is kept fit what is needed?")
    recovery_test: Rhythm = Field(default="monthly", description="everything back, on a machine that may be lost")
    drill: Rhythm = Field(default="quarterly", description="the worst night, practised by people")
    plans_review: Rhythm = Field(default="quarterly", description="are bot.toml, runbooks and docs as things are?")
    who_may: Rhythm = Field(default="quarterly", description="is everybody who may command still to be trusted?")
    recovery_key: Rhythm = Field(default="yearly", description="does the recovery key open, typed from paper?")

    @property
    def wanted(self) -> tuple[Reminder, ...]:
        """Those that are not switched off."""
        every: dict[str, Rhythm] = self.model_dump()
        return tuple(
            Reminder(name=key.replace("_", "-"), rhythm=every[key], what=what, how=how)
            for key, (what, how) in _WORDS.items()
            if every[key] != "never"
        )


_WORDS = {
    "key_rotation": ("give this host a new key, or decide that the one it has is good", "!runbook key-rotation"),
    "retention_review": ("look at what is kept, why, and how much room it takes", "!runbook retention-review"),
    "recovery_test": ("bring everything back on a machine that may be lost, and look at it", "!runbook drill"),
    "drill": ("practise the worst night with those who would have to do it, and measure it", "!runbook drill"),
    "plans_review": ("read bot.toml and the runbooks with the eyes of somebody new, and print them anew", "!runbook"),
    "who_may": ("look at who may command the bot and who is an oper, and take out who left", "`backupserv check`"),
    "recovery_key": ("type the recovery key from paper, and see that it opens", "`backupserv keys prove -`"),
}
