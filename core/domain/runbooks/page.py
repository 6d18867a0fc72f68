"""A runbook: its steps are made from what is known of the network, and never show a command that does not exist."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A source beside services, in words."""

    name: str
    what: str  # "tls", "config", "ircd", "files", "database"
    place: str  # where it lies on the host; its last name alone in chat
    serves: tuple[str, ...] = ()  # TLS ports that must serve its certificates


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Services, and how they are stopped and started."""

    source: str  # the name of what is saved of them
    database: str  # where it lies; its last name alone in chat
    told: str  # "the systemd unit atheme-services.service"
    stop: str = ""  # on the host, by hand; "" = nobody knows
    start: str = ""
    can_save: bool = False  # whether the bot can ask for a save


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of this network, in words. For chat without full paths."""

    network: str
    host: str
    services: Program
    others: tuple[Saved, ...]
    storages: tuple[str, ...]  # the repository, then the copies
    standbys: tuple[str, ...]
    channel: str  # "" = the bot is on no IRC
    recipients: int
    opens: bool  # whether this host has an identity
    state: str
    ways: tuple[str, ...]  # where notices go beside the channel

    @property
    def copies(self) -> tuple[str, ...]:
        """The storages beside the repository."""
        return self.storages[1:]

    def of(self, what: str) -> tuple[Saved, ...]:
        """Those sources."""
        return tuple(item for item in self.others if item.what == what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do: `say` tells what, `chat` and `host` are what is typed for it. Words in capitals are yours."""

    say: str
    chat: str = ""  # "!restore user NICK"
    host: str = ""  # "backupserv restore user NICK"


Steps = Callable[[Facts], Iterable[Step]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """One of them."""

    name: str  # as it is typed
    title: str
    steps: Steps

    def in_chat(self, facts: Facts) -> Iterator[str]:
        """Its lines for the channel. What only the host can do is marked so."""
        yield f"{self.name}: {self.title}"
        for number, step in enumerate(self.steps(facts), start=1):
            typed = step.chat or (f"on the host: {step.host}" if step.host else "")
            yield f"{number}. {step.say}{f' → {typed}' if typed else ''}"

    def on_the_host(self, facts: Facts) -> Iterator[str]:
        """Its lines for a terminal, IRC dead or not."""
        yield f"{self.name}: {self.title}"
        for number, step in enumerate(self.steps(facts), start=1):
            yield f"{number:>2}. {step.say}"
            if step.host:
                yield f"      {step.host}"
            if step.chat and facts.channel:
                yield f"      {'or ' if step.host else ''}in {facts.channel}: {step.chat}"


def begin(title: str) -> Step:
    """Keep everything before anything else."""
    return Step(
        say="keep everything as it is: nothing is removed from now on, all is saved once more, and the story is "
        "written down",
        chat=f"!incident open {title}",
        host=f'backupserv incident open "{title}"',
    )


def end() -> Iterator[Step]:
    """When it is over."""
    yield Step(say="when it is over, say so", chat="!incident close", host="backupserv incident close")
    yield Step(
        say="the page for the review: fill in what only people know", host="backupserv incident report --to review.md"
    )


def agree() -> Step:
    """A plan is carried out only when it was agreed to."""
    return Step(
        say="read the plan, and agree: !confirm where it says so, else a second oper. Its code dies after five minutes",
        chat="!approve CODE",
    )


def look_after() -> Step:
    """Whether it worked, and the way back."""
    return Step(
        say="look: let somebody log in. If it is wrong, take it back within seven days with the code that it was given",
        chat="!undo CODE",
        host="backupserv undo CODE",
    )


def of_source(facts: Facts, what: str) -> str:
    """Which of them, where there are several of a kind: of NAME."""
    known = facts.of(what)
    return f" of {known[0].name}" if len(known) > 1 else ""


def places(items: Iterable[Saved]) -> str:
    """Their names and where they lie."""
    return ", ".join(f"{item.name} ({item.place})" for item in items)
