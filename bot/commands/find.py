"""!find: where a nick, a channel or a group is."""

from collections.abc import AsyncIterator, Iterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.operations.find import Whereabouts


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """What lives, how what is lost comes back, and everything of that name that ever was."""
    if len(request.args) != 1:
        raise Misused
    name = request.args[0]
    found = await desk.worker.do(lambda engine: engine.find(name, progress=request.progress))
    yield Reply(found.now)
    for line in _stays(found):
        yield Reply(line)
    for trouble in found.troubles:
        yield Reply(f"! {trouble}")


def _stays(found: Whereabouts) -> Iterator[str]:
    """The newest first, and behind it the way back: of a name that was ten things, that is not to be looked for."""
    newest, *others = found.told or (f"in none of {found.looked:,} snapshots",)
    yield newest
    rest = " · ".join(_rest(found))
    if rest:
        yield rest
    yield from others


def _rest(found: Whereabouts) -> Iterator[str]:
    words, tail = found.way_back
    if words:
        yield f"!{words} from {tail} would bring it back"
    if found.no_way_back:
        yield found.no_way_back
    if found.older:
        yield f"{found.older:,} older snapshots were not looked at: `backupserv find --all`"


COMMAND = Command(
    words=("find",),
    role=Role.VIEW,
    usage="NICK|#CHAN|!GROUP",
    summary="in which snapshots it is, and whether it lives",
    example="!find #chan",
    run=run,
)
