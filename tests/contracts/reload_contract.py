"""What every reload promises, whatever it reaches. Subclasses provide `subject`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pytest

from core.domain.errors import ConfigRefused, ControlFailed, ReloadRefused
from core.program_ports import Reload, What
from tests.contracts.control_contract import lives
from tests.machine import until


@dataclass(frozen=True, kw_only=True)
class ReloadSubject:
    """A reload of a program that runs, and a way to see behind its back what the program has read."""

    reload: Reload
    untested: Reload | None  # the same without a way to test; None where there always is one
    put: Callable[[What, str], None]  # lay new text where the program reads it
    read: Callable[[What], str]  # what the program works with now
    bad: str  # a configuration that it would not live with
    pid: Callable[[], int | None]
    stop: Callable[[], None]  # the program is gone


class ReloadContract:
    """Started by `subject`: the program runs with "first" as its configuration and as its certificate."""

    @pytest.mark.parametrize("what", ["config", "tls"])
    def test_the_program_reads_what_lies_there(self, subject: ReloadSubject, what: Literal["config", "tls"]) -> None:
        """After `reload` the program works with the new text, and it is the same process."""
        pid = subject.pid()
        subject.put(what, "second")
        assert subject.read(what) == "first"
        assert subject.reload.reload(what)
        until(lambda: subject.read(what) == "second", f"{what} was read again")
        assert subject.pid() == pid
        assert lives(pid)

    def test_again_is_no_error(self, subject: ReloadSubject) -> None:
        """A reload of what has not changed is a reload."""
        for _ in range(2):
            assert subject.reload.reload("config")
        assert subject.read("config") == "first"

    def test_a_program_that_is_down_cannot_be_told(self, subject: ReloadSubject) -> None:
        """That is an error of either kind (an exit code has but one), and no silence: somebody waits for it."""
        subject.stop()
        with pytest.raises((ControlFailed, ReloadRefused)):
            subject.reload.reload("config")

    def test_a_test_changes_nothing(self, subject: ReloadSubject) -> None:
        """It says what it proved, and the program goes on with what it had."""
        assert subject.reload.can_test
        subject.put("config", "second")
        assert subject.reload.test()
        assert subject.read("config") == "first"

    def test_a_bad_configuration_is_refused(self, subject: ReloadSubject) -> None:
        """The program would not live with it: its own words say so, and it goes on with what it had."""
        subject.put("config", subject.bad)
        with pytest.raises(ConfigRefused) as caught:
            subject.reload.test()
        assert len(str(caught.value)) > len("the configuration is refused ()")
        assert subject.read("config") == "first"

    def test_without_a_way_to_test_nothing_is_proven(self, subject: ReloadSubject) -> None:
        """It says beforehand that it cannot, and being asked all the same is an error."""
        if subject.untested is None:
            return
        assert not subject.untested.can_test
        with pytest.raises(ControlFailed):
            subject.untested.test()
