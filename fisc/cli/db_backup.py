"""`fisc db backup`, `backups`, `restore`, `upgrade`: the database kept, brought back, brought forward.

The private server is backed up whole, with the log after it, so any moment since the oldest backup can be
gone back to. A database of one's own (`DATABASE_URL`) is dumped; its moments are its administrator's.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli.output import JsonFlag, emit, facts, table

if TYPE_CHECKING:
    from fisc.store.backups import Backup
    from fisc.store.setaside import SetAside
    from fisc.upgrading import Upgraded

_MIB = 1024 * 1024


def register(db: typer.Typer) -> None:
    """Add these commands to `fisc db`."""
    db.command("backup")(backup)
    db.command("backups")(backups_command)
    db.command("restore")(restore)
    db.command("upgrade")(upgrade)


def backup(
    to: Annotated[
        Path | None, typer.Argument(help="另存到的目录，或导出文件 名称.dump / a folder, or a .dump file")
    ] = None,
    keep: Annotated[int, typer.Option(min=1, help="内置数据库保留几份 / how many to keep")] = 3,
    as_json: JsonFlag = False,
) -> None:
    """备份数据库，运行中即可 / back the database up while it runs.

    内置数据库：整库备份并自此保存变更日志，可恢复到其后任一时刻；写 .dump 则导出为一个文件
    / the private server: a whole copy and the log from then on; with .dump one file.

    DATABASE_URL 指定的数据库只导出为文件，恢复到某一时刻由数据库管理员用其备份办理
    / of your own server a file only; its administrator keeps its log.
    """
    from fisc.store import backups, config, dumps

    if config.database_url() is not None or (to is not None and to.suffix == dumps.SUFFIX):
        _dump(to, as_json)
        return
    made = backups.take(to, keep)
    shown = {"备份": made.path, "完成于": _shown(made.ended_at), "大小": f"{made.size_bytes / _MIB:,.1f} MiB"}
    emit(_as_dict(made), as_json, facts(shown))


def _dump(to: Path | None, as_json: bool) -> None:
    from fisc import store
    from fisc.store import dumps

    path = dumps.dump(store.dsn(), dumps.place(to))
    data = {"path": path, "size_bytes": path.stat().st_size}
    emit(data, as_json, facts({"备份": path, "大小": f"{path.stat().st_size / _MIB:,.1f} MiB"}))


def backups_command(
    remove: Annotated[
        str | None,
        typer.Option("--remove", help="删除一个留存的原库 / remove what was set aside"),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """有哪些备份、恢复时留存了哪些原库 / backups, and what restores set aside.

    --remove 只删除列为“留存的原库”的一项，不删备份，更不动现用的数据库
    / --remove takes away one that was set aside, no backup, and never the database in use.
    """
    if remove is not None:
        _remove(remove, as_json)
        return
    from fisc.store import backups

    found, damaged, aside = backups.listed(), backups.damaged(), _set_aside()
    rows = [("备份", b.path.name, _shown(b.ended_at), _mib(b.size_bytes)) for b in found]
    rows += [("不是备份", path.name, f"{backups.FACTS} 读不出", "—") for path in damaged]
    rows += [("留存的原库", one.name, "—", _mib(one.size_bytes)) for one in aside]
    words = table(["种类", "名称!", "完成于", "MiB>"], rows) if rows else "没有备份。请运行 fisc db backup"
    said: list[dict[str, Any]] = [{"kind": "backup"} | _as_dict(b) for b in found]
    said += [{"kind": "not_a_backup", "path": path} for path in damaged]
    said += [{"kind": "set_aside"} | _as_dict(one) for one in aside]
    emit(said, as_json, words)


def _remove(name: str, as_json: bool) -> None:
    from fisc import store
    from fisc.store import setaside

    gone = setaside.remove(store.dsn(), name)
    emit(_as_dict(gone), as_json, f"已删除留存的原库 {gone.name}（{_mib(gone.size_bytes)} MiB）。")


def _set_aside() -> list[SetAside]:
    """What was set aside; clusters are there to see even when the server cannot be used."""
    from fisc import store
    from fisc.store import StoreError, config, setaside

    layout = config.layout()
    found = setaside.clusters(layout)
    if config.database_url() is not None or layout.data.exists():
        with suppress(StoreError):
            found += setaside.databases(store.dsn())
    return found


def _mib(size_bytes: int) -> str:
    return f"{size_bytes / _MIB:,.1f}"


def restore(
    source: Annotated[
        Path | None, typer.Argument(help="备份的名称或目录，或 .dump 文件；默认最近的 / which backup")
    ] = None,
    at: Annotated[
        str, typer.Option(help="恢复到的时刻（北京时间），如 2026-11-28T20:00 / the moment, Beijing time")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="有程序在用也立即中断 / even while in use")] = False,
    no_verify: Annotated[bool, typer.Option("--no-verify", help="不校验总账 / do not prove it")] = False,
    as_json: JsonFlag = False,
) -> None:
    """恢复数据库：另起一库、校验无误后才替换，原库留存 / bring the database back; the old one is kept.

    0 完成，3 恢复出的总账校验不符，4 不能恢复；不成则原库不动
    / 0 done, 3 what came back does not prove, 4 it cannot be; the database in use stays as it was.
    """
    from fisc.store import config, dumps

    look = (lambda _dsn: None) if no_verify else _prove
    is_dump = source is not None and source.suffix == dumps.SUFFIX
    if is_dump or config.database_url() is not None:
        _restore_dump(source, at, look, force=force, as_json=as_json)
    else:
        _restore_backup(source, at, look, force=force, as_json=as_json)


def upgrade(
    no_backup: Annotated[bool, typer.Option("--no-backup", help="不先备份 / without a backup")] = False,
    as_json: JsonFlag = False,
) -> None:
    """升级数据库到本程序的版本：先备份，再就地升级，校验无误才生效 / bring the database forward.

    0 完成（不必升级也是），3 没有升级成，4 比本程序新；不成则原样不动
    / 0 done, 3 not upgraded, 4 newer than this program; where it fails nothing was changed.
    """
    from fisc import upgrading

    done = upgrading.upgrade(backed_up=not no_backup)
    if done is None:
        emit({"is_upgraded": False}, as_json, "数据库与本程序同一版本，不必升级。")
        return
    change = f"第 {done.was} 版 → 第 {done.now} 版，总账校验相符"
    shown = {"账务结构": change, "升级前的备份": done.backup or "—"}
    emit({"is_upgraded": True} | _as_dict(done), as_json, facts(shown))


def _restore_backup(
    source: Path | None, at: str, look: Callable[[str], None], *, force: bool, as_json: bool
) -> None:
    from fisc.cli.moments import moment_of
    from fisc.store import backups, restoring

    chosen = None if source is None else backups.at_path(_place(source))
    done = restoring.restore(chosen, moment_of(at) if at else None, look, force=force)
    reached = moment_of(at) if at else done.backup.ended_at
    data = {"backup": done.backup.path, "restored_to": reached, "set_aside": done.set_aside}
    shown = {"备份": done.backup.path.name, "已恢复到": _shown(reached), **_old(done.set_aside, "留在")}
    emit(data, as_json, facts(shown))


def _place(source: Path) -> Path:
    from fisc.store import config

    return config.layout().backups / source if len(source.parts) == 1 and not source.exists() else source


def _restore_dump(
    source: Path | None, at: str, look: Callable[[str], None], *, force: bool, as_json: bool
) -> None:
    from fisc import store
    from fisc.store import StoreError, dumps

    if at:
        raise StoreError(
            "导出文件只有备份那一刻的数据，不能恢复到别的时刻",
            rule="恢复到某一时刻须有变更日志：内置数据库由 fisc 保存，DATABASE_URL 的数据库由其管理员保存",
            hint="请去掉 --at，或请数据库管理员办理",
        )
    if source is None:
        raise typer.BadParameter("请给出要恢复的 .dump 文件 / which .dump file?")
    aside = dumps.restore(store.dsn(), source, look, force=force)
    emit({"dump": source, "set_aside": aside}, as_json, facts({"备份": source, **_old(aside, "改名为")}))


def _old(place: Path | str | None, verb: str) -> dict[str, object]:
    """What is said of the database that was there."""
    return {f"原库{verb}": place} if place else {"原库": "是空的，没有留存"}


def _prove(dsn: str) -> None:
    """Refuse a ledger that does not prove. One of another version is its own program's to prove."""
    import psycopg

    from fisc.kernel import FiscError, schema, verify

    with psycopg.connect(dsn, autocommit=True) as conn:
        if schema.installed_version(conn) != schema.VERSION:
            return
        wrong = [check for check in verify(conn).checks if not check.ok]
    if wrong:
        raise FiscError(
            f"恢复出的总账校验不符：{wrong[0].name}：{wrong[0].difference}",
            rule="恢复出的总账通过全部校验，才换下原库",
            hint="原库没有改动；请换一个备份，或加 --no-verify 照样恢复后查明",
        )


def _shown(moment: datetime) -> str:
    from fisc.cli.moments import shown

    return shown(moment)


def _as_dict(made: Backup | Upgraded | SetAside) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(made)
