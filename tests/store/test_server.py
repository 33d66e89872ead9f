"""The private server: who starts it, who stops it, and what survives a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from fisc import store
from fisc.store import cluster, locks, server
from fisc.store.config import Layout
from fisc.store.server import Stopped

from .conftest import PATIENCE_SECONDS, Process

Starter = Callable[..., Process]


def wait_until_unused(home: Path) -> None:
    """Return when no user and no keeper is left: the keeper holds its lock until its work is done."""
    with locks.alone(Layout(home).lock("keeper")):
        pass


def server_pid() -> int | None:
    return server.status().pid


def test_first_use_makes_a_cluster_and_the_database(empty_home: Path, run_user: Starter) -> None:
    user = run_user()
    assert user.said() == "ready"
    assert server.is_running()
    assert user.end() == 0
    assert server_pid() is None


def test_server_ends_with_its_last_user(home: Path, run_user: Starter) -> None:
    first, second = run_user(), run_user()
    assert (first.said(), second.said()) == ("ready", "ready")
    pid = server_pid()
    assert first.end() == 0
    assert server_pid() == pid is not None
    assert second.end() == 0
    assert server_pid() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGHUP])
def test_no_server_is_left_when_its_user_is_killed(home: Path, run_user: Starter, number: int) -> None:
    user = run_user()
    assert user.said() == "ready"
    user.kill(number)
    wait_until_unused(home)
    assert server_pid() is None


def test_no_server_is_left_when_its_starter_is_killed_half_way(home: Path, run_user: Starter) -> None:
    starter = run_user(
        "import os, sys\n"
        "from fisc import store\n"
        "from fisc.store import cluster\n"
        "wait = cluster.launch\n"
        "def launch(*given):\n"
        "    print('starting', flush=True)\n"
        "    if os.fork() == 0:\n"  # the start goes on when the one who asked for it is gone
        "        os.close(1)\n"
        "        [os.close(fd) for fd in range(3, 64) if _is_lock(fd)]\n"
        "        wait(*given)\n"
        "        os._exit(0)\n"
        "    os.kill(os.getpid(), 9)\n"
        "def _is_lock(fd):\n"
        "    try:\n"
        "        return os.readlink(f'/proc/self/fd/{fd}').endswith('.lock')\n"
        "    except OSError:\n"
        "        return False\n"
        "cluster.launch = launch\n"
        "store.dsn()\n"
    )
    assert starter.said() == "starting"
    starter.popen.wait()
    wait_until_unused(home)
    assert server_pid() is None


def test_starting_twice_at_once_gives_one_server(empty_home: Path, run_user: Starter) -> None:
    users = [run_user() for _ in range(4)]
    assert [user.said() for user in users] == ["ready"] * 4
    assert [user.end() for user in users] == [0] * 4
    assert server_pid() is None


def test_a_killed_server_is_started_again_and_kept_its_commits(home: Path) -> None:
    with store.connect(autocommit=True) as conn:
        conn.execute("create table kept (n int)")
        conn.execute("insert into kept values (7)")
        killed = server_pid()
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
    with store.connect() as conn:
        assert conn.execute("select n from kept").fetchone() == (7,)
    assert server_pid() != killed


def wait_for(conn: psycopg.Connection, query: str) -> int:
    """The first number `query` gives, asked again until it gives one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if row := conn.execute(query.encode()).fetchone():
            return int(row[0])
    raise AssertionError("it never came to that")


BUSY = """
from fisc import store
conn = store.connect()
print("ready", flush=True)
conn.execute("do $$ begin loop end loop; end $$")
"""


def test_a_killed_server_with_a_query_at_work_is_started_again(home: Path, run_user: Starter) -> None:
    with store.connect(autocommit=True) as conn:
        user = run_user(BUSY)
        user.said()
        busy = wait_for(conn, "select pid from pg_stat_activity where query like 'do %'")
        killed = server_pid()
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
    with store.connect() as again:
        assert again.execute("select 1").fetchone() == (1,)
    assert not Path(f"/proc/{busy}/exe").exists()


def test_a_pid_file_naming_a_living_stranger_does_not_stop_the_start(home: Path) -> None:
    pid_file = Layout(home).data / "postmaster.pid"
    sleeper = subprocess.Popen(["sleep", "1000"])
    try:
        pid_file.write_text(f"{sleeper.pid}\n{Layout(home).data}\n1\n5432\n/nowhere\n\n 1 1\nready\n")
        assert not server.is_running()
        with store.connect() as conn:
            assert conn.execute("select 1").fetchone() == (1,)
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_cluster_half_made_is_made_anew(empty_home: Path, run_user: Starter) -> None:
    maker = run_user(
        "import os\n"
        "from fisc import store\n"
        "from fisc.store import cluster\n"
        "def die(*given, **more):\n"
        "    print('made', flush=True); os.kill(os.getpid(), 9)\n"
        "from pathlib import Path\n"
        "Path.rename = die\n"
        "store.dsn()\n"
    )
    assert maker.said() == "made"
    maker.popen.wait()
    assert not Layout(empty_home).data.exists()
    user = run_user()
    assert user.said() == "ready"


def test_pinned_server_outlives_its_starter_until_stopped(home: Path, run_user: Starter) -> None:
    starter = run_user("from fisc.store import server; print(server.start(pin=True).is_pinned)")
    assert starter.said() == "True"
    starter.end()
    user = run_user()
    assert user.said() == "ready"
    user.end()
    assert server.is_running()
    assert server.stop() is Stopped.STOPPED
    assert server_pid() is None
    assert server.stop() is Stopped.NOT_RUNNING


def test_a_running_server_can_be_pinned(home: Path, run_user: Starter) -> None:
    user = run_user()
    user.said()
    run_user("from fisc.store import server; server.start(pin=True)").end()
    user.kill(signal.SIGKILL)
    wait_until_unused(home)
    assert server.is_running()


def test_stop_leaves_a_server_in_use_to_its_last_user(home: Path, run_user: Starter) -> None:
    run_user("from fisc.store import server; server.start(pin=True)").end()
    user = run_user()
    user.said()
    assert server.stop() is Stopped.IN_USE
    assert server.is_running()
    user.kill(signal.SIGKILL)
    wait_until_unused(home)
    assert server_pid() is None


def test_forced_stop_stops_a_server_in_use(home: Path, run_user: Starter) -> None:
    user = run_user()
    user.said()
    assert server.stop(force=True) is Stopped.STOPPED
    assert server_pid() is None


def test_a_pin_does_not_outlive_its_server(home: Path, run_user: Starter) -> None:
    run_user("from fisc.store import server; server.start(pin=True)").end()
    pid = server_pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    user = run_user()
    assert user.said() == "ready"
    user.end()
    assert server_pid() is None


def test_a_forked_child_keeps_the_server_after_its_parent(home: Path, run_user: Starter) -> None:
    parent = run_user(
        "import os, sys\n"
        "from fisc import store\n"
        "store.dsn()\n"
        "if os.fork() == 0:\n"
        "    sys.stdin.read()\n"
        "    print(store.connect().execute('select 1').fetchone()[0], flush=True)\n"
        "    os._exit(0)\n"
        "print(os.getpid(), flush=True)\n"
    )
    parent.said()
    parent.popen.wait()
    assert server.is_running()
    parent.end()
    assert parent.said() == "1"
    wait_until_unused(home)
    assert server_pid() is None


def test_another_major_version_is_refused(home: Path) -> None:
    version = Layout(home).data / "PG_VERSION"
    version.write_text("14\n")
    with pytest.raises(store.StoreError) as refusal:
        store.dsn()
    assert "PostgreSQL 14" in refusal.value.message
    assert "pg_dump" in refusal.value.hint
    assert version.read_text() == "14\n"


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with (Layout(home).data / "postgresql.conf").open("a") as conf:
        conf.write("shared_buffers = nonsense\n")
    with pytest.raises(store.StoreError, match="shared_buffers"):
        store.dsn()
    with pytest.raises(store.StoreError, match="shared_buffers"):  # and no lock is left behind
        store.dsn()


def test_commits_are_durable_and_no_port_is_open(home: Path) -> None:
    names = ["fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "server_encoding"]
    with store.connect() as conn:
        shown = [conn.execute(f"show {name}".encode()).fetchone() for name in names]
    assert shown == [("on",), ("on",), ("on",), ("",), ("UTF8",)]


def test_a_data_directory_too_long_for_a_socket_works(
    home: Path, monkeypatch: pytest.MonkeyPatch, run_user: Starter
) -> None:
    deep = home / ("长" * 30) / ("d" * 60)
    deep.mkdir(parents=True)
    monkeypatch.setenv("FISC_HOME", str(deep))
    user = run_user()
    assert user.said() == "ready"
    assert not server.status().socket_dir.is_relative_to(deep)
    user.end()
    server.status().socket_dir.rmdir()


def test_status_starts_nothing(home: Path) -> None:
    status = server.status()
    assert (status.is_running, status.pid, status.is_pinned) == (False, None, False)
    assert status.version.startswith("18.")
    assert not server.is_running()


def test_the_database_of_the_dsn_holds_chinese_in_code_point_order(home: Path) -> None:
    with psycopg.connect(store.dsn()) as conn:
        rows = conn.execute("select t from (values ('市'), ('a'), ('丽')) v (t) order by t").fetchall()
    assert rows == [("a",), ("丽",), ("市",)]


def test_an_unusable_home_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FISC_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(store.StoreError, match="不能建立数据目录"):
        store.dsn()


@pytest.mark.skipif(sys.platform != "linux", reason="the place of a process is read from /proc")
def test_a_zombie_server_is_not_running(home: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""], cwd=Layout(home).postgres, stdin=subprocess.DEVNULL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    (Layout(home).data / "postmaster.pid").write_text(f"{child.pid}\n\n\n\n\n\n\nready\n")
    assert cluster.postmaster(Layout(home)) is None
    child.wait()


def test_who_must_upgrade_is_told_with_the_home_that_it_is_about(home: Path) -> None:
    """The demonstration chooses the simulated city's home: advice without its name leads elsewhere."""
    fisc = [sys.executable, "-m", "fisc.cli.main"]
    subprocess.run([*fisc, "db", "init"], check=True, capture_output=True)
    with store.connect(autocommit=True) as conn:
        conn.execute("update fisc_setup set stamp = 'of another version'")
    refused = subprocess.run([*fisc, "db", "init"], check=False, capture_output=True, text=True)
    assert refused.returncode == 4 and f"FISC_HOME={home} fisc db upgrade" in refused.stderr
    subprocess.run([*fisc, "db", "upgrade"], check=True, capture_output=True)
    assert subprocess.run([*fisc, "db", "init"], check=False, capture_output=True).returncode == 0
