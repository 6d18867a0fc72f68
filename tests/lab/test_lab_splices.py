"""Whatever is brought back into a database that lived on: the real program loads it, and gives back the same bytes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.control.rehearsal import AthemeRehearsal
from core.control.rehearsal_settings import RehearsalSettings
from core.formats.atheme import parse
from core.registrations.row_plan import RowPlan
from core.registrations.wish import Wishes
from tests.core.registrations.test_choices import SQUATTED
from tests.core.registrations.test_undo import undo_of
from tests.core.registrations.town import AFTER, BEFORE, carried_out, plan_of
from tests.lab.network import Lab
from tests.lab.real import find_program

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


class Quiet:
    def step(self, text: str) -> None:
        """Nobody listens."""


@pytest.fixture
def rehearsal(tmp_path: Path, lab: Lab) -> AthemeRehearsal:
    """The real program with every module that the samples were made with."""
    modules = [row.fields[1].decode() for row in parse(BEFORE).rows if row.kind == b"MDEP"]
    _, _, rest = lab.config.read_text().partition("serverinfo {")
    config = tmp_path / "atheme.conf"
    config.write_text("\n".join(f'loadmodule "modules/{name}";' for name in modules) + "\nserverinfo {" + rest)
    binary = Path(find_program("atheme-services") or "")
    return AthemeRehearsal(RehearsalSettings.model_validate({"binary": binary, "config": config}))


WITHOUT_STAFF = b"\n".join(line for line in AFTER.split(b"\n") if b"!staff" not in line)
PLANS: dict[str, tuple[bytes, Callable[[], RowPlan]]] = {
    "an account": (AFTER, plan_of),
    "an account with all that it founded, and its power": (AFTER, lambda: plan_of(founded=True, sopers=True)),
    "an account under another name": (SQUATTED, lambda: plan_of(live=SQUATTED, wishes=Wishes(new_name="alice2"))),
    "an account into the one of now": (SQUATTED, lambda: plan_of(live=SQUATTED, wishes=Wishes(choices={"": "merge"}))),
    "an account instead of the one of now": (
        SQUATTED,
        lambda: plan_of(live=SQUATTED, wishes=Wishes(choices={"": "replace"})),
    ),
    "a channel": (AFTER, lambda: plan_of("#zeta", kind="channel")),
    "a channel with another founder": (
        AFTER,
        lambda: plan_of("#gamma", kind="channel", wishes=Wishes(founder="bob")),
    ),
    "a channel instead of the one of now": (
        AFTER,
        lambda: plan_of("#alpha", kind="channel", wishes=Wishes(founder="greta", choices={"": "replace"})),
    ),
    "a group": (
        WITHOUT_STAFF,
        lambda: plan_of("!staff", kind="group", live=WITHOUT_STAFF, wishes=Wishes(founder="greta")),
    ),
}


@pytest.mark.parametrize("what", PLANS)
def test_the_real_program_gives_it_back_and_the_way_back_too(rehearsal: AthemeRehearsal, what: str) -> None:
    """Every row in its place and order; and once more after the restore was undone."""
    live, make = PLANS[what]
    plan = make()
    assert plan.blocked == ""
    result = carried_out(plan, live)
    assert rehearsal.load(result, Quiet()) == "loaded by atheme-services 7.2.12 and saved back unchanged"
    undone = carried_out(undo_of(plan, result), result)
    assert rehearsal.load(undone, Quiet()) == "loaded by atheme-services 7.2.12 and saved back unchanged"
