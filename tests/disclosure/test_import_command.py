"""`fisc import` as a clerk uses it: exit codes, words, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fisc.cli.exit_codes import ExitCode
from fisc.cli.main import run
from fisc.sample import BOOK
from tests.disclosure.books import saved, small_book


def test_check_only_says_what_was_found_and_needs_no_database(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", str(BOOK), "--check-only"]) == ExitCode.OK
    said = capsys.readouterr().out
    assert "识别 48 张表" in said
    assert "04!C951" in said  # a difference, with its cell
    assert "47!A1" in said  # a finding


def test_check_only_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["import", str(saved(small_book(), tmp_path)), "--check-only", "--json"]) == ExitCode.OK
    said = json.loads(capsys.readouterr().out)
    assert (said["city"], said["entries_posted"], said["differences"]) == ("丽江市", 0, [])


def test_a_bad_book_is_refused_with_its_cell(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    book = small_book()
    book["细"]["D6"] = "七十"
    assert run(["import", str(saved(book, tmp_path)), "--check-only"]) == ExitCode.REFUSED
    assert "细!D6" in capsys.readouterr().err


def test_import_posts_into_the_database_in_force(
    ready_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", ready_db)
    path = str(saved(small_book(), tmp_path))
    assert run(["import", path]) == ExitCode.OK
    assert "新凭证" in capsys.readouterr().out
    assert run(["import", path, "--json"]) == ExitCode.OK
    said = json.loads(capsys.readouterr().out)
    assert said["entries_posted"] == 0
    assert said["entries_unchanged"] > 0
    assert said["verified"] is True
