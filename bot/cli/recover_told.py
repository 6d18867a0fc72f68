"""What `recover` says: what it found, what it would do, and what it did."""

from typing import TYPE_CHECKING

from core.operations.recovery.record import clock_of

if TYPE_CHECKING:
    from core.operations.engine import Engine
    from core.operations.recovery.plan import RecoveryPlan
    from core.operations.recovery.record import RecoveryRecord


def show_found(engine: "Engine") -> None:
    """Whose snapshots are looked for, and which storages have any."""
    network, _, host = engine.repository.root.partition("/")
    print(f"FOUND  for host {host} of {network}:")
    for holding in engine.survey():
        print(f"  {holding.told(engine.clock.now())}")


def show_plan(plan: "RecoveryPlan", *, everything: bool) -> None:
    """A line for each source, or all that each plan says."""
    print(f"PLAN  {plan.headline}")
    for line in plan.details():
        if everything or not line.startswith("  "):
            print(f"  {line}")
    if plan.blocked:
        print(f"CANNOT: {plan.blocked}")
        print("  --only names what shall come back without it")


def show_open(record: "RecoveryRecord") -> None:
    """What was cut short, and what is left of it."""
    print(f"CUT SHORT  recovery {record.id} of {record.by}, begun {record.begun_at}")
    if record.trouble:
        print(f"  it stopped at {record.trouble}")
    for step in record.steps:
        print(f"  {'done' if step.told else 'left'}  {step.name}{f': {step.told}' if step.told else ''}")
    print("  it goes on with what is left; --anew gives it up and begins again")


def show_last(record: "RecoveryRecord") -> None:
    """The table: each step with its seconds; and the total against the objective."""
    width = max(len(step.name) for step in record.steps)
    for step in record.steps:
        print(f"  {step.name:<{width}}  {step.seconds:7.1f}s  {step.told}")
    print(f"  {'total':<{width}}  {record.seconds:7.1f}s  the objective is {clock_of(record.objective)}")
    for fault in record.faults:
        print(f"  ! {fault}")
    print(f"{'LOOK' if record.faults else 'DONE'}  recovery {record.id}: {record.measured}")
    if record.restores:
        print(
            f"to go back, the last first: {', '.join(f'`backupserv undo {one}`' for one in reversed(record.restores))}"
        )
