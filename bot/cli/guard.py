"""Around every verb: errors become one line and an exit code, never a traceback."""

import argparse
import json
import logging
import sys
from contextvars import copy_context
from importlib import import_module

from bot.cli.main import VERBS
from bot.cli.who import who
from bot.log import begin
from core.domain import errors
from core.domain.code import new_code
from core.journal.about import be_about

# From the most special to the least.
CODES: dict[type[errors.BackupServError], int] = {
    errors.ConfigInvalid: 2,
    errors.SecretExposed: 2,
    errors.TimeUnclear: 2,
    errors.PlanBlocked: 3,
    errors.PlanOutdated: 3,
    errors.ObjectExists: 3,
    errors.AccountNotFound: 4,
    errors.SnapshotNotFound: 4,
    errors.ObjectNotFound: 4,
    errors.SourceDamaged: 5,
    errors.ObjectDamaged: 5,
    errors.SignatureInvalid: 5,
    errors.ErasureUnknown: 6,
    errors.IdentityMissing: 6,
    errors.StorageUnavailable: 6,
    errors.SourceUnreadable: 6,
    errors.LockHeld: 7,
}
INTERRUPTED = 130


def guarded(args: argparse.Namespace) -> int:
    """Run the verb of `args`; all that one writes into the audit trail bears one id, and the user's name."""
    return copy_context().run(_guarded, args)


def _guarded(args: argparse.Namespace) -> int:
    begin(logging.INFO if args.verb in {"run", "demo"} else logging.WARNING, debug=args.debug)
    # The bot itself is asked for many things: each has an id of its own.
    be_about(request=None if args.verb == "run" else new_code(6), user=who())
    try:
        code: int = import_module(f"bot.cli.{VERBS[args.verb][0]}").run(args)
    except errors.BackupServError as error:
        logging.getLogger(__name__).debug("where", exc_info=True)
        return _told(
            args, error.message, error.hint, next((CODES[kind] for kind in CODES if isinstance(error, kind)), 1)
        )
    except KeyboardInterrupt:
        return _told(args, "stopped by you", "what had begun was ended or put back", INTERRUPTED)
    except BrokenPipeError:
        return 0
    except Exception as error:
        logging.getLogger(__name__).debug("where", exc_info=True)
        name = type(error).__name__
        return _told(args, f"failed inside BackupServ ({name})", "--debug shows where; please report it", 1)
    return code


def _told(args: argparse.Namespace, message: str, hint: str, code: int) -> int:
    if args.json:
        print(json.dumps({"error": message, "hint": hint}, ensure_ascii=False))
    else:
        print(f"backupserv: {message}", file=sys.stderr)
        if hint:
            print(f"  {hint}", file=sys.stderr)
    return code
