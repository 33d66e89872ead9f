"""The test run's own fixtures: every test has a ledger to itself, and a kill leaves nothing running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from fisc.store import locks
from fisc.store.config import Layout


@pytest.mark.parametrize("run", [1, 2])
def test_each_test_has_a_fresh_ledger(conn: psycopg.Connection, run: int) -> None:
    assert conn.execute("select count(*) from ledger.region").fetchone() == (0,)
    conn.execute("insert into ledger.region (mof_div_code) values ('530700000')")
    conn.commit()


TEST_THAT_WAITS = """
import os
from pathlib import Path

def test_waits(ledger_db):
    Path(os.environ["FIFO"]).write_text(os.environ["FISC_HOME"])
    Path(os.environ["NEVER"]).read_text()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_server_is_left_when_pytest_is_killed(tmp_path: Path, number: int) -> None:
    here = Path(__file__).parent
    (tmp_path / "conftest.py").write_text((here / "conftest.py").read_text())
    (tmp_path / "test_waits.py").write_text(TEST_THAT_WAITS)
    os.mkfifo(tmp_path / "fifo")
    os.mkfifo(tmp_path / "never")
    env = os.environ | {"FIFO": str(tmp_path / "fifo"), "NEVER": str(tmp_path / "never")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    run = subprocess.Popen([*command, str(tmp_path)], env=env, cwd=here.parent, stdout=subprocess.DEVNULL)
    home = Path((tmp_path / "fifo").read_text())
    keeper = Layout(home).lock("keeper")
    assert locks.is_held(keeper)
    run.send_signal(number)
    run.wait()
    if number == signal.SIGTERM:
        assert not home.exists()
    else:
        with locks.alone(keeper):  # the keeper's work is done when it lets go
            assert not (Layout(home).data / "postmaster.pid").exists()
        subprocess.run(["rm", "-rf", str(home)], check=True)
