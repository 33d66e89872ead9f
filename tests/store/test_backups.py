"""Backups of the private server, and going back to a moment: the old database is never lost."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from fisc import store
from fisc.cli.main import run as fisc
from fisc.store import StoreError, backups, cluster, config, dumps, restoring, server, setaside, usage
from tests import homes

from .conftest import Process


def write(number: int) -> datetime:
    """Note a number, for good; the moment after it."""
    with store.connect(autocommit=True) as conn:
        conn.execute("create table if not exists noted (number int)")
        conn.execute("insert into noted values (%s)", [number])
        row = conn.execute("select clock_timestamp()").fetchone()
    assert row is not None
    return row[0].astimezone(UTC)


def noted(dsn: str | None = None) -> list[int]:
    with psycopg.connect(dsn or store.dsn()) as conn:
        return [row[0] for row in conn.execute("select number from noted order by 1").fetchall()]


def accept(dsn: str) -> None:
    assert noted(dsn)


class Unsound(Exception):
    """What was restored is not accepted."""


def refuse(dsn: str) -> None:
    raise Unsound


def set_aside() -> list[Path]:
    return list(config.layout().postgres.glob("data-before-*"))


def scratches() -> list[Path]:
    return list(config.layout().postgres.glob("restoring-*"))


@pytest.fixture
def backed_up(home: Path) -> backups.Backup:
    """A database with the number 1, backed up."""
    write(1)
    return backups.take()


def test_a_backup_is_what_it_was(backed_up: backups.Backup) -> None:
    write(2)
    done = restoring.restore(backed_up, None, accept)
    assert noted() == [1]
    write(3)
    assert noted() == [1, 3]
    assert set_aside() == [done.set_aside] and not scratches()


def test_any_moment_after_a_backup_can_be_gone_back_to(backed_up: backups.Backup) -> None:
    moment = write(2)
    write(3)
    restoring.restore(None, moment, accept)
    assert noted() == [1, 2]


def test_moments_before_and_after_a_restore_can_both_be_gone_back_to(backed_up: backups.Backup) -> None:
    second = write(2)
    third = write(3)
    restoring.restore(None, second, accept)
    fourth = write(4)
    write(5)
    restoring.restore(None, fourth, accept)
    assert noted() == [1, 2, 4]
    restoring.restore(None, third, accept)
    assert noted() == [1, 2, 3]


def test_what_is_not_accepted_does_not_take_the_place(backed_up: backups.Backup) -> None:
    write(2)
    with pytest.raises(Unsound):
        restoring.restore(backed_up, None, refuse)
    assert noted() == [1, 2]
    assert not set_aside() and not scratches()


def test_of_a_home_that_held_nothing_nothing_is_set_aside(
    backed_up: backups.Backup,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dump = dumps.dump(store.dsn(), tmp_path / "one.dump")
    other = homes.new("fisc-home-")
    monkeypatch.setenv("FISC_HOME", str(other))
    try:
        assert fisc(["db", "restore", str(dump), "--no-verify"]) == 0
        assert "没有留存" in capsys.readouterr().out
        assert noted() == [1] and not setaside.databases(store.dsn())
        with store.connect(autocommit=True) as conn:
            conn.execute("drop table noted")
        assert fisc(["db", "restore", str(backed_up.path), "--no-verify", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["set_aside"] is None
        assert noted() == [1] and not set_aside() and not scratches()
    finally:
        homes.remove(other)


def test_a_damaged_backup_is_refused(backed_up: backups.Backup) -> None:
    archive = backed_up.path / "base.tar.gz"
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with pytest.raises(StoreError, match="备份"):
        restoring.restore(backed_up, None, accept)
    assert noted() == [1]


def test_a_moment_without_a_backup_before_it_is_refused(backed_up: backups.Backup) -> None:
    with pytest.raises(StoreError, match="之前的备份，不能恢复"):
        restoring.restore(None, backed_up.began_at, accept)
    with pytest.raises(StoreError, match="之后才完成"):
        restoring.restore(backed_up, backed_up.began_at, accept)
    with pytest.raises(StoreError, match="还没有到"):
        restoring.restore(None, datetime.now(UTC) + timedelta(days=1), accept)
    assert noted() == [1]


def test_a_database_in_use_is_not_taken_away(
    backed_up: backups.Backup, run_user: Callable[..., Process]
) -> None:
    user = run_user()
    assert user.said() == "ready"
    with pytest.raises(StoreError, match="正在使用"):
        restoring.restore(backed_up, None, accept)
    restoring.restore(backed_up, None, accept, force=True)
    assert noted() == [1]


#: Where a program that restores is killed: while the other cluster recovers, between the two renames,
#: and when they are done.
KILLS = {
    "recovering": "restoring._wait_until_there = lambda scratch: die()",
    "looking": "look = lambda dsn: die()",
    "one rename": (
        "rename = Path.rename\n"
        "def half(self, target):\n"
        "    rename(self, target)\n"
        "    if 'data-before' in str(target): die()\n"
        "Path.rename = half"
    ),
    "two renames": (
        "unlink = Path.unlink\n"
        "def late(self, *given, **options):\n"
        "    if self.name == 'swap': die()\n"
        "    unlink(self, *given, **options)\n"
        "Path.unlink = late"
    ),
}
RESTORER = """
import os, signal
from pathlib import Path
from typing import Any
from fisc.store import backups, restoring
look = lambda dsn: None
def die():
    os.kill(os.getpid(), signal.SIGKILL)
{kill}
restoring.restore(backups.listed()[-1], None, look)
"""


@pytest.mark.parametrize("where", KILLS)
def test_who_is_killed_half_way_leaves_the_old_database(backed_up: backups.Backup, where: str) -> None:
    write(2)
    layout = config.layout()
    usage.end(layout)
    killed = subprocess.run([sys.executable, "-c", RESTORER.format(kill=KILLS[where])], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert noted() == [1, 2]
    restoring.restore(backed_up, None, accept)
    assert noted() == [1] and not scratches()


def test_old_backups_and_their_log_are_dropped(home: Path) -> None:
    write(1)
    made = [backups.take(keep=2) for _ in range(3)]
    assert [backup.path for backup in backups.listed()] == [backup.path for backup in made[1:]]
    kept = [file.name for file in config.layout().archive.iterdir() if len(file.name) == 24]
    assert kept and min(kept) >= made[1].first_segment


def test_without_a_backup_no_log_is_kept(home: Path) -> None:
    write(1)
    with store.connect(autocommit=True) as conn:
        conn.execute("select pg_switch_wal()")
    server.stop(force=True)
    assert not config.layout().archive.exists()


def test_a_backup_is_left_in_a_directory_of_ones_own(backed_up: backups.Backup, tmp_path: Path) -> None:
    copy = backups.take(into=tmp_path)
    assert copy.path.parent == tmp_path
    write(2)
    restoring.restore(backups.at_path(copy.path), None, accept)
    assert noted() == [1]


@pytest.mark.parametrize(
    "failure", [StoreError("不能启动"), OSError(errno.ENOSPC, "不能启动"), KeyboardInterrupt("不能启动")]
)
def test_a_start_that_fails_brings_the_old_database_back(
    backed_up: backups.Backup, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    write(2)
    start, failures = server.start_at, iter([False, True])

    def fails_in_place(layout: config.Layout, **options: bool) -> None:
        if next(failures, False):
            raise failure
        start(layout, **options)

    monkeypatch.setattr(server, "start_at", fails_in_place)
    with pytest.raises(type(failure), match="不能启动"):
        restoring.restore(backed_up, None, accept)
    assert noted() == [1, 2]
    assert cluster.is_ready(config.layout())


def test_a_rename_that_fails_brings_the_old_database_back(
    backed_up: backups.Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(2)
    rename, failures = Path.rename, iter([True])

    def fails_once(self: Path, target: Path) -> Path:
        if "restoring-" in str(self) and next(failures, False):
            raise OSError(errno.EIO, "不能改名")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_once)
    with pytest.raises(OSError, match="不能改名"):
        restoring.restore(backed_up, None, accept)
    assert cluster.is_ready(config.layout()) and noted() == [1, 2]
    assert not set_aside() and not config.layout().swap.exists()


# ---- dumps, for any server


def test_a_dump_is_put_back_beside_the_old_database(home: Path, tmp_path: Path) -> None:
    write(1)
    path = dumps.dump(store.dsn(), tmp_path / "one.dump")
    write(2)
    aside = dumps.restore(store.dsn(), path, accept)
    assert noted() == [1]
    assert noted(store.dsn().replace("/fisc?", f"/{aside}?")) == [1, 2]


def test_a_database_in_use_is_not_taken_away_for_a_dump(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumps, "_PATIENCE_SECONDS", 0)
    write(1)
    path = dumps.dump(store.dsn(), tmp_path / "one.dump")
    write(2)
    user = store.connect(autocommit=True)
    with pytest.raises(StoreError, match="正在使用"):
        dumps.restore(store.dsn(), path, accept)
    assert user.execute("select count(*) from noted").fetchone() == (2,)
    refused = told(capsys, "db", "restore", str(path), "--no-verify")
    assert refused["code"] == 4 and "正在使用" in refused["said"]["error"]["message"]
    assert told(capsys, "db", "restore", str(path), "--no-verify", "--force")["code"] == 0
    with pytest.raises(psycopg.OperationalError):
        user.execute("select 1")
    assert noted() == [1]


def test_who_is_leaving_does_not_keep_a_dump_from_being_restored(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server notices that a client left only a moment after the client is gone."""
    write(1)
    path = dumps.dump(store.dsn(), tmp_path / "one.dump")
    write(2)
    user = store.connect(autocommit=True)
    monkeypatch.setattr(dumps, "_pause", user.close)
    monkeypatch.setattr(dumps, "_PATIENCE_SECONDS", 600)
    dumps.restore(store.dsn(), path, accept)
    assert user.closed and noted() == [1]


def test_who_comes_while_a_dump_is_restored_keeps_the_database(home: Path, tmp_path: Path) -> None:
    write(1)
    path = dumps.dump(store.dsn(), tmp_path / "one.dump")
    users: list[psycopg.Connection] = []
    with pytest.raises(StoreError, match="正在使用"):
        dumps.restore(store.dsn(), path, lambda _: users.append(store.connect(autocommit=True)))
    assert users[0].execute("select number from noted").fetchall() == [(1,)]
    assert databases() == ["fisc"]


def test_a_dump_that_is_not_accepted_or_not_whole_changes_nothing(home: Path, tmp_path: Path) -> None:
    write(1)
    path = dumps.dump(store.dsn(), tmp_path / "one.dump")
    write(2)
    with pytest.raises(Unsound):
        dumps.restore(store.dsn(), path, refuse)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(StoreError, match="恢复失败"):
        dumps.restore(store.dsn(), path, accept)
    assert noted() == [1, 2]
    with store.connect() as conn:
        (count,) = (
            conn.execute("select count(*) from pg_database where datname like 'fisc%'").fetchone() or ()
        )
    assert count == 1


# ---- as commands


def told(said: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code = fisc([*arguments, "--json"])
    return {"code": code} | {"said": json.loads(said.readouterr().out)}


def test_commands_back_up_list_and_restore(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(1)
    made = told(capsys, "db", "backup")["said"]
    moment = write(2)
    write(3)
    assert [backup["path"] for backup in told(capsys, "db", "backups")["said"]["rows"]] == [made["path"]]
    done = told(capsys, "db", "restore", "--at", moment.isoformat())
    assert done["code"] == 0 and Path(done["said"]["set_aside"]).is_dir()
    assert noted() == [1, 2]


def test_moments_of_another_s_database_are_its_administrator_s(
    server_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", server_dsn)
    made = told(capsys, "db", "backup", str(tmp_path))["said"]
    assert Path(made["path"]).parent == tmp_path
    refused = told(capsys, "db", "restore", made["path"], "--at", "2026-01-01")
    assert refused["code"] == 4 and "管理员" in refused["said"]["error"]["hint"]


# ---- one at a time, whole or not at all, and nothing of a killed one left


def parts() -> list[Path]:
    return [*config.layout().backups.glob("new-*"), *scratches()]


@pytest.fixture
def under_way(backed_up: backups.Backup, run_user: Callable[..., Process]) -> Process:
    """Another program has the turn, with a part half made."""
    part = config.layout().backups / "new-part"
    other = run_user(
        "import sys\n"
        "from pathlib import Path\n"
        "from fisc.store import config, server, turn\n"
        "server.start()\n"
        "with turn.taken(config.layout()):\n"
        f"    Path({str(part)!r}).mkdir()\n"
        "    print('ready', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    assert other.said() == "ready"
    return other


def test_one_backup_restore_or_upgrade_at_a_time(
    backed_up: backups.Backup, under_way: Process, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["backup"], ["restore", "--force"], ["upgrade"], ["backups", "--remove", "x"]):
        refused = told(capsys, "db", *command)
        assert refused["code"] == 4 and "一次只做一项" in refused["said"]["error"]["rule"], command
    assert [part.name for part in parts()] == ["new-part"] and backups.listed() == [backed_up]
    under_way.kill(signal.SIGKILL)
    backups.take()
    assert not parts()


def full(*given: object, **options: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "somewhere")


@pytest.mark.parametrize("place", ["copy", "home"])
def test_a_full_disk_leaves_the_old_backups_and_no_part(
    backed_up: backups.Backup,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
) -> None:
    monkeypatch.setattr(*((shutil, "copyfile") if place == "copy" else (backups, "_write_facts")), full)
    refused = told(capsys, "db", "backup", str(tmp_path), "--keep", "1")
    assert refused["code"] == 4 and "磁盘已满" in refused["said"]["error"]["message"]
    assert refused["said"]["error"]["rule"] and refused["said"]["error"]["hint"]
    assert backups.listed() == [backed_up] and not parts() and not list(tmp_path.iterdir())


def test_a_server_that_ended_for_want_of_room_is_told_by_the_backup(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its client knows no more than that the server closed the connection, and no log can be written."""

    def ended(*_: object) -> None:
        raise StoreError(
            "备份失败：could not initiate base backup: server closed the connection unexpectedly"
        )

    store.dsn()
    monkeypatch.setattr(cluster, "run_as", ended)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(StoreError, match="备份失败：磁盘已满"):
        backups.take()


def test_a_program_s_full_disk_is_said_in_words() -> None:
    words = "pg_basebackup: error: could not write: No space left on device\npg_basebackup: removing contents"
    done = subprocess.CompletedProcess(["pg_basebackup"], 1, "", words)
    assert cluster.failed("备份失败", "pg_basebackup", done).message == "备份失败：磁盘已满"


DAMAGES = ["[]", "{}", "null", '{"began_at": 1}', '{"began_at": "x", "ended_at": "y"}', "\xff"]


def test_a_folder_with_damaged_facts_is_named_and_the_others_work(
    backed_up: backups.Backup, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = json.loads((backed_up.path / backups.FACTS).read_text())
    damages = [*DAMAGES, *(json.dumps(facts | {name: []}) for name in facts)]
    for number, text in enumerate(damages):
        folder = config.layout().backups / f"damaged-{number}"
        folder.mkdir()
        (folder / backups.FACTS).write_text(text, "latin-1")
    refused = told(capsys, "db", "restore", "damaged-0")
    assert refused["code"] == 4 and "不是 fisc 的备份" in refused["said"]["error"]["message"]
    said = told(capsys, "db", "backups")["said"]["rows"]
    assert [one["kind"] for one in said] == ["backup"] + ["not_a_backup"] * len(damages)
    backups.take()
    restoring.restore(backed_up, None, accept)
    assert noted() == [1]


def test_a_server_that_was_to_stay_stays_after_a_restore(
    home: Path, backed_up: backups.Backup, run_user: Callable[..., Process]
) -> None:
    server.start(pin=True)
    user = run_user()
    assert user.said() == "ready"
    usage.end(config.layout())
    code = "from fisc.store import restoring; restoring.restore(None, None, lambda dsn: None, force=True)"
    subprocess.run([sys.executable, "-c", code], check=True)
    user.end()
    status = server.status()
    assert status.is_pinned and status.is_running


def test_a_dump_overwrites_nothing(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(1)
    there = tmp_path / "there.dump"
    there.write_text("mine")
    refused = told(capsys, "db", "backup", str(there))
    assert refused["code"] == 4 and "没有覆盖" in refused["said"]["error"]["message"]
    assert there.read_text() == "mine"
    made = [told(capsys, "db", "backup", str(tmp_path / f"{number}.dump"))["said"] for number in range(2)]
    assert len({dumps.place(tmp_path) for _ in range(5)}) == 5 and len({one["path"] for one in made}) == 2


def test_of_dumps_only_what_nobody_makes_any_more_is_removed(
    home: Path, tmp_path: Path, run_user: Callable[..., Process]
) -> None:
    own = tmp_path / "new-budget"
    own.mkdir()
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from fisc.store import scratch\n"
        f"with scratch.directory(Path({str(tmp_path)!r})):\n"
        "    print('ready', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    other = run_user(code)
    assert other.said() == "ready"
    write(1)
    path = dumps.dump(store.dsn(), tmp_path / "one.dump")
    assert len(list(tmp_path.iterdir())) == 3
    other.kill(signal.SIGKILL)
    second = dumps.dump(store.dsn(), tmp_path / "two.dump")
    assert sorted(tmp_path.iterdir()) == sorted([own, path, second])


def databases() -> list[str]:
    with store.connect() as conn:
        rows = conn.execute(
            "select datname from pg_database where datname like 'fisc%' order by 1"
        ).fetchall()
    return [row[0] for row in rows]


def test_a_killed_restore_of_a_dump_leaves_no_database_for_long(
    home: Path, tmp_path: Path, run_user: Callable[..., Process]
) -> None:
    write(1)
    path = dumps.dump(store.dsn(), tmp_path / "one.dump")
    code = (
        "import os\n"
        "from pathlib import Path\n"
        "from fisc import store\n"
        "from fisc.store import dumps\n"
        f"dumps.restore(store.dsn(), Path({str(path)!r}), lambda dsn: os.kill(os.getpid(), 9))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    with store.connect(autocommit=True) as conn:
        conn.execute("create database fisc_20261128")  # somebody's own
        while conn.execute("select from pg_stat_activity where datname ^@ 'fisc_restoring'").fetchone():
            pass  # the server has yet to see that the killed one is gone
    assert len(databases()) == 3
    aside = dumps.restore(store.dsn(), path, accept)
    assert databases() == ["fisc", "fisc_20261128", aside]


def test_what_restores_set_aside_is_listed_and_removed_by_name(
    backed_up: backups.Backup, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    restoring.restore(backed_up, None, accept)
    path = dumps.dump(store.dsn(), tmp_path / "one.dump")
    dumps.restore(store.dsn(), path, accept)
    aside = [one for one in told(capsys, "db", "backups")["said"]["rows"] if one["kind"] == "set_aside"]
    assert len(aside) == 2 and all(one["size_bytes"] > 1_000_000 for one in aside)
    for name in ("fisc", "data", "postgres", "../data", backed_up.path.name, ""):
        assert told(capsys, "db", "backups", "--remove", name)["code"] == 4, name
    for one in aside:
        assert told(capsys, "db", "backups", "--remove", one["name"])["code"] == 0
    assert {one["kind"] for one in told(capsys, "db", "backups")["said"]["rows"]} == {"backup"}
    assert noted() == [1] and databases() == ["fisc"] and not set_aside()


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai"])
def test_names_hold_beijing_time_whatever_the_machine_s(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert config.named(datetime(2026, 11, 28, 18, 50, 15, 4116, UTC)) == "20261129-025015-004116"
        before, name, after = config.named(), setaside.new_name("fisc"), config.named()
        assert before <= name.removeprefix("fisc_before_").replace("_", "-") <= after
    finally:
        monkeypatch.undo()
        time.tzset()
