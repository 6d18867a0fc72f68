"""`backupserv inspect FILE`: what a file is, and what services would do with it. Needs no configuration."""

import argparse
from collections import Counter
from pathlib import Path

from bot.cli.common import print_json
from core.domain.casemapping import Casemapping
from core.domain.counted import tally
from core.domain.finding import Severity
from core.domain.size import show_size
from core.operations.inspect import LIMIT, Inspection, Verdict, inspect_file, printable

_CODES: dict[Verdict, int] = {"good": 0, "warnings": 1, "loses-data": 2, "stops-services": 2, "not-judged": 6}
_LINES: dict[Verdict, str] = {
    "good": "GOOD  services would start on it and keep all of it",
    "warnings": "WARNINGS  services would start on it and keep all of it, but look at this",
    "loses-data": "LOSES DATA  do not put it in place: services would start, and forget something for good",
    "stops-services": "STOPS SERVICES  do not put it in place: services would refuse to start, or crash",
    "not-judged": "NOT JUDGED",
}
_UNREALIRCD: dict[Verdict, str] = {
    **_LINES,
    "good": "GOOD  UnrealIRCd would start on it and keep all of it",
    "loses-data": "LOSES DATA  do not put it in place: UnrealIRCd would forget what stands behind the damage, for good",
}
_WORDS = {
    Severity.WARNING: "warning",
    Severity.LOSES_DATA: "LOSES DATA",
    Severity.STOPS_SERVICES: "STOPS SERVICES",
}
_TOLD = 20  # findings
_TOLD_OF_STRANGE = 3  # of what never was a database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which file, and how its names compare."""
    parser.add_argument("file", metavar="FILE", type=Path, help="services.db, or a copy of it (.gz too)")
    add_casemapping(parser)
    parser.add_argument("--all", action="store_true", help=f"all findings, not only {_TOLD}")
    parser.add_argument("--limit", metavar="BYTES", type=int, default=LIMIT, help="do not read more (default: 2 GiB)")
    parser.epilog = (
        "exit code 0 good · 1 warnings · 2 would lose data or stop services · 6 could not be read, or not judged\n"
        "example: backupserv inspect /var/lib/atheme/services.db"
    )


def add_casemapping(parser: argparse.ArgumentParser) -> None:
    """How names compare, for verbs that read bare files."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--casemapping", choices=("rfc1459", "ascii"), help="how names compare (default: rfc1459)")
    how.add_argument("--atheme-conf", metavar="FILE", type=Path, help="read the casemapping from this atheme.conf")


def casemapping_of(args: argparse.Namespace) -> Casemapping:
    """As it was asked for; Atheme's default else."""
    if args.atheme_conf is not None:
        from core.sources.atheme_conf import read_conf  # noqa: PLC0415 — only where it is asked for

        return read_conf(args.atheme_conf).casemapping
    named: Casemapping = args.casemapping or "rfc1459"
    return named


def run(args: argparse.Namespace) -> int:
    """The verdict in the first line, then what it rests on."""
    found = inspect_file(args.file, casemapping=casemapping_of(args), limit=max(args.limit, 0))
    if args.json:
        print_json(found.as_dict())
    else:
        _tell(found, most=len(found.findings) if args.all else _TOLD)
    return _CODES[found.verdict]


def _tell(found: Inspection, *, most: int) -> None:
    if found.reason:
        print(f"{_LINES[found.verdict]}  {printable(found.reason)}")
        return
    if found.format == "unknown":
        print("STOPS SERVICES  it is no database that this version knows; as services.db it would be refused")
        most = min(most, _TOLD_OF_STRANGE)
    else:
        print((_UNREALIRCD if found.format == "unrealircd" else _LINES)[found.verdict])
    packed = f", unpacked from {found.packing}" if found.packing else ""
    facts = [found.version, found.schema and f"schema {found.schema}", _modules(found), show_size(found.size) + packed]
    print(f"  {printable(str(found.path))}: {' · '.join(filter(None, facts))}")
    if found.format == "atheme":
        print(f"  names compare as {found.casemapping} says")
    if found.counts:
        print(f"  {tally(found.counts) or 'nothing in it'}")
    for finding in found.findings[:most]:
        print(f"  {_WORDS[finding.severity]:<14}  {printable(str(finding))}")
    more = Counter(_WORDS[finding.severity] for finding in found.findings[most:])
    if more:
        print(f"  and {', '.join(f'{number} × {word}' for word, number in more.items())}: --all lists them")


def _modules(found: Inspection) -> str:
    return f"{len(found.modules)} modules named" if found.modules else ""
