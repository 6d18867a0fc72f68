"""Somebody does harm."""

from collections.abc import Iterator

from core.domain.runbooks.page import Facts, Runbook, Step, agree, begin, end, look_after


def _takeover(facts: Facts) -> Iterator[Step]:
    del facts
    yield begin("takeover of #CHAN")
    yield Step(say="tell the others, in the channel and by every other way", chat="!notify emergency TEXT")
    yield Step(
        say="stop it where it happens: in services, freeze the account that does it; on the server, kill and "
        "ban. A restore "
        "that is taken back a minute later helps nobody"
    )
    yield Step(say="what was changed since then, all of it?", chat="!diff WHEN", host="backupserv diff WHEN")
    yield Step(say="who had access, and who has it now?", chat="!who #CHAN WHEN", host="backupserv who '#CHAN' WHEN")
    yield Step(say="who did it, as far as snapshots tell?", chat="!blame #CHAN", host="backupserv blame '#CHAN'")
    yield Step(
        say="bring back what was taken, from before it",
        chat="!restore channel #CHAN from WHEN replace",
        host="backupserv restore channel '#CHAN' --from WHEN --replace",
    )
    yield agree()
    yield Step(say="an account was stolen? It comes back with its old password, which is known: reset it at once")
    yield Step(say="did somebody try to command this bot?", chat="!audit 20", host="backupserv audit --event refused")
    yield look_after()
    yield from end()


def _tampered(facts: Facts) -> Iterator[Step]:
    yield Step(
        say="do not trust this machine any more: whoever encrypts or changes files on it may still be there. "
        "Take it off the "
        "network, and work from another one; do not start anything from its disk"
    )
    yield begin("files were changed")
    yield Step(
        say="which snapshots are damaged, or were not signed by us?", chat="!verify all", host="backupserv verify all"
    )
    for copy in facts.copies:
        yield Step(say=f"the same in {copy}", host=f"backupserv verify all --on {copy}")
    yield Step(
        say="was the audit trail changed? The head that was posted in the channel every day tells",
        chat="!audit verify HEAD",
        host="backupserv audit verify --head HEAD",
    )
    yield Step(
        say="the newest snapshot may hold what the attacker did: choose one from before. What changed between two?",
        chat="!diff ID ID",
        host="backupserv diff ID ID",
    )
    on = facts.copies[-1] if facts.copies else facts.storages[0]
    yield Step(
        say="on a new machine: everything from a copy that they could not reach, as of before",
        host=f"backupserv recover --identity /root/recovery.key --on {on} --host {facts.host} --from WHEN --dry-run",
    )
    yield Step(say="new keys for everything: this host's identity first", host="backupserv keys rotate")
    yield Step(
        say="certificates, passwords of opers, links and services, and what reaches the storages: all of them new"
    )
    yield from end()


TAKEOVER = Runbook(name="takeover", title="somebody takes channels or accounts over, or deletes them", steps=_takeover)
TAMPERED = Runbook(
    name="tampered", title="files or snapshots were changed or encrypted by somebody (ransomware)", steps=_tampered
)
