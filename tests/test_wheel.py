"""What is installed from a wheel: everything it needs is in it, outside a checkout too."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from zipfile import ZipFile

import pytest
from rich.cells import cell_len

import fisc
from fisc.sample import BOOK

ROOT = Path(__file__).parents[1]
SCREENS, COLUMNS = 2 * 24, 100


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built with what is installed and nothing fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), ".")
    (built,) = folder.glob("fisc-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed into; what it depends on is taken from this environment."""
    folder = tmp_path_factory.mktemp("installed")
    _pip("install", "--no-deps", "--no-index", "--target", str(folder), str(wheel))
    return folder


def _told(installed: Path, place: Path, *code: str, **given: str) -> subprocess.CompletedProcess[str]:
    """What the installed program answers in the folder `place`, far from the checkout."""
    env: Mapping[str, str] = os.environ | {"PYTHONPATH": str(installed), **given}
    command = [sys.executable, *code]
    return subprocess.run(command, cwd=place, env=env, capture_output=True, text=True, check=False)


def test_the_wheel_holds_every_file_that_is_tracked_in_the_package(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "fisc"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    assert set(filter(None, listed)) <= set(ZipFile(wheel).namelist())


def test_version_and_description_are_said_once_and_shipped(installed: Path, tmp_path: Path) -> None:
    (found,) = (one for one in distributions(path=[str(installed)]) if one.name == "fisc")
    assert _facts(found) == (fisc.__version__, "fisc contributors")
    assert any(line.startswith("Programming Language :: Python") for line in _all(found, "Classifier"))
    said = _told(installed, tmp_path, "-m", "fisc.cli.main", "--version")
    assert said.stdout.strip() == f"fisc {fisc.__version__}"


def _facts(found: Distribution) -> tuple[str, str]:
    return found.version, found.metadata["Author"]


def _all(found: Distribution, name: str) -> list[str]:
    return found.metadata.get_all(name) or []


def test_the_sample_book_is_read_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = _told(installed, tmp_path, "-c", "from fisc.sample import BOOK; print(BOOK)")
    book = Path(where.stdout.strip())
    assert book.is_relative_to(installed)
    assert book.read_bytes() == BOOK.read_bytes()
    checked = _told(installed, tmp_path, "-m", "fisc.cli.main", "import", str(book), "--check-only")
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.heavy
def test_the_demo_runs_in_an_empty_folder_and_tells_it_on_two_screens(
    installed: Path, tmp_path: Path
) -> None:
    home, place = tmp_path / "h", tmp_path / "empty"
    place.mkdir()
    done = _told(
        installed,
        place,
        "-m",
        "fisc.cli.main",
        "demo",
        FISC_HOME=str(home),
        COLUMNS="80",
        LC_ALL="zh_CN.UTF-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) <= SCREENS
    assert max(cell_len(line.replace(str(tmp_path), "~")) for line in lines) <= COLUMNS
    names = sorted(path.name for path in (place / "out").iterdir())
    stems = ("150600_2022_annual", "530700_2025_budget_report")
    assert names == [f"{stem}.{kind}" for stem in stems for kind in ("docx", "html", "pdf")]
    assert all(f"out/{name}" in done.stdout for name in names)
    assert f"export FISC_HOME={home}/simulated" in done.stdout
