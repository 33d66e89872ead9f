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


def test_all_problems_are_listed_when_asked_for(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    book = small_book()
    for sheet in book.worksheets:
        for row in range(4, sheet.max_row + 1):
            sheet.cell(row, 3, "无数"), sheet.cell(row, 4, "无数")
    path = str(saved(book, tmp_path))
    assert run(["import", path, "--check-only"]) == ExitCode.REFUSED
    brief = capsys.readouterr().err
    assert "--all" in brief
    assert "细!D13" not in brief
    assert run(["import", path, "--check-only", "--all"]) == ExitCode.REFUSED
    assert "细!D13" in capsys.readouterr().err


def test_every_row_is_told_when_asked_for(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = str(saved(small_book(), tmp_path))
    assert run(["import", path, "--check-only"]) == ExitCode.OK
    assert "工作表 3 张：读取 3" in capsys.readouterr().out
    assert run(["import", path, "--check-only", "--all"]) == ExitCode.OK
    assert "细!6 行政运行：入账" in capsys.readouterr().out
    assert run(["import", path, "--check-only", "--json"]) == ExitCode.OK
    sheets = json.loads(capsys.readouterr().out)["sheets"]
    assert [len(sheet["tables"][0]["rows"]) for sheet in sheets] == [10, 7, 10]


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
