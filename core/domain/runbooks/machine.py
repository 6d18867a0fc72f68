"""Everything is gone, or the machine is in trouble."""

from collections.abc import Iterator

from core.domain.runbooks.page import Facts, Runbook, Step, agree, begin, end, look_after


def _whole_network(facts: Facts) -> Iterator[Step]:
    yield begin("everything is gone")
    yield Step(
        say="the plan: everything of one moment, with everything stopped meanwhile and started in order",
        chat="!restore all from WHEN",
        host="backupserv recover --from WHEN --dry-run",
    )
    copies = f"; --on {facts.copies[0]} takes the copy there" if facts.copies else ""
    yield Step(
        say=f"do it: in the channel a second oper, here yourself{copies}",
        chat="!approve CODE",
        host="backupserv recover",
    )
    yield Step(say="if it was cut short, the same command goes on; it says at its end what is not as it should be")
    yield Step(say="is everything there? Let somebody log in", chat="!status", host="backupserv status")
    yield from end()


def _host_lost(facts: Facts) -> Iterator[Step]:
    on = facts.copies[0] if facts.copies else facts.storages[0]
    yield Step(
        say="a new machine, with the IRC server, services and BackupServ installed and their folders empty. "
        f"{facts.host} had "
        f"its snapshots in: {', '.join(facts.storages)}"
    )
    yield Step(
        say="put bot.toml in place: it is in no snapshot, and lies with the recovery key. Without it "
        "docs/restore.md has one "
        "that is enough"
    )
    yield Step(
        say="type the recovery key from paper into /root/recovery.key, and see that it opens",
        host="chmod 600 /root/recovery.key",
    )
    yield Step(
        say=f"look: nothing is changed. The network is {facts.network}, the old machine was called {facts.host}",
        host=f"backupserv recover --identity /root/recovery.key --on {on} --host {facts.host} --dry-run",
    )
    yield Step(say="do it", host=f"backupserv recover --identity /root/recovery.key --on {on} --host {facts.host}")
    yield Step(say="can it be reached, do services answer, can somebody log in?", host="backupserv status")
    yield Step(say="then give this machine keys of its own, and a first full snapshot", host="backupserv keys rotate")
    yield Step(say="the snapshot", host="backupserv backup --full")


def _standby(facts: Facts) -> Iterator[Step]:
    if not facts.standbys:
        yield Step(say="there is no standby here: [standby.NAME] makes one, which follows every snapshot")
        return
    services = facts.services
    yield Step(say="how far is it behind?", chat="!status", host="backupserv status")
    yield Step(
        say=f"are services down on the old host? Two at a time lose what either writes. There it is {services.told}",
        host=services.stop,
    )
    for standby in facts.standbys:
        yield Step(
            say=f"the plan for {standby}: it says what it would lose",
            chat=f"!promote {standby}",
            host=f"backupserv promote {standby} --dry-run",
        )
    yield agree()
    yield look_after()


def _key_lost(facts: Facts) -> Iterator[Step]:
    yield Step(
        say=f"snapshots are sealed to {facts.recipients} recipients: who opens them?",
        chat="!keys",
        host="backupserv keys list",
    )
    yield Step(
        say="this host's identity is gone: nothing is lost while the recovery key is there. See that it opens, "
        "from paper",
        host="backupserv keys prove -",
    )
    yield Step(
        say="make a new one where keys.identity names it: it prints its recipient",
        host="backupserv keygen --output FILE",
    )
    yield Step(say="seal to it from now on", host="backupserv keys add RECIPIENT")
    yield Step(
        say="restart the bot, then a full snapshot that it opens",
        chat="!backup now full",
        host="backupserv backup --full",
    )
    yield Step(
        say="the recovery key is gone: make another one on another machine, keep it on paper, and seal to it too",
        host="backupserv keys add RECIPIENT",
    )
    yield Step(
        say="a key was STOLEN: who has it reads every old snapshot. Make a new one, and seal the old snapshots "
        "anew in an empty "
        "storage; then delete the old storages yourself, and let everybody change their passwords",
        host="backupserv keys rewrap --to STORAGE",
    )
    yield Step(say="every old snapshot opens there?", chat="!verify all", host="backupserv verify all --on STORAGE")


def _disk_full(facts: Facts) -> Iterator[Step]:
    services = facts.services
    yield Step(
        say=f"do NOT restart {services.told}: they hold the newest copy in memory, and a save on a full disk "
        "leaves a file that "
        "is cut off, without a word"
    )
    yield Step(say="which disk?", host="df -h")
    yield Step(
        say="make room: logs first, then what others left. Never remove snapshots by hand: what rests on them "
        "would be lost. "
        "What may go?",
        chat="!retention",
        host="backupserv retention",
    )
    yield Step(say="remove what retention no longer claims", chat="!prune", host="backupserv prune")
    if services.can_save:
        yield Step(say="let services save, and see that the file is new and whole", chat="!save")
    yield Step(say="is it whole?", host=f"backupserv inspect {services.database}")
    yield Step(say="a snapshot of what is there now", chat="!backup now", host="backupserv backup")
    yield Step(say="is it well?", chat="!status", host="backupserv status")


WHOLE_NETWORK = Runbook(name="whole-network", title="everything is gone, and the machine lives", steps=_whole_network)
HOST_LOST = Runbook(name="host-lost", title="the machine is gone: everything on a new one", steps=_host_lost)
STANDBY = Runbook(name="standby", title="services go on from the copy that is ready to be lived on", steps=_standby)
KEY_LOST = Runbook(name="key-lost", title="a key that opens snapshots is lost or stolen", steps=_key_lost)
DISK_FULL = Runbook(name="disk-full", title="a disk is full", steps=_disk_full)
