"""A plan on the command line: it is shown, somebody agrees, and it is carried out whole or not at all."""

import argparse
import sys

from bot.cli.common import print_json, progress
from bot.cli.who import who
from core.domain.errors import PlanOutdated
from core.operations.engine import Engine
from core.operations.proposal import Proposal
from core.operations.restore_report import RestoreReport
from core.registrations.plan import Plan

_NOTHING_DONE = 3


def add_agreement(parser: argparse.ArgumentParser) -> None:
    """How somebody agrees where nobody can be asked, and how to look only."""
    parser.add_argument("--yes", action="store_true", help="do not ask: for scripts")
    parser.add_argument("--dry-run", action="store_true", help="only show the plan")


def carry_out(args: argparse.Namespace, engine: Engine, proposal: Proposal) -> int:
    """Show, ask, do. Returns the exit code: 3 where nothing was done."""
    if not args.json:
        print(f"PLAN  {proposal.headline}")
        show_plan(proposal.plan)
        print(f"  {proposal.restart}")
        if proposal.blocked:
            show_blocked(proposal.blocked, proposal.plan)
    if proposal.blocked or args.dry_run or not agreed(args):
        if args.json:
            print_json({"done": False, "plan": proposal.as_dict()})
        return _NOTHING_DONE if proposal.blocked or not args.dry_run else 0
    try:
        with progress(args) as steps:
            report = engine.restore(proposal, by=f"{who()} on the command line", progress=steps)
    except PlanOutdated as error:
        return _show_again(args, engine, proposal, error)
    _tell(args, proposal, report)
    return 0


def _show_again(args: argparse.Namespace, engine: Engine, proposal: Proposal, error: PlanOutdated) -> int:
    """The plan as it is now; nobody has agreed to that one."""
    with progress(args) as steps:
        now = engine.plan_again(proposal, progress=steps)
    if args.json:
        print_json({"done": False, "error": error.message, "plan": now.as_dict()})
        return _NOTHING_DONE
    print(f"NOTHING DONE: {error.message}. The plan as it is now, which the same command carries out:")
    show_plan(now.plan)
    if now.blocked:
        print(f"CANNOT: {now.blocked}")
    return _NOTHING_DONE


def show_plan(plan: Plan) -> None:
    """All of it, one thought a line."""
    for line in plan.details():
        print(f"  {line}")


def show_blocked(why: str, plan: Plan) -> None:
    """Why it cannot be done, and the options that would let it."""
    print(f"CANNOT: {why}")
    ways = [way for conflict in plan.conflicts if conflict.open for way in conflict.choices if way != "ask"]
    if ways:
        print(f"  the same command with {' or '.join(f'--{way}' for way in dict.fromkeys(ways))} goes on")


def _tell(args: argparse.Namespace, proposal: Proposal, report: RestoreReport) -> None:
    if args.json:
        done = [{"step": text, "seconds": round(seconds, 3)} for text, seconds in report.steps]
        told: dict[str, object] = {"done": True, "id": report.id, "steps": done, "notes": list(report.notes)}
        told |= {"undo_until": report.undo_until.isoformat(), "before": str(report.before_image)}
        print_json(told | {"plan": proposal.as_dict()})
        return
    for text, seconds in report.steps:
        print(f"  {text}  {seconds:.1f}s")
    for note in report.notes:
        print(f"  note: {note}")
    print(f"DONE in {report.seconds:.1f}s: {report.outcome}. What was there before: {report.before_image}")
    print(f"`backupserv undo {report.id}` takes it back, until {report.undo_until:%Y-%m-%d}")


def agreed(args: argparse.Namespace) -> bool:
    """Whether somebody says yes, now or beforehand."""
    if args.yes:
        return True
    if args.json or not sys.stdin.isatty():
        print("nothing was done: --yes agrees to the plan where nobody can be asked", file=sys.stderr)
        return False
    return input("Type yes to go on: ").strip().lower() == "yes"
