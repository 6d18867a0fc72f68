"""What the documents point to is there: every link, and every file of ours that they name."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OURS = re.compile(r"`((?:bot|core|tests|docs|scripts|benchmarks)/[\w./*-]+)`")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text())
    assert not [link for link in links if "://" not in link and not (path.parent / link).exists()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_that_is_named_is_there(path: Path) -> None:
    """`NAME` stands for any name."""
    named = [name.replace("NAME", "*") for name in OURS.findall(path.read_text())]
    assert not [name for name in named if not any(ROOT.glob(name))]


def test_the_files_that_a_row_of_the_architecture_names_without_their_folder_are_beside_the_first() -> None:
    rows = re.findall(r"^\|.*\| (`.*) \|$", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE)
    for row in rows:
        first, *others = re.findall(r"`([\w./*-]+\.py)`", row) or [""]
        folder = (ROOT / first).parent
        assert not [name for name in others if "/" not in name and not any(folder.glob(name))], row
