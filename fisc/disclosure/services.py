"""Takes a published budget book into the ledger: all of it, or nothing.

`import_book` is one transaction. The same file again changes nothing; a corrected one posts
red what no longer holds and blue what is new, so the ledger as of an earlier moment still
says what was believed then.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import psycopg
from psycopg.pq import TransactionStatus

from fisc.disclosure.again import judge_again
from fisc.disclosure.checks import FAIL, PASS, IdentityResult
from fisc.disclosure.documents import (
    build_documents,
    group_lines,
    keys_of_lines,
    store_documents,
    store_lines,
)
from fisc.disclosure.errors import DisclosureError, Problem, noted
from fisc.disclosure.facts import PLAN, Fact, facts_of
from fisc.disclosure.imported import record_import
from fisc.disclosure.ledger import check_ledger, ledger_problems
from fisc.disclosure.model import BESIDE, DEBT, OUTLAY, SCALE, Book, BookLine, SheetTold
from fisc.disclosure.posting import Known, known_facts, left_out, plan_postings, post_plan
from fisc.disclosure.reader import kind_name, read_and_check
from fisc.disclosure.rules import source_gaps, with_rounding
from fisc.disclosure.titles import KIND_BY_ID
from fisc.documents.reasons import require_reason
from fisc.kernel import VerifyReport, define_regions, open_year, verify
from fisc.kernel.errors import FiscError
from fisc.kernel.findings import Finding
from fisc.kernel.money import format_fen
from fisc.kernel.periods import today
from fisc.kernel.simulation import simulation
from fisc.registry.officers import has_officers, require_duty
from fisc.registry.regions import own, words

if TYPE_CHECKING:
    from fisc.disclosure.models import PostedFact

Progress = Callable[[str, int, int], None]

#: What becomes of tables that an earlier book of the same year posted and the new one lacks.
Gone = Literal["ask", "retract", "keep"]
RULE_GONE = "更正的预算文本须说清原来入账的每张表"
RULE_SOURCE = "支出预算须有来源"
RULE_LIMIT = "债务余额不超过限额"
RULE_BELOW_ZERO = "支出预算不为负数"
RULE_SIMULATED = "模拟数据不得记入真实的账"
#: The duty of who opens years and keeps the books of a government.
BOOKKEEPING = "books_keep"
_IMPORT_LOCK = 0x46495343_00000003


@dataclass(slots=True)
class ImportResult:
    """What an import did. Counts are of this run; `seconds` is by phase."""

    book: Book
    identities: list[IdentityResult]
    documents: int = 0
    lines: int = 0
    entries_posted: int = 0
    entries_red: int = 0
    entries_unchanged: int = 0
    findings: list[Finding] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    verified: VerifyReport | None = None
    superseded: set[str] = field(default_factory=set)

    @property
    def tables_by_kind(self) -> dict[str, int]:
        """Chinese name of a kind -> number of printed tables (by number) of it."""
        kinds = {(table.number or table.title, kind_name(table)) for table in self.book.tables}
        return dict(Counter(name for _, name in sorted(kinds)))

    @property
    def failed(self) -> list[IdentityResult]:
        """Identities that do not hold (reported; what refuses a book never gets this far)."""
        return [found for found in self.identities if found.status == FAIL]

    @property
    def passed(self) -> int:
        """How many identities hold."""
        return sum(found.status == PASS for found in self.identities)


def check_only(
    path: str | Path, progress: Progress | None = None, *, notes_read: str = "", scale_checked: str = ""
) -> ImportResult:
    """Read and check a book without a database. Raises DisclosureError as `import_book` does."""
    require_reason("表外文字已逐条读过的理由", notes_read)
    require_reason("相邻两列已核对无误的理由", scale_checked)
    started = time.perf_counter()
    book, identities = read_and_check(path, progress, {BESIDE: notes_read, SCALE: scale_checked})
    result = ImportResult(book, identities, findings=list(book.findings))
    result.lines = sum(1 for _ in book.lines)
    result.seconds["读取"] = time.perf_counter() - started
    return result


def import_book(
    path: str | Path, conn: psycopg.Connection[Any], progress: Progress | None = None, *,
    prove: bool = True, by: str = "", gone: Gone = "ask", restore: str = "", notes_read: str = "",
    scale_checked: str = "",
) -> ImportResult:  # fmt: skip
    """Read, check and post the book at `path` on `conn`, in one transaction.

    `progress(what, done, total)` is told each step. With `prove` the whole ledger is verified
    after the commit (never inside a transaction of the caller's). A bureau's database, one with officers,
    takes a book `by` who keeps the books of its city, and writes them down with its documents; one without
    takes it from anybody. Tables that an earlier import of this edition posted and this one lacks are taken
    back in red (`gone` = retract), left standing (keep), or refuse it (ask). What was corrected
    since, or stands by another edition, is changed only for a reason (`restore`). What is said beside the
    tables and not understood, or columns out of all proportion, refuse it until a reason says that they were
    read and change no figure (`notes_read`, `scale_checked`); that is kept with the documents. Raises
    DisclosureError with every problem of the book, MissingDuty, and what the ledger raises; then nothing is
    posted.
    """
    tell = progress or (lambda _what, _done, _total: None)
    require_reason("恢复旧数的理由", restore)
    result = check_only(path, progress, notes_read=notes_read, scale_checked=scale_checked)
    is_outermost = conn.info.transaction_status == TransactionStatus.IDLE
    with conn.transaction():
        conn.execute("select pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])
        if has_officers(conn):
            require_duty(conn, by, BOOKKEEPING, own(result.book.region))
        _refuse_simulated(conn, result.book)
        _post_book(conn, result, tell, by, gone=gone, restore=restore)
        with _timed(result, "核对"):
            _check_ledger(conn, result)
    if prove and is_outermost:
        with _timed(result, "验证"):
            result.verified = verify(conn, tell)
    return result


def _check_ledger(conn: psycopg.Connection[Any], result: ImportResult) -> None:
    """Hold the ledger against the book; what was posted and is not what is printed takes all of it back."""
    found = check_ledger(conn, result.book, result.identities, result.superseded)
    if problems := ledger_problems(result.book, found):
        raise DisclosureError(problems, hint=_LEDGER_HINT)
    result.identities += found


_LEDGER_HINT = "请对照所列的单元格，查有没有重复的、作废的或漏列的表和行，再导入；未记任何一笔账"


def _refuse_simulated(conn: psycopg.Connection[Any], book: Book) -> None:
    """A workbook that was written over a simulated ledger is no source of a real one."""
    if book.simulated_at and simulation(conn) is None:
        what = "写明是模拟数据，这套账却是真实的账"
        raise DisclosureError([Problem(RULE_SIMULATED, book.simulated_at, what)], hint=_SIMULATED_HINT)


_SIMULATED_HINT = "请导入财政部门公开的预算文本；模拟城市的决算只能导入模拟的账；未记任何一笔账"


@contextmanager
def _timed(result: ImportResult, phase: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    result.seconds[phase] = result.seconds.get(phase, 0.0) + time.perf_counter() - started


def _post_book(
    conn: psycopg.Connection[Any], result: ImportResult, tell: Progress, by: str, *, gone: Gone, restore: str
) -> None:  # fmt: skip
    book = result.book
    with _timed(result, "单据"):
        facts = with_rounding(facts_of(book))
        _require_sources(facts)
        _require_limits(facts)
        documents, new = _store(conn, result, facts, tell, by)
    with _timed(result, "记账"):
        _open_years(conn, facts)
        known = known_facts(conn, book)
        lacking = _lacking(conn, result, facts, known, gone=gone)
        plan = plan_postings(book, facts, known, lambda fact: documents[id(fact.line)], lacking)
        plan.findings += judge_again(conn, book, facts, known, plan=plan, new=new, restore=restore)
        total = len(plan.red_ids) + len(plan.blue)
        tell("记账", 0, total)
        result.entries_posted = post_plan(conn, plan)
        tell("记账", total, total)
        result.entries_red, result.entries_unchanged = len(plan.red_ids), plan.unchanged
        result.findings += plan.findings
        result.superseded = plan.superseded
    _record(conn, result, by, gone=gone, restore=restore)


def _record(
    conn: psycopg.Connection[Any], result: ImportResult, by: str, *, gone: Gone, restore: str
) -> None:
    """Keep in the books what this import changed, and why; what changed nothing is no import."""
    if result.documents or result.entries_posted:
        is_restored = any(finding.rule_id == "restored" for finding in result.findings)
        record_import(
            conn, result.book, documents=result.documents, posted=result.entries_posted,
            red=result.entries_red, gone=gone, restore_reason=restore.strip() if is_restored else "", by=by,
            on=today(),
        )  # fmt: skip


def _lacking(
    conn: psycopg.Connection[Any], result: ImportResult, facts: list[Fact], known: Known, *, gone: Gone
) -> list[PostedFact]:  # fmt: skip
    """What is to be taken back of tables that the book lacks; refuses where nobody said so or otherwise."""
    groups = left_out(conn, result.book, facts, known)
    if gone == "ask" and groups:
        problems = [
            Problem(RULE_GONE, "", f"{_group_words(group)}已入账 {len(standing)} 笔，这本书里没有")
            for group, standing in sorted(groups.items())
        ]
        raise DisclosureError(problems, hint=_GONE_HINT)
    done = "已冲回" if gone == "retract" else "予以保留"
    for group, standing in sorted(groups.items()):
        what = f"{_group_words(group)}已入账 {len(standing)} 笔，这本书里没有，{done}"
        result.findings.append(noted("gone", group, what))
    return [fact for standing in groups.values() for fact in standing] if gone == "retract" else []


_GONE_HINT = (
    "这本书作废了原来的表就加 --gone retract（红字冲回）；"
    "原来的表在另一份文件里就加 --gone keep；未记任何一笔账"
)
_ABOUT = {
    "plan": "预算", "change": "预算调整", "accounts": "执行", "register": "债务", "register_plan": "债务预算",
    "listed": "分项执行", "listed_plan": "分项预算",
}  # fmt: skip
_SIDES = {"income": "收入", "outlay": "支出", "debt": "", "balance": "结余"}


def _group_words(group: str) -> str:
    """A group of facts as people read it: 530700998 丽江市（全市）2026年预算支出（资金 121）."""
    about, region, year, fund, side = group.split(":")
    of, _, kind = about.partition(".")
    if kind:
        return f"{words(region)} {year}年{_ABOUT[of]}（{KIND_BY_ID[kind].name}）"
    money = f"（资金 {fund}）" if fund != "-" else ""
    return f"{words(region)} {year}年{_ABOUT[about]}{_SIDES.get(side, side)}{money}"


def _store(
    conn: psycopg.Connection[Any], result: ImportResult, facts: list[Fact], tell: Progress, by: str
) -> tuple[dict[int, int], set[int]]:
    """Record documents and their lines; returns id(line) -> document id, and the ids that are new."""
    book = result.book
    groups = group_lines(book)
    tell("单据", 0, len(groups))
    define_regions(conn, {key[1] for key in groups})
    ids, new = store_documents(conn, build_documents(book, groups, by))
    pairs: list[tuple[int, list[BookLine]]] = list(zip(ids, groups.values(), strict=True))
    result.documents = len(new)
    result.lines = store_lines(
        conn, [(i, lines) for i, lines in pairs if i in new], keys_of_lines(book, facts)
    )
    tell("单据", len(groups), len(groups))
    return {id(line): number for number, lines in pairs for line in lines}, new


def _open_years(conn: psycopg.Connection[Any], facts: list[Fact]) -> None:
    for region, year in sorted({(fact.region, fact.fiscal_year) for fact in facts}):
        open_year(conn, region, year)


def _require_sources(facts: list[Fact]) -> None:
    """No spending budget without a source: say which budget lacks one before the ledger does."""
    problems = [
        Problem(
            RULE_SOURCE,
            _largest(facts, region, year, fund),
            f"{region} {year}年资金{fund}：支出预算比来源多 {format_fen(-gap, '万元')}万元"
            "（此处是其中最大的一笔）；"
            "请核对来源的表是否都在这本书里，有没有重复列示的支出",
        )
        for (region, year, fund), gap in sorted(source_gaps(facts).items())
        if gap < 0
    ]
    problems += [
        Problem(
            RULE_BELOW_ZERO,
            fact.line.place,
            f"“{fact.line.name}”的支出预算是负数，请核对正负号，或并入上级科目列示",
        )
        for fact in facts
        if (fact.about, fact.side) == (PLAN, OUTLAY) and fact.amount_fen < 0
    ]
    if problems:
        raise DisclosureError(problems)


def _require_limits(facts: list[Fact]) -> None:
    """No debt without its limit, in the same book: say which rows lack one before the ledger does."""
    debts: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.side == DEBT:
            debts[fact.group, fact.debt[0]].append(fact)
    problems = []
    for (group, debt_type), rows in debts.items():
        limit = next((fact for fact in rows if fact.debt[1] == "limit"), None)
        owed, what = sum(fact.owed_fen for fact in rows), f"{_group_words(group)}：{debt_type}债务"
        if limit is None and owed > 0:
            said = f"{what}没有列限额，工作表“{rows[0].line.sheet}”须有限额一行"
            problems.append(Problem(RULE_LIMIT, rows[0].line.place, said))
        elif limit and owed > limit.amount_fen:
            most, owes = (format_fen(fen, "万元") for fen in (limit.amount_fen, owed))
            said = f"{what}限额 {most}万元，按年初、发行、还本、调整各行却欠 {owes}万元"
            problems.append(Problem(RULE_LIMIT, limit.line.place, said))
    if problems:
        raise DisclosureError(problems)


def _largest(facts: list[Fact], region: str, year: int, fund: str) -> str:
    """The cell of the largest spending of a budget."""
    spent = [
        fact for fact in facts
        if (fact.about, fact.side) == (PLAN, OUTLAY)
        and (fact.region, fact.fiscal_year, fact.fund) == (region, year, fund)
    ]  # fmt: skip
    return max(spent, key=lambda fact: fact.amount_fen).line.place if spent else ""


def as_dict(result: ImportResult) -> dict[str, Any]:
    """The result for machines: counts, identities that do not hold, findings, times."""
    return {
        "city": result.book.city, "region": result.book.region, "file": result.book.name,
        "sha256": result.book.sha256, "tables": result.tables_by_kind,
        "table_count": len(result.book.numbers),
        "lines": result.lines, "documents": result.documents, "entries_posted": result.entries_posted,
        "entries_red": result.entries_red, "entries_unchanged": result.entries_unchanged,
        "identities_checked": len(result.identities), "identities_passed": result.passed,
        "differences": [identity_dict(found) for found in result.identities if found.status != PASS],
        "sheets": [sheet_dict(sheet) for sheet in result.book.sheets],
        "findings": [{"rule": f.rule_id, "place": f.about, "message": f.what} for f in result.findings],
        "verified": None if result.verified is None else result.verified.ok,
        "seconds": {phase: round(seconds, 3) for phase, seconds in result.seconds.items()},
    }  # fmt: skip


def sheet_dict(sheet: SheetTold) -> dict[str, Any]:
    """What became of a sheet, its tables, columns and rows, for machines."""
    return asdict(sheet)


def identity_dict(found: IdentityResult) -> dict[str, Any]:
    """An identity for machines, with both sides and their cells."""
    return {
        "rule": found.rule, "what": found.what, "region": found.region, "fiscal_year": found.fiscal_year,
        "stage": found.stage, "status": found.status, "refuses": found.refuses, "relation": found.relation,
        "left_fen": found.left_fen, "right_fen": found.right_fen, "difference_fen": found.difference_fen,
        "tolerance_fen": found.tolerance_fen, "left": [t.place for t in found.left],
        "right": [t.place for t in found.right],
    }  # fmt: skip


__all__ = ["FiscError", "ImportResult", "as_dict", "check_only", "identity_dict", "import_book"]
