"""`fisc verify`, `fisc seal` and `fisc export`: the ledger proven, sealed and handed to others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli.exit_codes import ExitCode
from fisc.cli.options import SomeGovernment
from fisc.cli.output import JsonFlag, emit, progress, table
from fisc.cli.signing import As, named
from fisc.kernel.export import Format

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.kernel.verify import Check, VerifyReport


def register(parent: typer.Typer) -> None:
    """Add `verify`, `seal` and `export` to the `fisc` command."""
    parent.command("verify")(verify)
    parent.command("seal")(seal)
    parent.command("export")(export)


def verify(
    anchor: Annotated[
        str,
        typer.Option(
            "--anchor",
            metavar="FILE",
            help="对照交给外部的锚点：文件，或抄下的校验码 / an anchor kept outside",
        ),
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """校验总账：借贷平衡、发生额、控制余额、封存链 / prove the ledger from its postings.

    并校验单据的内容、状态与凭证，银行报文与对账 / and documents and what banks said against it.

    给出 --anchor 时，还校验锚点所记的封存仍在 / and, with --anchor, that it holds what the anchor said.

    0 各项相符，1 有不符（指出第一处），3 锚点读不懂 / 0 all agrees, 1 the first difference, 3 no anchor.
    """
    from fisc import app, store
    from fisc.cli.anchors import check_of, read
    from fisc.kernel.verify import verify as prove
    from fisc.proving import content_checks

    kept = read(anchor) if anchor else None
    app.setup()
    with store.connect() as conn, progress(as_json) as shown:
        tasks: dict[str, Any] = {}

        def tell(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = shown.add_task(step, total=None)
            shown.update(tasks[step], completed=done, total=total)

        report = prove(conn, tell)
        report.checks.extend(content_checks(conn, tell))
        if kept:
            report.checks.append(check_of(conn, kept))
    emit(_as_dict(report), as_json, lambda console: _print(console, report))
    raise typer.Exit(ExitCode.OK if report.ok else ExitCode.FAULTS)


def _as_dict(report: VerifyReport) -> dict[str, Any]:
    checks = [_check_dict(check) for check in report.checks]
    return {"is_ok": report.ok, "unsealed_entry_count": report.unsealed_entries, "checks": checks}


def _check_dict(check: Check) -> dict[str, Any]:
    return {"name": check.name, "row_count": check.rows, "is_ok": check.ok, "difference": check.difference}


def _name(check: Check) -> str:
    """What was proven, in words; one chain is over accounts, coding blocks and documents."""
    from fisc.kernel.seals import MASTER

    return check.name.replace(f" {MASTER}", "总链")


def _print(console: Console, report: VerifyReport) -> None:
    rows = [(_name(check), f"{check.rows:,}", "相符" if check.ok else "不符") for check in report.checks]
    console.print(table(["校验", "行数>", "结果"], rows))
    for check in report.checks:
        if not check.ok:
            console.print(f"{check.name}：{check.difference}", style="bold red", markup=False)
    console.print("总账相符。" if report.ok else "总账有不符之处，见上。")
    if report.unsealed_entries:
        console.print(f"有 {report.unsealed_entries:,} 笔凭证尚未封存（fisc seal）。")


def seal(
    region: SomeGovernment = "",
    *,
    anchor: Annotated[
        bool,
        typer.Option(
            "--anchor", help="给出总锚，抄下或交给外部保管 / show the anchor, to be kept by another party"
        ),
    ] = False,
    to: Annotated[
        Path | None, typer.Option("--to", help="把总锚写入文件 / write the anchor to a file")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="覆盖已有的文件 / overwrite the file")] = False,
    as_: As = "",
    as_json: JsonFlag = False,
) -> None:
    """封存新凭证，接到各区划的 SM3 链上 / seal new entries into the chain of each region.

    总锚记着每条链的最新一节，交给外部保管 / the anchor names the newest seals, to be kept by another party.

    数据库被整个改写，对照它也看得出来 / rewriting the whole database shows against it.
    """
    from fisc import app, store
    from fisc.cli import anchors
    from fisc.kernel.seals import seal as seal_new

    app.setup()
    with store.connect() as conn:
        named(conn, as_)
        added = seal_new(conn, region or None)
        if anchor or to:
            told = anchors.told(conn)
            if to:
                anchors.write(told, to, force=force)
            emit({"seals": added, "anchor": told}, as_json, anchors.words(told, to))
            return
    rows = [(link.chain, link.seq, f"{link.first_id}–{link.last_id}", link.digest[:16]) for link in added]
    shown = table(["链", "节>", "凭证", "摘要"], rows) if rows else "没有新凭证需要封存。"
    emit({"seals": added}, as_json, shown)


def export(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="输出文件；parquet 为文件夹 / file, or folder for parquet")
    ],
    wanted: Annotated[Format, typer.Option("--format", "-f", help="格式 / format")] = Format.BEANCOUNT,
    as_json: JsonFlag = False,
) -> None:
    """导出日记账，供他人用别的程序复核 / the whole journal for beancount, hledger or Parquet readers.

    文件是 UTF-8 编码；hledger 须在 UTF-8 环境里读（如先设 LANG=C.UTF-8）
    / the file is UTF-8; hledger reads it in a UTF-8 locale (LANG=C.UTF-8).

    0 写成，3 不能写 / 0 written, 3 it cannot be written.
    """
    from fisc import app, store
    from fisc.kernel.export import export as write_journal

    app.setup()
    with store.connect() as conn, progress(as_json) as shown:
        task = shown.add_task("导出", total=None)
        done = write_journal(
            conn, wanted, out, lambda count, total: shown.update(task, completed=count, total=total)
        )
    words = f"已导出 {done.entry_count:,} 笔凭证、{done.posting_count:,} 行分录到 {done.path}"
    emit(done, as_json, words)
