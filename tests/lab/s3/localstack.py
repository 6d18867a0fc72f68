"""LocalStack's S3 on ::1, over TLS: Object Lock, versions and conditional writes as Amazon documents them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.demo.certificates import make_pair
from tests.lab.s3.place import Place
from tests.lab.s3.processes import end, free_port, listens, start, wait

PYTHON = Path(__file__).parents[3] / ".venv-localstack" / "bin" / "python"


@contextmanager
def localstack(folder: Path) -> Iterator[Place]:
    """A running one, with its state in a folder. Any key and secret are taken."""
    make_pair(folder, host="localhost")
    both = folder / "both.pem"
    both.write_bytes((folder / "server.key").read_bytes() + (folder / "server.pem").read_bytes())
    port, log = free_port("::1"), folder / "localstack.log"
    child = start([str(PYTHON), "-m", "localstack.runtime.main"], log, env=_environment(folder, port, both))
    try:
        wait("LocalStack", lambda: listens("::1", port), child, log)
        yield Place(host="::1", port=port, key="labkey", secret="labsecret", ca=str(folder / "ca.pem"))
    finally:
        end([child])


def _environment(folder: Path, port: int, certificate: Path) -> dict[str, str]:
    return {
        "FILESYSTEM_ROOT": str(folder / "root"),
        "LOCALSTACK_VOLUME_DIR": str(folder / "volume"),
        "TMPDIR": str(folder),
        "HOME": str(folder),
        "SERVICES": "s3",
        "EAGER_SERVICE_LOADING": "1",
        # Its IPv4 listener takes every address of the machine, whatever is said here; the IPv6 one keeps to it.
        "GATEWAY_LISTEN": f"[::1]:{port}",
        "CUSTOM_SSL_CERT_PATH": str(certificate),
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
        "DISABLE_CORS_CHECKS": "1",
        "DNS_ADDRESS": "0",
        "RUNTIME_SERVER": "hypercorn",
        "LS_LOG": "warning",
        "PYTHONWARNINGS": "ignore",
    }


def missing() -> str:
    """What is not here of what it needs, in words; "" where all is."""
    if not os.access(PYTHON, os.X_OK):
        return "LocalStack (scripts/localstack.sh)"
    found = subprocess.run([PYTHON, "-c", "import localstack"], capture_output=True, check=False)
    return "" if found.returncode == 0 else "LocalStack (scripts/localstack.sh)"
