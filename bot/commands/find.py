"""!find: where a nick, a channel or a group is."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.operations.find import Whereabouts
from core.registrations.words import clipped

_LINE = 340  # bytes: what fits into one IRC line with its sender
_TOLD = 2  # things of one name; the command line tells of all


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """At most four lines: what lives, what was, and how it comes back."""
    if len(request.args) != 1:
        raise Misused
    name = request.args[0]
    found = await desk.worker.do(lambda engine: engine.find(name, progress=request.progress))
    yield Reply(clipped(found.now, _LINE))
    for line in found.told[:_TOLD]:
        yield Reply(clipped(line, _LINE))
    if not found.stays:
        yield Reply(f"in none of {found.looked:,} snapshots")
    rest = " · ".join(_rest(found))
    if rest:
        yield Reply(clipped(rest, _LINE))


def _rest(found: Whereabouts) -> list[str]:
    """What else is to say, in one line."""
    words, tail = found.way_back
    parts = [f"!{words} from {tail} would bring it back"] if words else []
    parts += [found.no_way_back] if found.no_way_back else []
    more = len(found.stays) - _TOLD
    parts += [f"{more} more of that name: `backupserv find` tells all"] if more > 0 else []
    parts += [f"{found.older:,} older snapshots were not looked at: `backupserv find --all`"] if found.older else []
    parts += [f"{len(found.troubles)} could not be read, the first: {found.troubles[0]}"] if found.troubles else []
    return parts


COMMAND = Command(
    words=("find",),
    role=Role.VIEW,
    usage="NICK|#CHAN|!GROUP",
    summary="in which snapshots it is, and whether it lives",
    example="!find #chan",
    run=run,
)
