"""Controls and questions, on the real Atheme."""

import time
from pathlib import Path

import pytest

from core.control.command import CommandControl, CommandSettings
from core.control.jsonrpc import JsonRpcServices, JsonRpcSettings
from core.control.pidfile import PidfileControl, PidfileSettings
from core.control.save_command import CommandServices, SaveCommandSettings
from core.domain.errors import ControlFailed
from core.ports import Control
from core.secrets import Secret
from tests.contracts.control_contract import ControlContract, ControlSubject
from tests.lab.network import Lab

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


def watched(lab: Lab, control: Control) -> ControlSubject:
    """Atheme, down; it has saved when the database is a new file."""
    lab.stop_services()
    marks = [inode(lab)]

    def pid() -> int | None:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                found = int(lab.pidfile.read_text())
            except (OSError, ValueError):
                time.sleep(0.01)
                continue
            marks.append(inode(lab))
            return found
        return None

    return ControlSubject(control=control, pid=pid, saved=lambda: inode(lab) not in {0, marks[-1]})


def inode(lab: Lab) -> int:
    return lab.database.stat().st_ino if lab.database.exists() else 0


def pidfile_settings(lab: Lab) -> PidfileSettings:
    return PidfileSettings(
        kind="pidfile", pidfile=lab.pidfile, start=lab.start_words, program="atheme-services", timeout_seconds=10
    )


class TestPidfileControlOfAtheme(ControlContract):
    @pytest.fixture
    def subject(self, lab: Lab) -> ControlSubject:
        return watched(lab, PidfileControl(pidfile_settings(lab)))


class TestCommandControlOfAtheme(ControlContract):
    @pytest.fixture
    def subject(self, lab: Lab) -> ControlSubject:
        settings = CommandSettings(
            kind="command", stop=lab.stop_words, start=lab.start_words, status=lab.status_words, timeout_seconds=10
        )
        return watched(lab, CommandControl(settings))


class TestAsking:
    """Asking for a save, with the whole town there."""

    @pytest.fixture(autouse=True)
    def _services_run(self, town: Lab) -> None:
        control = PidfileControl(pidfile_settings(town))
        control.start()
        deadline = time.monotonic() + 5
        while not control.is_running() and time.monotonic() < deadline:
            time.sleep(0.02)

    def services(self, lab: Lab, tmp_path: Path, *, account: str = "BackupServ", password: str = "") -> JsonRpcServices:
        secret = tmp_path / "password"
        secret.write_text(password or f"{account}-password")
        secret.chmod(0o600)
        settings = JsonRpcSettings(kind="jsonrpc", url=lab.rpc, account=account, password=Secret(file=str(secret)))
        return JsonRpcServices(settings)

    def test_json_rpc_makes_a_new_file(self, town: Lab, tmp_path: Path) -> None:
        """An UPDATE through JSON-RPC ends in a new inode: the whole file is written anew and renamed."""
        before = inode(town)
        self.services(town, tmp_path).request_save()
        assert inode(town) != before

    def test_nickserv_answers_without_a_login(self, town: Lab, tmp_path: Path) -> None:
        """Whether services answer is asked without the password, and "not registered" is an answer."""
        assert self.services(town, tmp_path).answers() is True
        assert self.services(town, tmp_path, account="nobodyhere").answers() is True

    def test_a_wrong_password_is_told_and_not_shown(self, town: Lab, tmp_path: Path) -> None:
        """The refusal says what is wrong; the password is in no part of it."""
        with pytest.raises(ControlFailed, match="wrong password") as caught:
            self.services(town, tmp_path, password="not-the-secret").request_save()
        assert "not-the-secret" not in repr(caught.value) + str(caught.value.__context__)

    def test_an_account_without_the_right_is_told(self, town: Lab, tmp_path: Path) -> None:
        """An ordinary account may not UPDATE: the message says so, and what is needed."""
        with pytest.raises(ControlFailed, match="no privilege") as caught:
            self.services(town, tmp_path, account="bob").request_save()
        assert "general:admin" in caught.value.hint

    def test_services_that_are_down_do_not_answer(self, town: Lab, tmp_path: Path) -> None:
        """Down is an answer to one question and an error of the other."""
        town.stop_services()
        services = self.services(town, tmp_path)
        assert services.answers() is False
        with pytest.raises(ControlFailed, match="do not answer at 127"):
            services.request_save()

    def test_a_hangup_by_command_makes_a_new_file(self, town: Lab) -> None:
        """SIGHUP makes Atheme save: no password needed where the bot may signal it."""
        before = inode(town)
        settings = SaveCommandSettings(kind="command", save=["pkill", "-HUP", "-F", str(town.pidfile)])
        CommandServices(settings).request_save()
        deadline = time.monotonic() + 5
        while inode(town) == before and time.monotonic() < deadline:
            time.sleep(0.02)
        assert inode(town) != before
