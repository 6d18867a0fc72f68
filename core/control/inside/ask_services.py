"""Ask services by JSON-RPC on the loopback: questions come as JSON on standard input, answers go to standard output.

Each answer is "known", "unknown" (they say that it is not registered) or "mute" (nothing that says either).
"""

import http.client
import json
import sys
import time

_NOT_REGISTERED = 4  # Atheme's fault_nosuch_target
_LIMIT = 1 << 16
_PAUSE = 0.05


def main() -> None:
    """The answers, as a list as long as the questions."""
    told = json.load(sys.stdin)
    deadline = time.monotonic() + float(told["seconds"])
    answers = [_answer(int(told["port"]), question, deadline) for question in told["questions"]]
    json.dump(answers, sys.stdout)


def _answer(port: int, question: list[str], deadline: float) -> str:
    service, command, about = question
    asked = {"jsonrpc": "2.0", "method": "atheme.command", "id": "1"}
    body = json.dumps(asked | {"params": [".", ".", "127.0.0.1", service, command, about]})
    while time.monotonic() < deadline:
        try:
            return _read(_post(port, body, deadline), about)
        except ConnectionRefusedError:  # it has just loaded, and does not listen yet
            time.sleep(_PAUSE)
        except (OSError, ValueError, http.client.HTTPException):
            return "mute"
    return "mute"


def _post(port: int, body: str, deadline: float) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=max(0.1, deadline - time.monotonic()))
    try:
        connection.request("POST", "/jsonrpc", body, {"Content-Type": "application/json"})
        return connection.getresponse().read(_LIMIT)
    finally:
        connection.close()


def _read(answer: bytes, about: str) -> str:
    told = json.loads(answer.decode("utf-8", "replace"))
    error = told.get("error") if isinstance(told, dict) else None
    if isinstance(error, dict):
        return "unknown" if error.get("code") == _NOT_REGISTERED else "mute"
    return "known" if isinstance(told, dict) and about.lower() in str(told.get("result", "")).lower() else "mute"


if __name__ == "__main__":
    main()
