"""Raise the loopback of a fresh network namespace, and become the command that follows."""

import fcntl
import os
import socket
import struct
import sys

_SET_FLAGS = 0x8914  # SIOCSIFFLAGS of linux/sockios.h
_UP_AND_RUNNING = 0x1 | 0x40  # IFF_UP and IFF_RUNNING of linux/if.h


def main(words: list[str]) -> None:
    """Returns only where there is nothing to become."""
    with socket.socket() as door:
        fcntl.ioctl(door, _SET_FLAGS, struct.pack("16sh", b"lo", _UP_AND_RUNNING))
    os.execvp(words[0], words)  # noqa: S606 — a list of words, and no shell


if __name__ == "__main__":
    main(sys.argv[1:])
