"""docs/first-year.md is done from an empty data directory, and its commands print what the page says."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import console

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "first-year.md"


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty folder that the server's user may pass, with a data directory that is stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="fisc-first-year-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        env = console.environment(folder / "home")
        subprocess.run(["fisc", "db", "stop"], env=env, capture_output=True, check=False)


@pytest.mark.heavy
def test_the_first_year_is_as_the_page_says(place: Path) -> None:
    (place / "work").mkdir()
    said = PAGE.read_text("utf8")
    assert console.refreshed(said, place / "work", console.environment(place / "home")) == said
    made = {path.suffix for path in (place / "work" / "report").iterdir()}
    assert made == {".docx", ".html", ".pdf"}
