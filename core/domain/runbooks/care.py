"""What is done in peace, so that the worst night is short; and how people go about any emergency."""

from collections.abc import Iterator

from core.domain.runbooks.page import Facts, Runbook, Step, begin, end


def _done(name: str) -> Step:
    return Step(say="say that it is done", chat=f"!done {name}", host=f"backupserv reminders --done {name}")


def _emergency(facts: Facts) -> Iterator[Step]:
    ways = f" and by {', '.join(facts.ways)}" if facts.ways else "; no other way is configured: [notify.NAME]"
    yield begin("TITLE")
    yield Step(say=f"tell the others, in the channel{ways}", chat="!notify emergency TEXT")
    yield Step(say="how far does it go? One honest line", chat="!status", host="backupserv status")
    yield Step(say="what was noticed so far?", chat="!alerts", host="backupserv notices")
    yield Step(say="what changed, and since when?", chat="!diff WHEN", host="backupserv diff WHEN")
    yield Step(say="choose what to do", chat="!runbook", host="backupserv runbook")
    yield Step(
        say="write down what you see and do while you do it",
        chat="!incident note TEXT",
        host="backupserv incident note TEXT",
    )
    yield Step(say="every half hour: tell where it stands, also when nothing is new", chat="!notify warning TEXT")
    yield Step(
        say="afterwards: does services' data fit, can people log in, is a snapshot of it proven?",
        chat="!verify latest",
        host="backupserv verify",
    )
    yield from end()


def _drill(facts: Facts) -> Iterator[Step]:
    yield Step(
        say="every source, brought back where it hurts nobody; services are booted on it, and every step is timed",
        chat="!drill all",
        host="backupserv drill all",
    )
    for copy in facts.copies:
        yield Step(
            say=f"the same out of {copy}", chat=f"!drill all from {copy}", host=f"backupserv drill all --from {copy}"
        )
    yield Step(say="was it quick enough?", chat="!status", host="backupserv drill --list")
    yield Step(say="what would a whole recovery do on this host?", host="backupserv recover --dry-run")
    yield Step(
        say="once a quarter, with those who would have to do it: on an empty machine, with bot.toml and the recovery "
        f"key alone. The host is {facts.host}; it ends with its time against the objective",
        host=f"backupserv recover --identity /root/recovery.key --host {facts.host}",
    )
    yield Step(say="do notices arrive everywhere?", chat="!test alerts", host="backupserv notices --test")
    yield Step(say="write down what was slow or wrong, and mend it")
    yield _done("drill")


def _key_rotation(facts: Facts) -> Iterator[Step]:
    yield Step(
        say=f"to whom are snapshots sealed? {facts.recipients} recipients now",
        chat="!keys",
        host="backupserv keys list",
    )
    yield Step(say="prove the recovery key, from paper", host="backupserv keys prove -")
    yield Step(say="a new identity for this host; the old one still opens what is old", host="backupserv keys rotate")
    yield Step(say="restart the bot, then a full snapshot", chat="!backup now full", host="backupserv backup --full")
    yield Step(say="does it open?", chat="!verify latest", host="backupserv verify")
    yield _done("key-rotation")


def _retention_review(facts: Facts) -> Iterator[Step]:
    yield Step(
        say=f"what stays, why, and how much room does it take in {', '.join(facts.storages)}?",
        chat="!retention plan",
        host="backupserv retention --all",
    )
    yield Step(say="pins that nobody needs any more: each is named there", chat="!unpin ID", host="backupserv unpin ID")
    yield Step(say="is it as much as was agreed to (7 daily, 4 weekly, 12 monthly)? [retention] in bot.toml says it")
    yield Step(say="remove what is not claimed", chat="!prune", host="backupserv prune")
    yield _done("retention-review")


def _upgrade(facts: Facts) -> Iterator[Step]:
    services = facts.services
    yield Step(
        say="before another version of services or of the IRC server: a full snapshot",
        chat="!backup now full",
        host="backupserv backup --full",
    )
    yield Step(say="is it proven?", chat="!verify latest", host="backupserv verify")
    yield Step(
        say="would the new version live on it? Rehearse it before you install it", host="backupserv drill --with PATH"
    )
    yield Step(say="keep it", chat="!pin latest before the upgrade", host="backupserv pin latest before the upgrade")
    yield Step(say=f"stop {services.told}", host=services.stop)
    yield Step(say="install, and start it", host=services.start)
    yield Step(
        say="does everything answer, and is the new database read?", chat="!backup now", host="backupserv backup"
    )
    yield Step(say="did anybody vanish?", chat="!diff latest", host="backupserv diff latest")
    yield Step(
        say="if it went wrong: install the old version first, then the whole database as it was",
        chat="!restore database from ID",
        host="backupserv restore database --from ID",
    )


EMERGENCY = Runbook(name="emergency", title="what to do first, whatever it is, and who must be told", steps=_emergency)
DRILL = Runbook(name="drill", title="practise the worst night in peace", steps=_drill)
KEY_ROTATION = Runbook(name="key-rotation", title="a new key for this host, once a month", steps=_key_rotation)
RETENTION_REVIEW = Runbook(
    name="retention-review", title="does what is kept fit what is needed?", steps=_retention_review
)
UPGRADE = Runbook(
    name="upgrade", title="before and after another version of services or the IRC server", steps=_upgrade
)
