"""The demonstration's own home: an older version's simulated city makes room, a real ledger does not."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from fisc import app, store
from fisc.cli import demo_home
from fisc.kernel.schema import OtherVersion
from fisc.kernel.simulation import mark_simulated
from fisc.store import setaside


@pytest.fixture
def old_city(made_home: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a demonstration of another version, which nothing marks as simulated yet."""
    place = home / "simulated"
    subprocess.run(["cp", "-a", str(made_home), str(place)], check=True)
    with monkeypatch.context() as at:
        at.setenv("FISC_HOME", str(place))
        _fisc("db", "init")
        with store.connect(autocommit=True) as conn:
            conn.execute("update fisc_setup set stamp = 'of another version'")
        store.forget()
    return place


def _fisc(*command: str) -> subprocess.CompletedProcess[str]:
    called = [sys.executable, "-m", "fisc.cli.main", *command]
    return subprocess.run(called, check=True, capture_output=True, text=True)


def test_what_an_older_version_simulated_is_set_aside_and_begun_anew(
    old_city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as at:
        at.setenv("FISC_HOME", str(old_city))
        with store.connect(autocommit=True) as conn:
            mark_simulated(conn, "旧的模拟", datetime(2021, 1, 1, tzinfo=UTC))
    with demo_home.in_force() as aside:
        dsn = store.dsn()
        assert aside and aside in demo_home.aside_words(aside)
        assert [one.name for one in setaside.databases(dsn)] == [aside]
        assert app.stands(dsn) is app.Stands.EMPTY
    assert os.environ["FISC_HOME"] == str(old_city.parent)


def test_a_ledger_that_is_not_simulated_stays_wherever_it_lies(old_city: Path) -> None:
    with demo_home.in_force() as aside:
        dsn = store.dsn()
        assert aside == "" and setaside.databases(dsn) == []
        assert app.stands(dsn) is app.Stands.OLDER
        with psycopg.connect(dsn) as conn:
            assert conn.execute("select stamp from fisc_setup").fetchone() == ("of another version",)


def test_nothing_is_moved_where_an_older_version_s_real_ledger_is_in_force(
    old_city: Path, made_home: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as at:
        at.setenv("FISC_HOME", str(old_city))
        with store.connect(autocommit=True) as conn:
            mark_simulated(conn, "旧的模拟", datetime(2021, 1, 1, tzinfo=UTC))
        store.forget()
    subprocess.run(["cp", "-a", f"{made_home}/.", str(home)], check=True)
    _fisc("db", "init")
    with store.connect(autocommit=True) as conn:
        conn.execute("update fisc_setup set stamp = 'of another version'")
    with pytest.raises(OtherVersion, match="旧版本的程序建立的"), demo_home.in_force():
        pass
    monkeypatch.setenv("FISC_HOME", str(old_city))
    assert setaside.databases(store.dsn()) == []


def test_who_is_told_to_call_the_program_is_told_it_by_the_path_they_called(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = Path(sys.executable).parent / "fisc"
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    done = subprocess.run([called, "nothing"], check=False, capture_output=True, text=True)
    assert f"{called} --help" in done.stderr
    founding = [called, "officers", "found", "admin", "--name", "管理员", "--password-stdin"]
    done = subprocess.run(founding, check=True, capture_output=True, text=True, input="long-enough-1\n")
    assert f"{called} login admin" in done.stdout.replace("\n", "")
    monkeypatch.setenv("PATH", f"{called.parent}:/usr/bin:/bin")
    done = subprocess.run([called, "nothing"], check=False, capture_output=True, text=True)
    assert f"{called} --help" not in done.stderr and "fisc --help" in done.stderr
