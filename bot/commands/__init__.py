"""One chat command per file: the listing is the manual, and this table is the registry."""

from bot.chat.command import Command
from bot.commands import (
    backup,
    confirm,
    diff,
    find,
    freeze,
    help,  # noqa: A004 — !help is its name
    pin,
    prune,
    restore_channel,
    restore_group,
    restore_user,
    retention,
    show,
    snapshots,
    status,
    sync,
    thaw,
    undo,
    unpin,
    verify,
)

COMMANDS: tuple[Command, ...] = (
    help.COMMAND,
    status.COMMAND,
    backup.COMMAND,
    snapshots.COMMAND,
    verify.COMMAND,
    sync.COMMAND,
    find.COMMAND,
    diff.COMMAND,
    restore_user.COMMAND,
    restore_channel.COMMAND,
    restore_group.COMMAND,
    show.COMMAND,
    confirm.COMMAND,
    undo.COMMAND,
    retention.COMMAND,
    prune.COMMAND,
    pin.COMMAND,
    unpin.COMMAND,
    freeze.COMMAND,
    thaw.COMMAND,
)
