"""At the start of the bot: what is wrong with something that is not there any more is over."""

from core.domain.drill import EVERYTHING
from core.operations.engine import Engine


def end_what_is_gone(engine: Engine) -> None:
    """Sources, storages and places that are configured no more; and parts of a bot that lives no more."""
    sources = {*(site.name for site in engine.sites), *(tree.name for tree in engine.trees)}
    copies = {copy.name for copy in engine.copies}
    engine.teller.of_what_is_there(
        {
            "backup": sources,
            "held": sources,
            "unscheduled": sources,
            "drill": {*sources, EVERYTHING},
            "copy": copies,
            "proof": {engine.repository.name, *copies},
            "notify": {target.name for target in engine.teller.targets},
            "part": (),
        }
    )
