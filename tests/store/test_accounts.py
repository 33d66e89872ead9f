"""As root PostgreSQL runs as another user; as an ordinary user it runs as that one."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import fisc
from fisc import store
from fisc.store import server
from tests import homes

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes users")

#: Where this run's packages are, for a Python outside the virtual environment.
LIBRARIES = os.pathsep.join(
    [str(Path(fisc.__file__).parents[1]), *(p for p in sys.path if "site-packages" in p)]
)

USE = "from fisc import store; print(store.connect().execute('select 1').fetchone()[0])"


def owner_of_process(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


@as_root
def test_root_runs_the_server_as_another_user(home: Path) -> None:
    store.dsn()
    pid = server.status().pid
    assert pid is not None
    assert owner_of_process(pid) != 0
    assert owner_of_process(pid) == server.status().data_dir.stat().st_uid


@as_root
def test_the_servers_files_are_closed_to_other_users(home: Path) -> None:
    status = server.start()
    for place in (status.data_dir, status.socket_dir):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700


@pytest.fixture
def closed_directory() -> Iterator[Path]:
    """A directory only root may enter, as root's own home is."""
    place = Path(tempfile.mkdtemp(prefix="fisc-closed-"))
    yield place
    homes.leave(place / "home")
    link = place / "home" / "postgres"
    if link.is_symlink():
        shutil.rmtree(link.resolve())
    shutil.rmtree(place)


@as_root
def test_a_closed_home_stays_closed_and_works(closed_directory: Path) -> None:
    env = os.environ | {"FISC_HOME": str(closed_directory / "home")}
    for _ in range(2):
        done = run([sys.executable, "-c", USE], env=env)
        assert (done.stdout, done.stderr) == ("1\n", "")
    assert stat.S_IMODE(closed_directory.stat().st_mode) == 0o700


@pytest.fixture
def ordinary() -> Iterator[tuple[pwd.struct_passwd, Path]]:
    """An ordinary user of this system with a home to write in."""
    user = pwd.getpwnam("nobody")
    place = Path(tempfile.mkdtemp(prefix="fisc-user-"))
    os.chown(place, user.pw_uid, user.pw_gid)
    yield user, place
    homes.remove(place)


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)


def as_user(user: pwd.struct_passwd) -> dict[str, Any]:
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def python_for(user: pwd.struct_passwd) -> str:
    """This Python, or the system's same one where this one lies in root's closed home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/local/bin/{version}", f"/usr/bin/{version}"):
        try:
            done = run(
                [candidate, "-c", "import psycopg, fisc"],
                cwd="/",
                env={"PYTHONPATH": LIBRARIES},
                **as_user(user),
            )
        except OSError:
            continue
        if done.returncode == 0:
            return candidate
    pytest.skip("the ordinary user can run no Python that has fisc")


@as_root
def test_an_ordinary_user_runs_a_server_of_its_own(
    ordinary: tuple[pwd.struct_passwd, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    user, place = ordinary
    code = (
        "import os; from pathlib import Path; from fisc import store; from fisc.store import server\n"
        "with store.connect() as conn: conn.execute('create table if not exists t (n int)')\n"
        "pid = server.status().pid\n"
        "print(os.geteuid(), Path(f'/proc/{pid}').stat().st_uid, server.status().data_dir)\n"
    )
    env = {"PYTHONPATH": LIBRARIES, "HOME": str(place)}
    done = run([python_for(user), "-c", code], cwd=place, env=env, **as_user(user))
    assert done.stderr == ""
    runner, owner, data = done.stdout.split()
    assert runner == owner == str(user.pw_uid)
    assert Path(data).is_relative_to(place)
    monkeypatch.setenv("FISC_HOME", str(Path(data).parents[1]))
    assert server.status().pid is None


@as_root
def test_root_may_use_an_ordinary_users_data_and_leaves_them_theirs(
    ordinary: tuple[pwd.struct_passwd, Path],
) -> None:
    user, place = ordinary
    python = python_for(user)
    env = {"PYTHONPATH": LIBRARIES, "FISC_HOME": str(place / "data")}
    nobody_else: dict[str, Any] = {}
    for options in (as_user(user), nobody_else, as_user(user)):
        done = run([python, "-c", USE], cwd=place, env=env, **options)
        assert (done.stdout, done.stderr) == ("1\n", "")
