"""Raise the loopback of a fresh network namespace, and become the command that follows the pid of who started this.

Who died before its end could be told to us is seen here: nothing lives on without it.
"""

import fcntl
import os
import socket
import struct
import sys

_SET_FLAGS = 0x8914  # SIOCSIFFLAGS of linux/sockios.h
_UP_AND_RUNNING = 0x1 | 0x40  # IFF_UP and IFF_RUNNING of linux/if.h


def main(parent: int, words: list[str]) -> None:
    """Never returns."""
    if os.getppid() != parent:
        sys.exit("whoever started this is gone")
    with socket.socket() as door:
        fcntl.ioctl(door, _SET_FLAGS, struct.pack("16sh", b"lo", _UP_AND_RUNNING))
    os.execvp(words[0], words)  # noqa: S606 — a list of words, and no shell


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
