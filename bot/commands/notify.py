"""!notify: everybody is told something, in the channel and by every other way."""

from collections.abc import AsyncIterator

from bot.chat.authority import Role
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.reply import Reply
from core.domain.notice import GRAVITIES, Gravity
from core.operations.engine import Engine

_LONGEST = 400  # letters: what people read on a phone


async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """It waits in the outbox until each place has heard it."""
    gravity = _gravity(request.args)
    text = " ".join(request.args[1:])
    if not text or len(text) > _LONGEST:
        raise Misused("say it in one line" if text else "")

    def tell(engine: Engine) -> int:
        places = engine.teller.notices.tell(gravity, f"{text} ({request.by})", cause="said")
        engine.journal.record("notice", gravity=gravity, text=text, by=request.by)
        return places

    places = await desk.worker.do(tell)
    desk.bell.wake()
    if not places:
        yield Reply(f"NOT SAID: it is muted, or no place hears what is {gravity}; !alerts tells what is muted")
        return
    yield Reply(f"said to {places} place{'' if places == 1 else 's'}; !alerts tells what has not arrived yet")


def _gravity(args: tuple[str, ...]) -> Gravity:
    word = args[0].lower() if args else ""
    for gravity in GRAVITIES:
        if gravity == word:
            return gravity
    raise Misused(f"how grave is it? {' · '.join(GRAVITIES)}")


COMMAND = Command(
    words=("notify",),
    role=Role.ADMIN,
    usage="info|warning|error|emergency TEXT",
    summary="tell everybody something, in the channel and by every other way",
    example="!notify emergency services are down, restore under way",
    run=run,
)
