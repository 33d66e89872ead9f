"""What runs in a user's installation, which holds the run-time lock and none of the tools for tests."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from importlib.metadata import packages_distributions
from pathlib import Path

import psycopg
import pytest

from fisc.kernel import Coding, Entry, credit, debit, open_year, post
from tests.papers import a_document

ROOT = Path(__file__).parents[1]
YEAR = 2022
#: Refuses to import what the test's environment names, as if it were not installed.
_BLOCK = """
import os, sys

class Blocked:
    names = frozenset(os.environ["BLOCKED"].split(","))

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
from fisc.cli.main import main
main()
"""


def locked(name: str) -> frozenset[str]:
    """The distributions that a lock names."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / name).read_text("utf8"), re.MULTILINE)
    return frozenset(map(_normal, found))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def modules_of(distributions: frozenset[str]) -> frozenset[str]:
    """The modules that only these distributions bring, as they are installed here."""
    found = packages_distributions()
    return frozenset(module for module, by in found.items() if {_normal(one) for one in by} <= distributions)


DEVELOPMENT = modules_of(locked("requirements-dev.lock") - locked("requirements.lock"))


def imported(path: Path) -> Iterator[str]:
    """The modules that a file names in an import, wherever in it, by the first part of their names."""
    for node in ast.walk(ast.parse(path.read_text("utf8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_the_program_imports_nothing_that_only_the_lock_for_tests_holds() -> None:
    assert {"pytest", "pyarrow", "mypy"} <= DEVELOPMENT
    installed = modules_of(locked("requirements.lock")) | sys.stdlib_module_names | {"fisc"}
    strange = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "fisc").rglob("*.py")
        for name in imported(path)
        if name not in installed
    }
    assert not strange


@pytest.fixture
def home(ready_db: str) -> str:
    """A database with one receipt, whose last month is closed."""
    region = "150600998"
    with psycopg.connect(ready_db, autocommit=True) as conn:
        open_year(conn, region, YEAR)
        coding = Coding(YEAR, region, fund_type_code="111", rev_func_code="101010101")
        lines = (debit("treasury_2015:1001", coding, 10**10), credit("treasury_2015:4001", coding, 10**10))
        paper = a_document(conn, region)
        post(conn, [Entry("一笔", region, date(YEAR, 12, 31), lines, document_id=paper, source_ref="表!B2")])
    return ready_db


_ASKED = ("--region", "150600", "--year", str(YEAR))


def test_what_reads_a_snapshot_needs_no_tools_and_ends_without_complaint(home: str, tmp_path: Path) -> None:
    def told(*words: str) -> str:
        env = os.environ | {"DATABASE_URL": home, "BLOCKED": ",".join(sorted(DEVELOPMENT))}
        command = [sys.executable, "-c", _BLOCK, *words]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "leaked" not in done.stderr
        return done.stdout

    told("figures", "snapshot", "--out", "s")
    given = (*_ASKED, "--snapshot", "s")
    assert "10000000000" in told("figures", "value", "revenue.general", *given, "--json")
    assert "一笔" in told("trace", "revenue.general", *given, "--json")
    told("report", "annual", *given, "--out", "o", "--format", "docx,html,pdf")
    assert len(list((tmp_path / "o").iterdir())) == 3
