"""Disks that are full or read-only, at the command line: said in words, and nothing good is lost."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fisc.cli.exit_codes import ExitCode
from tests.cli.conftest import Fisc, post_something


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_an_output_that_takes_no_more_is_said_in_words(more: list[str]) -> None:
    command = [sys.executable, "-m", "fisc.cli.main", "docs", "use-cases", *more]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == ExitCode.DATABASE
    assert "磁盘已满" in done.stderr
    assert "Traceback" not in done.stderr and "内部错误" not in done.stderr


def no_room(part: Path, data: bytes) -> None:
    """Writes half, as a disk does that becomes full."""
    with part.open("wb") as file:
        file.write(data[: len(data) // 2])
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_file_that_could_not_be_written_leaves_the_older_one(
    own: str, tmp_path: Path, fisc: Fisc, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_something(own)
    out = tmp_path / "voucher.html"
    asked = ["books", "voucher", "example", "--out", str(out)]
    assert fisc(*asked).code == ExitCode.OK
    good = out.read_bytes()
    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", no_room)
        told = fisc(*asked)
    assert told.code == ExitCode.DATABASE
    assert f"磁盘已满，没有写成 {out}" in told.err and "腾出空间" in told.err
    assert out.read_bytes() == good
    assert list(tmp_path.iterdir()) == [out]


def test_who_writes_to_a_device_does_not_replace_it(own: str, tmp_path: Path, fisc: Fisc) -> None:
    post_something(own)
    device = Path("/dev/null")
    (tmp_path / "nowhere.html").symlink_to(device)
    assert fisc("books", "voucher", "example", "--out", str(tmp_path / "nowhere.html")).code == ExitCode.OK
    assert device.is_char_device() and (tmp_path / "nowhere.html").is_symlink()


def test_a_session_that_cannot_be_kept_is_no_fault_of_the_program(
    own: str, fisc: Fisc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FISC_HOME", str(tmp_path / "home"))
    (tmp_path / "password").write_text("long-enough-1\n")

    def typed(*command: str) -> Any:
        with (tmp_path / "password").open() as said:
            monkeypatch.setattr("sys.stdin", said)
            return fisc(*command, "--password-stdin")

    assert typed("officers", "found", "admin", "--name", "管理员").code == ExitCode.OK
    for number, words in ((errno.ENOSPC, "磁盘已满"), (errno.EROFS, "只读")):
        with monkeypatch.context() as broken:
            broken.setattr(os, "fdopen", partial(refusing, number))
            told = typed("login", "admin")
        assert (told.code, words in told.err) == (ExitCode.DATABASE, True), told.err
    assert typed("login", "admin").code == ExitCode.OK


def refusing(number: int, *given: Any, **options: Any) -> Any:
    raise OSError(number, os.strerror(number))


def test_a_home_on_a_disk_that_is_read_only_is_no_database(
    empty_home: Path, fisc: Fisc, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def read_only(path: Any, flags: int, *more: Any, **options: Any) -> int:
        if str(path).startswith(str(empty_home)) and flags & (os.O_RDWR | os.O_WRONLY):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return opened(path, flags, *more, **options)

    monkeypatch.setattr(os, "open", read_only)
    for command in (
        ["verify"],
        ["whoami"],
        ["db", "start"],
        ["db", "backup"],
        ["books", "periods", "--region", "530700000", "--year", "2025"],
    ):
        told = fisc(*command)
        assert told.code == ExitCode.DATABASE, (command, told.err)
        assert "磁盘是只读的" in told.err and str(empty_home) in told.err


def test_a_full_disk_of_the_database_is_one_sentence_without_sql(own: str, fisc: Fisc) -> None:
    post_something(own)
    with psycopg.connect(own, autocommit=True) as conn:
        conn.execute(
            "create function full_disk() returns trigger language plpgsql as $$ begin "
            "raise exception 'could not extend file' using errcode = '53100'; end $$"
        )
        conn.execute(
            "create trigger full_disk before insert on ledger.seal for each row execute function full_disk()"
        )
    told = fisc("seal")
    assert told.code == ExitCode.DATABASE
    assert "磁盘已满，没有办理" in told.err and "腾出空间" in told.err
    assert "SQL" not in told.err and "PL/pgSQL" not in told.err
