"""The text of an identity file: with what a finder needs to know, so that a printed page is enough."""

from datetime import datetime


def identity_text(identity: str, recipient: str, *, title: str, made_at: datetime, signing_key: str = "") -> str:
    """An identity with its recipient, the signing key of its host, and how both are used, in comments.

    Stock `age` reads it as it is.
    """
    lines = [f"# BackupServ: {title}, made {made_at:%Y-%m-%d}", f"# recipient: {recipient}"]
    if signing_key:
        lines.append(f"# signing key: {signing_key}")
    lines.append("# opens snapshots: age -d -i THIS_FILE OBJECT.age (RESTORE.txt beside them tells the rest)")
    if signing_key:
        lines.append("# who made them:  minisign -V -P SIGNING_KEY -m FILE (RESTORE.txt tells how, too)")
    return "\n".join([*lines, identity, ""])
