"""JSON-RPC against servers that are not Atheme, or not kind."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.control.jsonrpc import JsonRpcServices, JsonRpcSettings
from core.domain.errors import ControlFailed
from core.secrets import Secret

PASSWORD = "geheim-7Q2F"


@contextmanager
def server(status: int, body: bytes, headers: dict[str, str]) -> Iterator[tuple[str, list[bytes]]]:
    """A real HTTP server that gives one answer to everything, and keeps what it was asked."""
    asked: list[bytes] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    httpd = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}/jsonrpc", asked
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


@pytest.fixture
def password(tmp_path: Path) -> Secret:
    path = tmp_path / "password"
    path.write_text(PASSWORD)
    path.chmod(0o600)
    return Secret(file=str(path))


def services(url: str, password: Secret) -> JsonRpcServices:
    return JsonRpcServices(
        JsonRpcSettings(kind="jsonrpc", url=url, account="bot", password=password, timeout_seconds=2)
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>hello</html>", b"[]", b"null", b"[" * 100_000, b'{"result": "' + b"x" * (2 << 20), b"\xff\xfe"],
    ids=["nothing", "html", "list", "null", "nested", "endless", "not-text"],
)
def test_what_is_not_atheme_is_an_error_without_the_password(password: Secret, body: bytes) -> None:
    """Any answer at all ends in one sentence that names the address and never the password."""
    with server(200, body, {}) as (url, _), pytest.raises(ControlFailed, match=r"127\.0\.0\.1:\d+") as caught:
        services(url, password).request_save()
    assert PASSWORD not in str(caught.value)


def test_a_redirect_is_not_followed(password: Secret) -> None:
    """The password goes to the configured address and nowhere else."""
    with server(200, b'{"result": "cookie"}', {}) as (elsewhere, asked):
        with server(302, b"", {"Location": elsewhere}) as (url, _), pytest.raises(ControlFailed):
            services(url, password).request_save()
        assert asked == []


def test_the_questions_are_atheme_s(password: Secret) -> None:
    """Log in, UPDATE with the cookie, log out: in this order, as JSON of strings."""
    with server(200, b'{"result": "cookie"}', {}) as (url, asked):
        services(url, password).request_save()
    questions = [json.loads(question) for question in asked]
    assert [(question["method"], question["params"]) for question in questions] == [
        ("atheme.login", ["bot", PASSWORD]),
        ("atheme.command", ["cookie", "bot", ".", "OperServ", "UPDATE"]),
        ("atheme.logout", ["cookie", "bot"]),
    ]


def test_nobody_there_is_no_answer(password: Secret) -> None:
    """A refused connection is "does not answer", for whoever waits for services to come."""
    with server(200, b"", {}) as (url, _):
        pass
    assert services(url, password).answers() is False


@pytest.mark.parametrize(
    "url",
    ["http://services.example.org/jsonrpc", "http://192.0.2.1:8080/jsonrpc", "ftp://127.0.0.1/", "127.0.0.1:8080",
     "http://127.0.0.1:99999/jsonrpc", "http://127.0.0.1.example.org/jsonrpc", ""],
)  # fmt: skip
def test_an_address_that_would_carry_the_password_in_the_open_is_refused(password: Secret, url: str) -> None:
    """Plain http is for loopback alone."""
    with pytest.raises(ValidationError):
        JsonRpcSettings(kind="jsonrpc", url=url, account="bot", password=password)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/jsonrpc", "http://[::1]:8080/jsonrpc", "https://services.example.org/jsonrpc"]
)
def test_a_private_address_is_taken(password: Secret, url: str) -> None:
    """Loopback in the clear, the rest of the world by TLS."""
    assert JsonRpcSettings(kind="jsonrpc", url=url, account="bot", password=password).url == url
