"""What servers answer, in our words: each refusal has its meaning, its next step, and says whether it may pass."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.domain.errors import StorageFull, StorageUnavailable
from core.storage.s3.settings import S3Settings
from core.storage.s3.storage import S3Storage
from tests.fakes import FakeClock

SECRET = "a-secret-that-nobody-may-see"


class Refusing(ThreadingHTTPServer):
    """Says the same to every upload; a bucket without versions and without objects to everything else."""

    daemon_threads = True
    answer = (500, "InternalError", "")
    uploads = 0


class _Answer(BaseHTTPRequestHandler):
    server: Refusing
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._say(200, "<VersioningConfiguration/>")

    def do_HEAD(self) -> None:
        self._say(404, "")

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.uploads += 1
        status, code, message = self.server.answer
        self._say(status, f"<Error><Code>{code}</Code><Message>{message} {SECRET}</Message></Error>")

    def _say(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Refusing]:
    with Refusing(("127.0.0.1", 0), _Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def storage(server: Refusing, monkeypatch: pytest.MonkeyPatch) -> S3Storage:
    monkeypatch.setenv("BACKUPSERV_TEST_ANY", SECRET)
    words = {
        "kind": "s3",
        "bucket": "bucket",
        "endpoint": f"http://127.0.0.1:{server.server_port}",
        "addressing": "path",
        "access_key": {"env": "BACKUPSERV_TEST_ANY"},
        "secret_key": {"env": "BACKUPSERV_TEST_ANY"},
    }
    return S3Storage("offsite", S3Settings.model_validate(words), clock=FakeClock())


@pytest.mark.parametrize(
    ("answer", "what", "passing"),
    [
        ((403, "AccessDenied", ""), "a on offsite: the key may not do this — allow it s3:PutObject", False),
        ((403, "RequestTimeTooSkewed", ""), "set this host's clock", False),
        ((403, "ExpiredToken", ""), "renew them", False),
        ((404, "NoSuchBucket", ""), "make it, or mend storage.offsite.bucket", False),
        ((400, "AuthorizationHeaderMalformed", ""), "mend storage.offsite.region", False),
        ((411, "MissingContentLength", ""), 'set storage.offsite.checksums = "when_required"', False),
        ((501, "NotImplemented", "x-amz-checksum-sha256"), 'set storage.offsite.checksums = "when_required"', False),
        ((400, "InvalidArgument", "unsupported checksum"), 'set storage.offsite.checksums = "when_required"', False),
        ((400, "BadDigest", "the checksum differs"), "what arrived is not what was sent", True),
        ((501, "NotImplemented", ""), "does not know how to put_object", False),
        ((503, "SlowDown", ""), "busy or in trouble", True),
        ((429, "TooManyRequests", ""), "busy or in trouble", True),
        ((500, "InternalError", ""), "busy or in trouble", True),
        ((502, "", ""), "busy or in trouble", True),
        ((409, "ConditionalRequestConflict", ""), "busy or in trouble", True),
        ((418, "Some<b>thing", ""), "refused: ", False),
    ],
)
def test_a_refusal_is_told_with_the_next_step(
    storage: S3Storage, server: Refusing, answer: tuple[int, str, str], what: str, *, passing: bool
) -> None:
    """Never in the server's own words, which may quote what we sent."""
    server.answer = answer
    with pytest.raises(StorageUnavailable) as caught:
        storage.put("a", [b"x"])
    assert what in str(caught.value)
    assert caught.value.passing is passing
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(("status", "code"), [(507, "InsufficientStorage"), (403, "QuotaExceeded"), (507, "")])
def test_no_space_is_no_space(storage: S3Storage, server: Refusing, status: int, code: str) -> None:
    server.answer = (status, code, "")
    with pytest.raises(StorageFull, match="no space is left"):
        storage.put("a", [b"x"])


def test_boto3_itself_tries_no_more_than_twice(storage: S3Storage, server: Refusing) -> None:
    """One place retries, and it is not this one."""
    server.answer = (503, "SlowDown", "")
    with pytest.raises(StorageUnavailable):
        storage.put("a", [b"x"])
    assert server.uploads <= 2


def test_a_way_that_anybody_can_read_is_remarked_on(storage: S3Storage) -> None:
    assert storage.remarks() == (
        "offsite is reached without TLS: anybody on the way sees what is stored under which name",
    )


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"prefix": "/a"}, "expected folders"),
        ({"prefix": "a/../b"}, "expected folders"),
        ({"endpoint": "ftp://x"}, "expected an address"),
        ({"endpoint": "https://user:pw@x"}, "expected an address"),
        ({"endpoint": "https://x:port"}, "expected an address"),
        ({"access_key": {"env": "X"}}, "come together"),
        ({"verify": False, "ca_file": "/x"}, "no meaning"),
        ({"lock": {"mode": "governance", "days": 0}}, "greater than 0"),
        ({"lock": {"mode": "hope", "days": 1}}, "governance"),
        ({"part_bytes": 1000}, "5242880"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(wrong: dict[str, object], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        S3Settings.model_validate({"kind": "s3", "bucket": "bucket", **wrong})
