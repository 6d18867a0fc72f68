"""!help: what you can ask."""

from collections.abc import AsyncIterator, Iterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.nearest import unknown
from bot.chat.paging import IN_CHANNEL
from bot.chat.reply import Reply

_GROUPS = {
    Role.VIEW: "look",
    Role.BACKUP: "keep",
    Role.RESTORE: "bring back",
    Role.APPROVE: "agree",
    Role.ADMIN: "rule",
}
_TOLD = 8  # commands that are told whole at once: all of a verb


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """A line for each group of what who asks may do, or a command whole."""
    if request.args:
        for text in _told(request, desk):
            yield Reply(text)
        return
    may = [command for command in desk.commands if request.actor.may(command.role)]
    lines = []
    for role, title in _GROUPS.items():
        names = " ".join(command.name for command in may if command.role is role)
        lines += [f"{title}: {names}"] if names else []
    lines[-1] += " — !help COMMAND tells more"
    for line in lines:
        yield Reply(line, private=len(lines) > IN_CHANNEL)


def _told(request: Request, desk: Desk) -> Iterator[str]:
    words = tuple(word.lower() for word in " ".join(request.args).removeprefix("!").split())
    fitting = [command for command in desk.commands if command.words[: len(words)] == words]
    fitting = fitting or [command for command in desk.commands if words[: len(command.words)] == command.words]
    if not words or not fitting:
        raise Misused(unknown(words, desk.commands))
    for command in fitting[:_TOLD]:
        needs = "" if request.actor.may(command.role) else f" (needs the role {command.role}, which you have not)"
        yield f"{command.line}{needs}. For example: {command.example}"


COMMAND = Command(
    words=("help",),
    role=Role.VIEW,
    usage="[COMMAND]",
    summary="what you can ask",
    example="!help restore user",
    run=run,
)
