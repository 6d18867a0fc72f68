"""A ground on which everything is down and stays down: what a whole recovery puts back in place, piece after piece.

No way need know whether it stands on one, if it asks before it acts as it does anywhere else: `control.can_act` is
false and nothing runs, `services` reach nobody, there is no `reload`, and no port serves anything. A rehearsal stays:
it needs nobody. The recovery itself has stopped what ran, and tests, starts and looks at everything at its end.

What such a ground may lack, and what is therefore no reason to refuse: the root of a tree, the database to take owner
and mode from, the folders they lie in.
"""

from dataclasses import replace

from core.operations.things.ground import Ground


def quiet(ground: Ground) -> Ground:
    """The same ground, with nobody on it to be stopped, started, told or looked at."""
    down, nobody = _Down(), _Nobody()
    return replace(
        ground,
        sites=[replace(site, control=down, services=nobody) for site in ground.sites],
        trees=[replace(tree, control=down, reload=None, serves=()) for tree in ground.trees],
    )


class _Down:
    """Touches no process: they were all stopped before."""

    can_act = False

    def is_running(self) -> bool:
        """Nothing runs."""
        return False

    def stop(self) -> None:
        """There is nothing to stop."""

    def start(self) -> None:
        """The recovery starts it at its end."""


class _Nobody:
    """Reaches nobody."""

    can_save = False

    def request_save(self) -> None:
        """Nobody is asked."""

    def answers(self) -> bool | None:
        """Nobody can tell."""
        return None
