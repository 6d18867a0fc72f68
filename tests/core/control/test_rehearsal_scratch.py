"""The configuration that a rehearsal or a drill is given names no log of the living, however it is written."""

import tempfile
from pathlib import Path

import pytest

from core.control.rehearsal_scratch import scratch_folder


def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[str, list[str]]:
    """What the program is given of that text, without the folder's name; and what it may include."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    config = tmp_path / "atheme.conf"
    config.write_text(text)
    with scratch_folder(b"", config, None) as folder:
        given = (folder / "atheme.conf").read_text().partition("\nlogfile ")[0]
        included = [path.read_text() for path in sorted(folder.glob("included-*"))]
        return given.replace(str(folder), "HERE"), [item.replace(str(folder), "HERE") for item in included]


@pytest.mark.parametrize(
    "written",
    ['logfile "{}"', 'LOGFILE "{}"', '"LogFile" "{}"', 'logfile\n\t"{}"', 'logfile /* all */ "{}"', 'logfile = "{}"'],
)
def test_every_log_is_turned_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """Atheme takes names in capitals and in quotes, and comments between them: it would write into the real log."""
    text = "serverinfo { name = x; }; " + written.format("/var/log/real.log") + " { error; };"
    given, _ = copied(tmp_path, monkeypatch, text)
    assert given == text.replace("/var/log/real.log", "HERE/other.log")


@pytest.mark.parametrize(
    "written", ['include "{}";', '/* more */ INCLUDE "{}";', 'god {{ }}; include "{}";', 'include // more\n"{}";']
)
def test_every_file_that_is_included_is_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """Read where it lies, it would name the real log again."""
    (tmp_path / "more.conf").write_text('logfile "real.log" { info; };')
    given, included = copied(tmp_path, monkeypatch, written.format("more.conf"))
    assert given == written.format("HERE/included-1.conf")
    assert included == ['logfile "HERE/other.log" { info; };']


def test_what_is_no_entry_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a comment, a text or a block of another the words mean nothing, and no file need be there for them."""
    text = '# include "gone.conf";\n// logfile "a";\n/* include "gone.conf"; */\nx "{ include \\"gone\\"; logfile";\n'
    text += "serverinfo { include gone; logfile gone; };\n"
    assert copied(tmp_path, monkeypatch, text) == (text, [])
