"""One cluster on disk: made, configured, started, stopped and looked at.

Nothing here decides *when*; `server` does, under its locks.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from fisc.store import binaries, config, leftovers, swap
from fisc.store.account import Account, account_for
from fisc.store.config import Layout
from fisc.store.errors import StoreError
from fisc.store.os_faults import FULL, is_full, words_of
from fisc.store.settings import configuration_text

_INCLUDE = "include_if_exists = 'fisc.conf'"
#: A file of the log of changes.
SEGMENT_BYTES = 16 * 1024 * 1024
_LOG_BYTES = 10 * 1024 * 1024
_START_SECONDS = 600  # recovery after a crash may have gigabytes of log to replay
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What the server wrote about itself: state is starting, ready, stopping or ''."""

    pid: int
    state: str


def postmaster(layout: Layout) -> Postmaster | None:
    """The server that lives now on this cluster, or None; a stale pid file does not count."""
    try:
        lines = (layout.data / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (OSError, IndexError, ValueError):
        return None
    if not (_is_postgres(pid, layout.data) or _answers(layout.socket)):
        return None
    return Postmaster(pid, lines[7].strip() if len(lines) > 7 else "")


def _is_postgres(pid: int, data: Path) -> bool:
    """True when process `pid` lives and is a server on `data`: numbers are used again."""
    if not sys.platform.startswith("linux"):
        command = ["ps", "-o", "stat=,comm=", "-p", str(pid)]
        shown = subprocess.run(command, check=False, capture_output=True, text=True)
        state, _, name = shown.stdout.strip().partition(" ")
        return name.strip().endswith("postgres") and not state.startswith("Z")
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == data
    except OSError:  # gone, a zombie, or somebody else's
        return False


def works_on(data: Path) -> bool:
    """True when a server works on the cluster in this directory, wherever its socket is."""
    try:
        return _is_postgres(int((data / "postmaster.pid").read_text().splitlines()[0]), data)
    except (OSError, IndexError, ValueError):
        return False


def _answers(path: Path) -> bool:
    """True when a server listens at the socket, though its process may be in another container."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def is_ready(layout: Layout) -> bool:
    """True when the server accepts connections."""
    found = postmaster(layout)
    return found is not None and found.state == "ready"


def settle(layout: Layout) -> bool:
    """Wait while a server is starting or stopping; True when one is ready in the end."""
    deadline = time.monotonic() + _START_SECONDS
    while (found := postmaster(layout)) is not None and time.monotonic() < deadline:
        if found.state == "ready":
            return True
        time.sleep(_POLL_SECONDS)
    return False


def prepare(layout: Layout) -> Account:
    """Make the cluster if there is none and write its settings; returns who runs it.

    Raises StoreError when another major version made the cluster, or it is not ours.
    """
    swap.undo(layout)
    account = account_for(layout.data)
    _make_room(layout, account)
    if not layout.data.exists():
        _initialise(layout, account)
    _check_major(layout)
    _write(layout.data / "fisc.conf", configuration_text(layout.archive), account)
    _make_socket_dir(layout, account)
    _rotate_log(layout)
    return account


def _make_room(layout: Layout, account: Account) -> None:
    if layout.postgres.exists():
        return
    if account.can_enter(layout.home):
        place = layout.postgres
        place.mkdir(mode=0o700)
    else:  # root's closed home: keep the files elsewhere and leave a link
        services = config.service_data_path()
        services.mkdir(parents=True, exist_ok=True)
        services.chmod(0o755)
        place = Path(tempfile.mkdtemp(prefix="home-", dir=services))
        (layout.home / "postgres").symlink_to(place)
    account.own(place)


def _initialise(layout: Layout, account: Account) -> None:
    """Make a cluster beside its place and move it there whole, so a kill leaves none half made."""
    programs = binaries.bin_dir_for(account)
    for left in layout.postgres.glob("new-*"):
        shutil.rmtree(left, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix="new-", dir=layout.postgres))
    account.own(scratch)
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    trust = ["--auth-local=trust", "--auth-host=reject"]  # the socket's directory is closed to others
    command = [str(programs / "initdb"), "-D", str(scratch), "-U", config.ROLE, *locale, *trust]
    run_as(account, command, "建立数据库目录失败")
    with (scratch / "postgresql.conf").open("a") as conf:
        conf.write(f"\n{_INCLUDE}\n")
    single = [str(programs / "postgres"), "--single", "-D", str(scratch), "postgres"]
    run_as(account, single, "建立数据库失败", stdin=f"CREATE DATABASE {config.DATABASE};\n")
    scratch.rename(layout.data)


def run_as(account: Account, command: list[str], failure: str, stdin: str = "") -> None:
    """Run one of PostgreSQL's programs as `account`; raises StoreError with its last words."""
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=False, **account.spawn_options()
    )
    if done.returncode != 0:
        raise failed(failure, command[0], done)


def failed(failure: str, program: str, done: subprocess.CompletedProcess[str]) -> StoreError:
    """What is said where one of PostgreSQL's programs failed: the reason in words, or its own last ones."""
    text = (done.stderr or done.stdout).strip()
    if is_full(text):
        return no_room(failure)
    said = [line for line in text.splitlines() if "error:" in line] or text.splitlines()
    return StoreError(f"{failure}：{said[-1] if said else program}", hint="请检查磁盘空间、目录权限与文件")


def no_room(failure: str) -> StoreError:
    """What is said where there is no room for what was to be made."""
    return StoreError(f"{failure}：{FULL}", hint="请腾出空间后重试")


def _check_major(layout: Layout) -> None:
    try:
        found = (layout.data / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise StoreError(
            f"{layout.data} 不是可用的数据库目录（{words_of(error)}）",
            hint="请检查目录权限，或用 FISC_HOME 指定别的数据目录",
        ) from None
    if found != str(binaries.major()):
        raise StoreError(
            f"数据目录 {layout.data} 由 PostgreSQL {found} 建立，本程序内置的是 {binaries.major()}，不能打开",
            rule="PostgreSQL 不同大版本的数据目录互不兼容",
            hint=f"请用 PostgreSQL {found} 以 pg_dump 导出后再导入，或用 FISC_HOME 指定新的数据目录",
        )


def _write(path: Path, text: str, account: Account) -> None:
    path.write_text(text)
    account.own(path)


def _make_socket_dir(layout: Layout, account: Account) -> None:
    """A directory only the server's user can enter; refuse one that somebody else put there."""
    place = layout.socket_dir
    place.mkdir(mode=0o700, exist_ok=True)
    if place.lstat().st_uid == os.geteuid() and not place.is_symlink():
        account.own(place)
    if place.lstat().st_uid != account.uid or place.is_symlink():
        raise StoreError(
            f"套接字目录 {place} 属于别的用户", hint="请删除该目录，或用较短的 FISC_HOME 指定数据目录"
        )
    place.chmod(0o700)


def _rotate_log(layout: Layout) -> None:
    if layout.log.exists() and layout.log.stat().st_size > _LOG_BYTES:
        layout.log.replace(layout.log.with_name("log.1"))


def launch(layout: Layout, account: Account) -> None:
    """Start the server and wait until it answers; raises StoreError with its last words."""
    if postmaster(layout) is None:
        leftovers.clear(layout)
    control = [str(binaries.bin_dir_for(account) / "pg_ctl"), "-D", str(layout.data)]
    options = f"-k '{layout.socket_dir}' -p {config.PORT}"
    waiting = ["-w", "-t", str(_START_SECONDS), "-l", str(layout.log), "-o", options, "start"]
    done = subprocess.run(
        [*control, *waiting],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **account.spawn_options(),
    )
    if done.returncode != 0 and not settle(layout):
        raise StoreError(f"内置数据库没有启动：{last_words(layout)}", hint=f"详见日志 {layout.log}")


def last_words(layout: Layout) -> str:
    """What the log says at its end: the fatal message and the one before, which has the reason."""
    try:
        lines = layout.log.read_text(errors="replace").splitlines()
    except OSError:
        return "没有日志"
    said = [line.partition("] ")[2] for line in lines if "] " in line]
    return "；".join(said[-2:]) or "日志是空的"


def is_out_of_room(layout: Layout) -> bool:
    """Whether the server cannot begin another file of its log of changes; nor can it say so in its own."""
    return shutil.disk_usage(layout.postgres).free < SEGMENT_BYTES


def stop_command(layout: Layout, account: Account) -> list[str]:
    """The command that stops the server after rolling back what is open."""
    program = str(binaries.bin_dir_for(account) / "pg_ctl")
    return [program, "-D", str(layout.data), "-w", "-t", "120", "-m", "fast", "stop"]


def shut_down(layout: Layout) -> None:
    """Stop the server if one runs; raises StoreError when it will not stop."""
    if postmaster(layout) is None:
        leftovers.clear(layout)
        return
    account = account_for(layout.data)
    done = subprocess.run(
        stop_command(layout, account), check=False, capture_output=True, text=True, **account.spawn_options()
    )
    if done.returncode != 0 and postmaster(layout) is not None:
        raise StoreError("内置数据库没有停下", hint=f"详见日志 {layout.log}")
