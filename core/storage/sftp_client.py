"""The one door to paramiko: a connection that has been proven, and what version 3 of SFTP lacks.

Slow to import: only who connects does.
"""

import logging
import socket
import struct
from typing import Any

import paramiko
from paramiko.message import Message
from paramiko.sftp import CMD_EXTENDED, CMD_EXTENDED_REPLY, CMD_HANDLE, CMD_INIT, CMD_OPEN, CMD_VERSION

from core.disk import read_secret
from core.domain.errors import BackupServError, ConfigInvalid, StorageUnavailable
from core.storage.sftp_answer import Refused
from core.storage.sftp_known import HostKey, KnownHost, known_host
from core.storage.sftp_settings import SftpSettings

_VERSION = 3
_OK, _EOF = 0, 1
_WRITE_NEW = 0x02 | 0x08 | 0x20  # write, create, exclusive
_RSA = ("rsa-sha2-512", "rsa-sha2-256")  # how a key of type ssh-rsa signs today (RFC 8332)

logging.getLogger("paramiko").addHandler(logging.NullHandler())  # what goes wrong is told by our errors


class Client(paramiko.SFTPClient):  # type: ignore[misc]  # paramiko ships no types
    """An SFTP session whose refusals can be told from a dead connection."""

    extensions: frozenset[str] = frozenset()

    def _send_version(self) -> int:
        """Shake hands, and keep the names of what the server can do beyond version 3."""
        hello = Message()
        hello.add_int(_VERSION)
        self._send_packet(CMD_INIT, hello)
        kind, packet = self._read_packet()
        if kind != CMD_VERSION:
            raise paramiko.SSHException("no SFTP server answers there")
        rest, words = Message(packet[4:]), []
        while rest.get_remainder():
            words.append(rest.get_string().decode(errors="replace"))
        self.extensions = frozenset(words[::2])
        return int(struct.unpack(">I", packet[:4])[0])

    def _send_packet(self, kind: int, packet: Any) -> None:
        try:
            super()._send_packet(kind, packet)
        except EOFError:  # which would pass for the end of a file
            raise ConnectionResetError("the connection is gone") from None

    def _convert_status(self, msg: Any) -> None:
        code, text = msg.get_int(), msg.get_string().decode(errors="replace")
        if code == _EOF:
            raise EOFError(text)
        if code != _OK:
            raise Refused(code, text)

    def create(self, path: str) -> Any:
        """A new file for us alone, open for writing; a name that is taken is refused, links included."""
        attributes = paramiko.SFTPAttributes()
        attributes.st_mode = 0o600
        kind, answer = self._request(CMD_OPEN, path.encode(), _WRITE_NEW, attributes)
        if kind != CMD_HANDLE:
            raise paramiko.SSHException("the server does not speak SFTP")
        return paramiko.SFTPFile(self, answer.get_binary(), "wb", -1)

    def flush(self, file: Any) -> bool:
        """Have an open file written to the medium; False where the server has no word for it."""
        if "fsync@openssh.com" not in self.extensions:
            return False
        self._request(CMD_EXTENDED, "fsync@openssh.com", file.handle)
        return True

    def link(self, path: str, name: str) -> bool:
        """Give a file a second name; False where the server has no word for it."""
        if "hardlink@openssh.com" not in self.extensions:
            return False
        self._request(CMD_EXTENDED, "hardlink@openssh.com", path.encode(), name.encode())
        return True

    def replace(self, path: str, name: str) -> bool:
        """Rename over what has that name, in one step; False where the server has no word for it."""
        if "posix-rename@openssh.com" not in self.extensions:
            return False
        self._request(CMD_EXTENDED, "posix-rename@openssh.com", path.encode(), name.encode())
        return True

    def free_space(self, path: str) -> int | None:
        """Bytes that we may still write there; None where the server cannot tell."""
        if "statvfs@openssh.com" not in self.extensions:
            return None
        kind, answer = self._request(CMD_EXTENDED, "statvfs@openssh.com", path.encode())
        if kind != CMD_EXTENDED_REPLY:
            return None
        _, fragment, _, _, available = (answer.get_int64() for _ in range(5))
        return int(fragment * available)

    @property
    def is_alive(self) -> bool:
        """Whether nothing has been heard of its end."""
        return not self.sock.closed and self.sock.get_transport().is_active()

    def shut(self) -> None:
        """End the connection; never fails."""
        self.sock.get_transport().close()


def connect(settings: SftpSettings) -> Client:
    """Reach the server, prove that it is the one we know, log in, begin SFTP.

    Raises:
        StorageUnavailable: one of these failed; which is in the message.
        ConfigInvalid, SecretExposed: the key, a secret or known_hosts cannot be used.
    """
    known = known_host(settings.known_hosts, settings.host, settings.port)
    key = _key(settings)
    transport = paramiko.Transport(_reach(settings, known.name))
    seconds = settings.timeout_seconds
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = seconds
    transport.channel_timeout = seconds
    try:
        return _begin(transport, settings, known, key)
    except BaseException as error:
        transport.close()
        if isinstance(error, BackupServError) or not isinstance(error, Exception):
            raise
        raise StorageUnavailable(f"{known.name} did not begin SFTP: {_said(error)}", passing=True) from None


def _begin(transport: Any, settings: SftpSettings, known: KnownHost, key: Any) -> Client:
    algorithms = [name for item in known.keys for name in (_RSA if item.kind == "ssh-rsa" else (item.kind,))]
    security = transport.get_security_options()
    security.key_types = sorted(security.key_types, key=lambda name: name not in algorithms)  # the known ones first
    transport.start_client(timeout=settings.timeout_seconds)
    shown = transport.get_remote_server_key()
    known.check(HostKey(kind=shown.get_name(), blob=shown.asbytes()))
    _log_in(transport, settings, key, known.name)
    transport.set_keepalive(settings.keepalive_seconds)
    channel = transport.open_session(timeout=settings.timeout_seconds)
    channel.settimeout(settings.timeout_seconds)
    channel.invoke_subsystem("sftp")
    return Client(channel)


def _log_in(transport: Any, settings: SftpSettings, key: Any, name: str) -> None:
    way = f"the key in {settings.key_file}" if settings.key_file else "the password"
    try:
        if settings.password is not None:
            transport.auth_password(settings.user, settings.password.reveal(), fallback=False)
        else:
            transport.auth_publickey(settings.user, key)
    except paramiko.AuthenticationException:
        hint = "is the public key in authorized_keys there?" if settings.key_file else "does it allow passwords?"
        raise StorageUnavailable(f"{name} refused {way} of {settings.user}", hint=hint) from None


def _reach(settings: SftpSettings, name: str) -> socket.socket:
    try:
        reached = socket.create_connection((settings.host, settings.port), settings.timeout_seconds)
    except socket.gaierror as error:
        raise StorageUnavailable(f"there is no host {settings.host}: {error.strerror}") from None
    except ConnectionRefusedError:
        hint = "does sshd run there? is the port right?"
        raise StorageUnavailable(f"nobody listens on {name}", hint=hint, passing=True) from None
    except TimeoutError:
        hint = "is it up? does a firewall stand between?"
        raise StorageUnavailable(f"{name} does not answer", hint=hint, passing=True) from None
    except OSError as error:
        raise StorageUnavailable(f"{name} cannot be reached: {error.strerror or error}", passing=True) from None
    # A peer that takes no more bytes, a stopped process too, ends the connection: paramiko itself would wait for ever.
    reached.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(settings.timeout_seconds * 1000))
    reached.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return reached


def _key(settings: SftpSettings) -> Any:
    if settings.key_file is None:
        return None
    read_secret(settings.key_file)  # refuses one that others can read
    passphrase = settings.passphrase.reveal().encode() if settings.passphrase is not None else None
    try:
        return paramiko.PKey.from_path(settings.key_file, passphrase)
    except Exception:
        # paramiko, cryptography and bcrypt each have their own words; none may carry what was in the file
        hint = "is it a private key? is the passphrase right?" if passphrase else "does it need a passphrase?"
        raise ConfigInvalid(f"the key in {settings.key_file} cannot be opened", hint=hint) from None


def _said(error: Exception) -> str:
    words = "".join(letter for letter in str(error) if letter.isprintable())[:100]
    return "no answer in time" if isinstance(error, TimeoutError) else words or type(error).__name__
