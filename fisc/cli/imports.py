"""`fisc import`: take a published budget book into the ledger, and say what was found in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fisc.cli import output
from fisc.cli.book_fates import show_fates
from fisc.cli.exit_codes import ExitCode, help_text
from fisc.cli.signing import As, named

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.disclosure.checks import IdentityResult
    from fisc.disclosure.services import ImportResult
    from fisc.kernel.findings import Finding

#: How many differences and findings are shown before the rest is counted; --all and --json have all.
SHOWN = 12


class Gone(StrEnum):
    """What is done with tables that an earlier book of the same year posted and the new one lacks."""

    ASK = "ask"
    RETRACT = "retract"
    KEEP = "keep"


_RULES = {
    "ratio": "比率列 = 所写两列之比",
    "tree.parent": "类 = 款之和 = 项之和",
    "tree.part": "其中项不大于其总项",
    "tree.total": "合计 = 各行之和",
    "balance.sides": "收入合计 = 支出合计",
    "restated": "同一数字各表相等",
    "carryover": "上年年末 = 本年年初",
    "matrix.row": "分地区表：横向合计",
    "matrix.column": "分地区表：纵向合计",
    "insurance.component": "社保：分项合计",
    "insurance.balance": "社保：收入 − 支出 = 本年结余",
    "insurance.rollforward": "社保：上年滚存 + 本年结余 = 年末滚存",
    "debt.rollforward": "债务：年初 + 发行 − 还本 + 调减项 = 年末",
    "debt.limit": "债务：限额 ≥ 余额",
    "debt.limit_change": "债务：上年限额 + 增减 = 本年限额",
    "debt.total": "债务：合计 = 一般 + 专项",
    "debt.uses": "债务投向：合计 = 一般 + 专项",
    "change": "增减 = 本年 − 上年，或调整后 − 年初预算",
    "ledger.carryover": "账表：年初 + 收入 − 支出 = 年终结余",
    "ledger.sources": "账表：来源 − 安排 = 计划结余",
    "ledger.insurance": "账表：社保年末滚存",
    "ledger.debt": "账表：债务余额",
}


def register(root: typer.Typer) -> None:
    """Add `import` to the program's commands."""
    root.command("import", epilog=help_text())(import_command)


def import_command(  # noqa: PLR0917 - what a command is asked for
    book: Annotated[
        Path, typer.Argument(help="公开的预算文本 .xlsx / the published budget book", metavar="BOOK.xlsx")
    ],
    check_only: Annotated[
        bool, typer.Option("--check-only", help="只核对，不入账 / check, post nothing")
    ] = False,
    all_: Annotated[
        bool, typer.Option("--all", help="逐行逐列列出，问题全部列出 / every row, column and problem")
    ] = False,
    gone: Annotated[
        Gone,
        typer.Option("--gone", help="本年度已入账、新书不再有的表：冲回或保留 / what the new book lacks"),
    ] = Gone.ASK,
    restore: Annotated[
        str,
        typer.Option("--restore", help="确要用更正前的旧文件恢复旧数：理由 / why old numbers are to return"),
    ] = "",
    notes_read: Annotated[
        str,
        typer.Option(
            "--notes-read", help="表外看不懂的文字已逐条读过、不改变任何数：理由 / why notes change no figure"
        ),
    ] = "",
    scale_checked: Annotated[
        str,
        typer.Option(
            "--scale-checked", help="相邻两列相差悬殊，已核对无误：理由 / why columns may be so far apart"
        ),
    ] = "",
    as_: As = "",
    as_json: output.JsonFlag = False,
) -> None:
    """导入公开的预算文本：识别各表、核对勾稽、整本入账 / import a published budget book, all or nothing.

    同一文件再导入不变；更正后的文件只记红蓝差额；原来入账、新书整张不再有的表，须说明冲回（--gone retract）
    还是另有文件、予以保留（--gone keep）
    / the same file again changes nothing, a corrected one posts the differences; tables that were posted and
    are in the new book no longer are taken back or kept, as --gone says.

    每张工作表、每一列、每一行都有去向：汇总列在后面，逐项用 --all 或 --json
    / what became of every sheet, column and row is told: in sum, in full with --all or --json.

    表外的文字、备注看不懂的，逐条列出并拒绝；读过、确认不改变任何数的，用 --notes-read 写明理由
    / what is said beside the tables and not understood is refused until --notes-read says why it is harmless.

    有变动的每次导入都留有记录，恢复旧数的理由也在其中，见 fisc books list-imports
    / every import that changed anything is kept with its reasons: fisc books list-imports.

    登记了人员的库，由该区划的账簿管理人员导入
    / where officers are registered, by who keeps that region's books.
    """
    from fisc.disclosure.errors import DisclosureError
    from fisc.disclosure.services import as_dict

    try:
        result = run_import(
            book, as_json, check_only=check_only, as_=as_, gone=gone, restore=restore, notes_read=notes_read,
            scale_checked=scale_checked,
        )  # fmt: skip
    except DisclosureError as error:
        raise error.in_full() if all_ else error from None
    output.emit(
        as_dict(result), as_json, lambda console: show(console, result, posted=not check_only, in_full=all_)
    )
    proven = result.verified is None or result.verified.ok
    raise typer.Exit(ExitCode.OK if proven else ExitCode.FAULTS)


def run_import(
    book: Path, as_json: bool = False, *, check_only: bool = False, as_: str = "", gone: Gone = Gone.ASK,
    restore: str = "", notes_read: str = "", scale_checked: str = "",
) -> ImportResult:  # fmt: skip
    """Import `book` (or only check it) with progress bars on standard error."""
    from fisc.disclosure import services

    with _bars(as_json) as tell:
        if check_only:
            return services.check_only(book, tell, notes_read=notes_read, scale_checked=scale_checked)
        return _import(
            book, tell, as_, gone=gone, restore=restore, notes_read=notes_read, scale_checked=scale_checked
        )


def _import(
    book: Path, tell: Callable[[str, int, int], None], as_: str, *, gone: Gone, restore: str,
    notes_read: str, scale_checked: str,
) -> ImportResult:  # fmt: skip
    import psycopg

    from fisc.app import setup
    from fisc.disclosure.services import import_book
    from fisc.documents.intake import keep_found
    from fisc.kernel.findings import Place
    from fisc.kernel.periods import today

    tell("准备数据库", 0, 1)
    dsn = setup()
    tell("准备数据库", 1, 1)
    with psycopg.connect(dsn, application_name="fisc import") as conn:
        by = named(conn, as_)
        conn.commit()  # the book is a transaction of its own
        result = import_book(
            book, conn, tell, by=by, gone=gone.value, restore=restore, notes_read=notes_read,
            scale_checked=scale_checked,
        )  # fmt: skip
        of = result.book
        keep_found(conn, of.name, result.findings, Place(of.region, of.year, today()))
    return result


@contextmanager
def _bars(as_json: bool) -> Iterator[Callable[[str, int, int], None]]:
    """One bar per phase on standard error."""
    with output.progress(as_json) as progress:
        tasks: dict[str, object] = {}

        def tell(what: str, done: int, total: int) -> None:
            phase = what.split(" ", maxsplit=1)[0]
            if phase not in tasks:
                tasks[phase] = progress.add_task(phase, total=total)
            progress.update(tasks[phase], completed=done, total=total, description=what)  # type: ignore[arg-type]

        yield tell


def show(console: Console, result: ImportResult, *, posted: bool, in_full: bool = False) -> None:
    """The summary: what was read, what was posted, which identities hold, what was found."""
    book = result.book
    console.print(f"[bold]{book.city}[/bold] {book.name}：识别 {len(book.numbers)} 张表")
    console.print(output.table(["表的种类", "张数>"], result.tables_by_kind.items()))
    console.print(output.facts(_counts(result, posted)))
    console.print(_identities(result.identities))
    _show_differences(console, result, None if in_full else SHOWN)
    _show_findings(console, result.findings, None if in_full else SHOWN)
    show_fates(console, book, in_full=in_full)


def _counts(result: ImportResult, posted: bool) -> dict[str, object]:
    counts: dict[str, object] = {"金额行": f"{sum(1 for _ in result.book.lines):,}"}
    if posted:
        counts |= {
            "新单据": f"{result.documents:,}",
            "新凭证": f"{result.entries_posted:,}（其中红字 {result.entries_red:,}）",
            "未变凭证": f"{result.entries_unchanged:,}",
            "总账验证": "通过" if result.verified and result.verified.ok else "未通过",
        }
    phases = "，".join(f"{phase} {seconds:.2f}" for phase, seconds in result.seconds.items())
    return counts | {"用时（秒）": f"{sum(result.seconds.values()):.2f}（{phases}）"}


def _identities(results: Iterable[IdentityResult]) -> object:
    counted: dict[str, Counter[str]] = {}
    for found in results:
        counted.setdefault(found.rule, Counter())[found.status] += 1
    rows = [
        (
            _RULES.get(rule, rule),
            f"{sum(c.values()):,}",
            f"{c['pass']:,}",
            c["fail"] or "",
            c["declared"] or "",
        )
        for rule, c in counted.items()
    ]
    return output.table(["勾稽关系", "核对>", "相符>", "不符>", "已说明>"], rows)


def _show_differences(console: Console, result: ImportResult, most: int | None) -> None:
    from fisc.disclosure.identities import describe

    differences = [found for found in result.identities if found.status != "pass"]
    if not differences:
        console.print("勾稽关系全部相符。")
        return
    console.print(f"[bold]不符 {len(differences)} 处（如实列出；入账照表上所印，不因此更改，请核对）[/bold]")
    for found in differences[:most]:
        note = "（已说明：有未列出的下级科目）" if found.status == "declared" else ""
        console.print(f"  {describe(found)}{note}", markup=False, soft_wrap=True)
    _more(console, len(differences), most)


def _show_findings(console: Console, findings: list[Finding], most: int | None) -> None:
    if findings:
        console.print(f"[bold]另有发现 {len(findings)} 处[/bold]")
        for finding in findings[:most]:
            said = f"{finding.about}：{finding.what}" if finding.about else finding.what
            console.print(f"  {said}", markup=False, soft_wrap=True)
        _more(console, len(findings), most)


def _more(console: Console, count: int, most: int | None) -> None:
    if most is not None and count > most:
        console.print(f"  另有 {count - most} 处：加 --all 全部列出，或用 --json")
