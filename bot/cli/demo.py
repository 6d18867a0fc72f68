"""`backupserv demo`: a small network in a folder, the real bot on it, and a conversation."""

import argparse
import logging
import shutil
import signal
import threading
from pathlib import Path

from core.disk import make_private_folder
from core.domain.errors import ObjectExists

_MARK = ".backupserv-demo"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where, and how long."""
    parser.add_argument("--folder", type=Path, default=Path("demo-network"), help="default: demo-network, made anew")
    parser.add_argument(
        "--once", action="store_true", help="end after the conversation; exit code 0 if all of it happened"
    )
    parser.epilog = "everything runs on loopback, as you, and nothing outside the folder is touched"


def run(args: argparse.Namespace) -> int:
    """Lay out, play, stay."""
    from bot.demo.stage import Stage  # noqa: PLC0415 — start-up time is a promise
    from bot.demo.story import play  # noqa: PLC0415 — same

    logging.getLogger("irc").setLevel(logging.CRITICAL)
    _end_at_signals()
    folder = _fresh(args.folder.absolute())
    print(f"A network of a dozen people, in {folder}: an IRC server with TLS, services, and BackupServ.")
    with Stage(folder, page=True) as stage:
        code = play(stage)
        _tell_where(folder, stage.network.port, stage.network.page_port)
        if not args.once and code == 0:
            print("\nIt stays up until Ctrl-C.")
            threading.Event().wait()
    return code


def _end_at_signals() -> None:
    """A window that is closed ends it as Ctrl-C does: the bot in its own session would go on without a network."""
    ends = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) != signal.SIG_IGN]

    def end(number: int, frame: object) -> None:
        del number, frame
        for one in ends:  # they often come together, and everything is being taken down already
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in ends:
        signal.signal(number, end)


def _fresh(folder: Path) -> Path:
    """An empty folder; one that an earlier demo left is replaced, anything else is left alone."""
    if folder.exists() and not (folder / _MARK).exists() and any(folder.iterdir()):
        raise ObjectExists(f"{folder} exists and is not an earlier demo", hint="--folder names another one")
    shutil.rmtree(folder, ignore_errors=True)
    make_private_folder(folder)
    (folder / _MARK).touch()
    return folder


def _tell_where(folder: Path, port: int, page_port: int) -> None:
    print(f"""
Look round:
  http://127.0.0.1:{page_port}/   the status page, while it is up
  {folder}/services/services.db   the services database
  {folder}/repository/            sealed snapshots (age), manifests as JSON
  {folder}/state/                 audit trail, proofs, the database from before the restore
  {folder}/bot.toml               the bot's configuration;  {folder}/bot.log  its log
Try it:
  .venv/bin/backupserv status --config {folder}/bot.toml
  .venv/bin/backupserv snapshots --config {folder}/bot.toml
Join it (TLS, CA in {folder}/tls/ca.pem), then /msg NickServ IDENTIFY wonderland, /OPER alice let-me-oper, /JOIN #opers
(what takes a second oper, carol approves: her password is singing, her oper login carol):
  irssi -c localhost -p {port} --tls --tls_cafile={folder}/tls/ca.pem -n alice
  weechat: /server add demo localhost/{port} -tls; /set irc.server.demo.tls_verify off; /connect demo""")
