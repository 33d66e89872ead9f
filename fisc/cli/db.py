"""`fisc db`: start, stop and look at the database; `db_backup` keeps it and brings it back."""

from __future__ import annotations

import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli.exit_codes import ExitCode
from fisc.cli.options import Regions, division
from fisc.cli.output import JsonFlag, emit, facts, table

if TYPE_CHECKING:
    import psycopg

    from fisc.store.server import Status

app = typer.Typer(help="数据库：内置 PostgreSQL，或 DATABASE_URL 指定的 / the database", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add the `db` commands to the `fisc` command."""
    from fisc.cli import db_backup

    db_backup.register(app)
    parent.add_typer(app, name="db")


@app.command("start")
def start(as_json: JsonFlag = False) -> None:
    """启动内置数据库，直到 fisc db stop / start the private server; it stays until `fisc db stop`.

    不先启动也可以：各命令会自行启动，用完即停 / commands start it by themselves, and it stops after them.
    """
    from fisc.store import server

    _show(server.start(pin=True), as_json)


@app.command("stop")
def stop(
    force: Annotated[bool, typer.Option("--force", help="有程序在用也立即停止 / even while in use")] = False,
    as_json: JsonFlag = False,
) -> None:
    """停止内置数据库；有程序在用则用完即停，以 1 退出 / stop the private server; 1 while it is in use."""
    from fisc.store import server
    from fisc.store.server import Stopped

    words = {
        Stopped.STOPPED: "内置数据库已停止。",
        Stopped.NOT_RUNNING: "内置数据库没有在运行。",
        Stopped.IN_USE: "有程序正在使用，用完即停；要立即停止请加 --force。",
    }
    outcome = server.stop(force=force)
    emit({"outcome": outcome}, as_json, words[outcome])
    raise typer.Exit(ExitCode.FAULTS if outcome is Stopped.IN_USE else ExitCode.OK)


@app.command("status")
def status(as_json: JsonFlag = False) -> None:
    """数据库状态：0 在运行，1 没有运行 / what the database is doing: 0 running, 1 not running."""
    from fisc.store import config, server

    if config.database_url() is not None:
        _show_external(as_json)
        return
    now = server.status()
    _show(now, as_json)
    raise typer.Exit(ExitCode.OK if now.is_running else ExitCode.FAULTS)


@app.command("init")
def init(as_json: JsonFlag = False) -> None:
    """建立账务结构、登记各表；重复运行无妨 / set up schema and registry; safe to repeat."""
    from fisc import app as fisc_app

    fisc_app.setup()
    emit({"is_ready": True}, as_json, "数据库已就绪。")


@app.command("let-read")
def let_read(
    role: Annotated[str, typer.Argument(help="数据库登录角色 / login role")],
    region: Regions = None,
    unit: Annotated[
        list[str] | None, typer.Option("--unit", help="可读的单位：区划:预算单位，可重复 / a unit's rows")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """让登录角色只读本区划、本单位的数据 / let a login read the rows of its regions or units only."""
    import psycopg

    from fisc import app as fisc_app
    from fisc.documents import access

    dsn, units = fisc_app.setup(), [_unit(pair) for pair in unit or ()]
    with psycopg.connect(dsn, autocommit=True) as conn:
        access.let_read(conn, role, regions=region or (), units=units)
    named = [":".join(pair) for pair in units]
    told = {"role": role, "regions": region or [], "units": named}
    shown = {"角色": role, "区划": "、".join(region or ["—"]), "单位": "、".join(named or ["—"])}
    emit(told, as_json, facts(shown))


def _unit(said: str) -> tuple[str, str]:
    """A unit's region, however that is written, and its code. Raises BadParameter, UnknownRegion."""
    region, _, agency = said.partition(":")
    if not (region.strip() and agency.strip()):
        raise typer.BadParameter(
            f"{said} 不是 区划:预算单位，如 150602:101001 / region:unit, as 150602:101001"
        )
    return division(region.strip()), agency.strip()


@app.command("shell")
def shell(
    command: Annotated[
        str | None, typer.Option("--command", "-c", help="执行一条 SQL 后退出 / run one SQL")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """数据库命令行（psql）；-c 执行一条语句后退出 / a psql prompt; with -c one statement."""
    from fisc import store

    is_psqls = command is None or command.lstrip().startswith("\\")
    if as_json and is_psqls:
        raise typer.BadParameter("--json 须与 -c 和一条 SQL 同用 / --json needs -c with a statement")
    if command is None:
        raise typer.Exit(_psql(store.dsn()))
    if is_psqls:
        raise typer.Exit(ExitCode.REFUSED if _psql(store.dsn(), "--command", command) else ExitCode.OK)
    _run_sql(command, as_json)


def _psql(dsn: str, *arguments: str) -> int:
    """Run psql on `dsn`; prefers the system's, which may have line editing. Returns its exit code."""
    from fisc.store import binaries

    program = shutil.which("psql") or str(binaries.bin_dir() / "psql")
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is psql's while it runs
    try:
        # psql must hear Ctrl-C, and an ignored signal is inherited.
        hear = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
        return subprocess.run([program, *arguments, dsn], check=False, **hear).returncode  # type: ignore[call-overload,no-any-return]
    finally:
        signal.signal(signal.SIGINT, before)


def _bad_sql(error: psycopg.Error) -> Exception:
    """What the database says to a statement, in its own words; our guards and a lost database as ever."""
    import psycopg

    from fisc.kernel import FiscError

    is_ours = (error.sqlstate or "").startswith("FS")
    is_canceled = isinstance(error, psycopg.errors.QueryCanceled)
    is_lost = isinstance(error, psycopg.OperationalError) and not is_canceled
    if is_ours or is_lost:
        return error
    said = error.diag.message_primary or str(error).strip()
    return FiscError(
        f"数据库不接受这条语句：{said}", rule="语句按 PostgreSQL 的规则执行",
        hint=error.diag.message_hint or "请核对 SQL 的写法、表名与所给的值",
    )  # fmt: skip


def _run_sql(command: str, as_json: bool) -> None:
    import psycopg

    from fisc import store

    try:
        with store.connect() as conn:
            cursor = conn.execute(command.encode())
            columns = [column.name for column in cursor.description or []]
            rows: list[tuple[Any, ...]] = cursor.fetchall() if columns else []
    except psycopg.Error as error:
        raise _bad_sql(error) from error
    data = {"rows": [dict(zip(columns, row, strict=True)) for row in rows], "status": cursor.statusmessage}
    emit(data, as_json, table(columns, rows) if columns else str(cursor.statusmessage))


def _show(status: Status, as_json: bool) -> None:
    data = {"kind": "embedded", **_as_dict(status)}
    state = "在运行" if status.is_running else "没有运行"
    pinned = "（fisc db stop 前一直运行）" if status.is_pinned and status.is_running else ""
    shown = {
        "数据库": f"内置 PostgreSQL（{status.version}）",
        "状态": f"{state}{pinned}",
        "进程": status.pid or "—",
        "数据目录": status.data_dir,
        "日志": status.log,
        "连接串": status.dsn,
    }
    emit(data, as_json, facts(shown))


def _as_dict(status: Status) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(status)


def _show_external(as_json: bool) -> None:
    from fisc import store

    with store.connect() as conn:
        info = conn.info
        major, minor = divmod(info.server_version, 10000)
        data = {"kind": "external", "is_running": True, "version": f"{major}.{minor}"}
        data |= {"host": info.host, "port": info.port, "database": info.dbname, "user": info.user}
    shown = {"数据库": f"DATABASE_URL 指定的 PostgreSQL {major}.{minor}", "状态": "在运行"}
    shown["位置"] = _place(data)
    emit(data, as_json, facts(shown))


def _place(data: dict[str, Any]) -> str:
    """Where the user's own server is, without its password."""
    return f"{data['user']}@{data['host']}:{data['port']}/{data['database']}"
