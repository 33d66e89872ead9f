"""`fisc import`: take a published budget book into the ledger, and say what was found in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fisc.cli import output
from fisc.cli.exit_codes import ExitCode, help_text
from fisc.cli.signing import As, named

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.disclosure.checks import IdentityResult
    from fisc.disclosure.services import ImportResult
    from fisc.kernel.findings import Finding

#: How many differences and findings are shown before the rest is counted; --json has all.
SHOWN = 12

_RULES = {
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
    "debt.change": "债务投向：增减 = 本年 − 上年",
    "ledger.carryover": "账表：年初 + 收入 − 支出 = 年终结余",
    "ledger.sources": "账表：来源 − 安排 = 计划结余",
    "ledger.insurance": "账表：社保年末滚存",
    "ledger.debt": "账表：债务余额",
}


def register(root: typer.Typer) -> None:
    """Add `import` to the program's commands."""
    root.command("import", epilog=help_text())(import_command)


def import_command(
    book: Annotated[
        Path, typer.Argument(help="公开的预算文本 .xlsx / the published budget book", metavar="BOOK.xlsx")
    ],
    check_only: Annotated[
        bool, typer.Option("--check-only", help="只核对，不入账 / check, post nothing")
    ] = False,
    as_: As = "",
    as_json: output.JsonFlag = False,
) -> None:
    """导入公开的预算文本：识别各表、核对勾稽、整本入账 / import a published budget book, all or nothing.

    同一文件再导入不变；更正后的文件只记红蓝差额
    / the same file again changes nothing, a corrected one posts the differences.

    登记了人员的库，由该区划的账簿管理人员导入
    / where officers are registered, by who keeps that region's books.
    """
    from fisc.disclosure.services import as_dict

    result = run_import(book, as_json, check_only=check_only, as_=as_)
    output.emit(as_dict(result), as_json, lambda console: show(console, result, posted=not check_only))
    proven = result.verified is None or result.verified.ok
    raise typer.Exit(ExitCode.OK if proven else ExitCode.FAULTS)


def run_import(book: Path, as_json: bool = False, *, check_only: bool = False, as_: str = "") -> ImportResult:
    """Import `book` (or only check it) with progress bars on standard error."""
    from fisc.disclosure import services

    with _bars(as_json) as tell:
        return services.check_only(book, tell) if check_only else _import(book, tell, as_)


def _import(book: Path, tell: Callable[[str, int, int], None], as_: str) -> ImportResult:
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
        result = import_book(book, conn, tell, by=by)
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


def show(console: Console, result: ImportResult, *, posted: bool) -> None:
    """The summary: what was read, what was posted, which identities hold, what was found."""
    book = result.book
    console.print(f"[bold]{book.city}[/bold] {book.name}：识别 {len(book.numbers)} 张表")
    console.print(output.table(["表的种类", "张数>"], result.tables_by_kind.items()))
    console.print(output.facts(_counts(result, posted)))
    console.print(_identities(result.identities))
    _show_differences(console, result)
    _show_findings(console, result.findings)


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


def _show_differences(console: Console, result: ImportResult) -> None:
    from fisc.disclosure.identities import describe

    differences = [found for found in result.identities if found.status != "pass"]
    if not differences:
        console.print("勾稽关系全部相符。")
        return
    console.print(f"[bold]不符 {len(differences)} 处（如实列出，不影响入账）[/bold]")
    for found in differences[:SHOWN]:
        note = "（已说明：有未列出的下级科目）" if found.status == "declared" else ""
        console.print(f"  {describe(found)}{note}", markup=False, soft_wrap=True)
    _more(console, len(differences))


def _show_findings(console: Console, findings: list[Finding]) -> None:
    if findings:
        console.print(f"[bold]另有发现 {len(findings)} 处[/bold]")
        for finding in findings[:SHOWN]:
            said = f"{finding.about}：{finding.what}" if finding.about else finding.what
            console.print(f"  {said}", markup=False, soft_wrap=True)
        _more(console, len(findings))


def _more(console: Console, count: int) -> None:
    if count > SHOWN:
        console.print(f"  另有 {count - SHOWN} 处，见 --json 输出")
