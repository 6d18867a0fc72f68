"""Something is gone, and the rest of the network lives."""

from collections.abc import Iterator

from core.domain.runbooks.page import Facts, Runbook, Step, agree, begin, end, look_after, of_source, places


def _do_not(facts: Facts) -> Step:
    services = facts.services
    return Step(
        say=f"do NOT start {services.told} while {services.database} is missing, empty or damaged: they would "
        "save an empty "
        "network over what comes back. Do NOT restart them if they cannot save: their memory is the newest copy"
    )


def _services_db_lost(facts: Facts) -> Iterator[Step]:
    services = facts.services
    yield _do_not(facts)
    yield begin("services lost their database")
    yield Step(say=f"what is wrong with {services.database}?", host=f"backupserv inspect {services.database}")
    if services.can_save:
        yield Step(
            say="if services still run and know everybody, let them write it: then nothing is lost", chat="!save"
        )
    yield Step(say="the newest good snapshot", chat=f"!snapshots {services.source}", host="backupserv snapshots -n 20")
    for standby in facts.standbys:
        yield Step(
            say=f"the standby {standby} may be newer than any snapshot: see what it would lose",
            chat=f"!promote {standby}",
            host=f"backupserv promote {standby} --dry-run",
        )
    yield Step(
        say="the plan for all of it, which says who would come, vanish or get power; `from WHEN` takes an older one",
        chat=f"!restore database of {services.source}",
        host=f"backupserv restore database --of {services.source} --dry-run",
    )
    yield agree()
    yield look_after()
    yield from end()


def _one_nick(facts: Facts) -> Iterator[Step]:
    del facts
    yield Step(say="where is it, and in which snapshots?", chat="!find NICK", host="backupserv find NICK")
    yield Step(say="what happened to it, when, and by whom?", chat="!blame NICK", host="backupserv blame NICK")
    yield Step(
        say="somebody else bears the name now? They keep it, unless you say `merge` or `replace`; or it comes "
        "back `as NEWNAME`",
        chat="!restore user NICK as NEWNAME",
        host="backupserv restore user NICK --as NEWNAME --dry-run",
    )
    yield Step(
        say="the plan: account, nicks, memos, certificates, access to channels",
        chat="!restore user NICK from WHEN",
        host="backupserv restore user NICK --from WHEN",
    )
    yield agree()
    yield Step(say="the old password is good again: if it was stolen, let its owner change it at once, or reset it")
    yield look_after()


def _one_channel(facts: Facts) -> Iterator[Step]:
    del facts
    yield Step(
        say="who has access now, and who had it then?", chat="!who #CHAN WHEN", host="backupserv who '#CHAN' WHEN"
    )
    yield Step(say="what was changed, and by whom?", chat="!blame #CHAN", host="backupserv blame '#CHAN'")
    yield Step(
        say="the plan: founders, access list, topic, modes; `founder NICK` where no old founder is left, "
        "`replace` where "
        "somebody has registered it anew",
        chat="!restore channel #CHAN from WHEN",
        host="backupserv restore channel '#CHAN' --from WHEN",
    )
    yield agree()
    yield look_after()


def _certificates(facts: Facts) -> Iterator[Step]:
    known = facts.of("tls")
    if not known:
        yield Step(say='certificates are not saved here: [sources.NAME] with kind = "tls" would; get new ones issued')
        return
    yield Step(
        say=f"saved are {places(known)}. Was the key stolen? Then do not bring it back: get a new one, revoke the old"
    )
    yield Step(say="what is missing or does not fit?", chat="!status", host="backupserv check --no-irc")
    yield Step(
        say="the plan: only a pair that fits comes back, nobody is disconnected, and every port is seen to serve it",
        chat=f"!restore tls{of_source(facts, 'tls')}",
        host=f"backupserv restore tls{of_source(facts, 'tls').replace(' of ', ' --of ')} --dry-run",
    )
    yield agree()
    ports = [port for item in known for port in item.serves]
    if ports:
        yield Step(
            say=f"look from outside: {', '.join(ports)}",
            host=f"openssl s_client -connect {ports[0]} -brief",
        )
    yield look_after()


def _config(facts: Facts) -> Iterator[Step]:
    known = facts.of("config")
    if not known:
        yield Step(say='configuration is not saved here: [sources.NAME] with folder = "config" would')
        return
    of = of_source(facts, "config")
    yield Step(
        say=f"saved is {places(known)}. A program that runs does not need its file until it is restarted: take "
        "your time"
    )
    yield Step(
        say="look at an older one beside the living one",
        host=f"backupserv extract WHEN --source {known[0].name} --to /root/look",
    )
    yield Step(
        say="the plan: it is tested by the program before it is read again, and goes back if it is refused; name "
        "files to "
        "bring back only those",
        chat=f"!restore config FILE{of} from WHEN",
        host=f"backupserv restore config FILE{of.replace(' of ', ' --of ')} --from WHEN",
    )
    yield agree()
    yield look_after()


def _ircd_data(facts: Facts) -> Iterator[Step]:
    known = facts.of("ircd")
    if not known:
        yield Step(say='the IRC server\'s own files are not saved here: [sources.NAME] with kind = "unrealircd" would')
        return
    yield Step(
        say=f"saved is {places(known)}: bans (tkl.db), permanent channels (channel.db), reputation.db and others"
    )
    yield Step(
        say="the plan for one file, or for all of them without a name. The server is stopped for it: everybody "
        "on it is "
        "disconnected for a moment",
        chat=f"!restore ircd tkl.db{of_source(facts, 'ircd')}",
        host=f"backupserv restore ircd tkl.db{of_source(facts, 'ircd').replace(' of ', ' --of ')} --dry-run",
    )
    yield agree()
    yield look_after()


SERVICES_DB_LOST = Runbook(
    name="services-db-lost", title="the services database is lost, empty or damaged", steps=_services_db_lost
)
ONE_NICK = Runbook(name="one-nick", title="one account is gone or changed", steps=_one_nick)
ONE_CHANNEL = Runbook(name="one-channel", title="one channel is gone, or its access was changed", steps=_one_channel)
CERTIFICATES = Runbook(name="certificates", title="certificates or their keys are gone", steps=_certificates)
CONFIG = Runbook(name="config", title="configuration is gone, or was changed for the worse", steps=_config)
IRCD_DATA = Runbook(
    name="ircd-data", title="bans, permanent channels or other files of the IRC server", steps=_ircd_data
)
