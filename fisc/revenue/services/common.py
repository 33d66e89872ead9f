"""What the services share: codes that must exist, papers that must be named, one way into the books."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg

from fisc.documents import NotFound, RuleBroken
from fisc.documents.refusals import listed
from fisc.registry import classifications
from fisc.registry.rows import insert_rows
from fisc.revenue.kinds import DAY_CODE

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Source:
    """The paper a figure from outside rests on: issuer and title, its number, the sha256 of its file."""

    name: str
    number: str = ""
    sha256: str = ""

    def columns(self) -> dict[str, object]:
        """As the columns of a document."""
        return {"source_name": self.name, "source_no": self.number, "source_sha256": self.sha256}


def require_codes(given: Iterable[tuple[str, int, str]]) -> None:
    """Raises NotFound for revenue codes (code, fiscal year, fund) that the year does not know."""
    found = {one: classifications.unknown("rev_func", *one) for one in sorted(set(given))}
    unknown = {code: why for (code, _, _), why in found.items() if why}
    if unknown:
        raise NotFound(
            listed(list(unknown.values()), most=5, mark="；"),
            rule="政府收支分类科目按年度、按资金性质使用",
            hint="请核对科目和资金性质（fisc registry list rev_func）",
            details={"keys": list(unknown)},
        )


def require_leaves(given: Iterable[tuple[str, int, str]]) -> None:
    """As `require_codes`; raises RuleBroken where a code has finer ones that year: money comes in by these.

    Published tables print classes and sections; a treasury's own papers name the last level.
    """
    asked = set(given)
    require_codes(asked)
    below = {
        code: found for code, year, fund in sorted(asked)
        if (found := classifications.children("rev_func", code, year, fund))
    }  # fmt: skip
    if below:
        told = [
            f"{code}（其下有 {rows[0].code} {rows[0].name} 等 {len(rows)} 个）"
            for code, rows in below.items()
        ]
        raise RuleBroken(
            f"收入分类 {listed(told, most=3)} 不是末级",
            rule="收入按政府收支分类科目当年的末级（目）入库、入账",
            hint="请按缴款书、日报上的目填写；各级科目用 fisc registry list rev_func 核对",
            details={"keys": [*below][:20], "refused": len(below)},
        )


def require_past(given: Iterable[tuple[str, date]], on: date) -> None:
    """Raises RuleBroken naming the documents (key, day) whose day is after that of their entry, `on`."""
    ahead = {key: day for key, day in given if day > on}
    if ahead:
        day = next(iter(ahead.values()))
        raise RuleBroken(
            f"{listed([*ahead])} 的日期 {day} 晚于登记的日期 {on}",
            rule="只登记已经发生的事（国库当日的日报）",
            hint="请核对日期和业务日期",
            details={"keys": [*ahead][:20], "refused": len(ahead)},
        )


def require_sources(given: Iterable[tuple[str, Source]]) -> None:
    """Raises RuleBroken naming the documents (key, source) that name no paper."""
    bare = [key for key, source in given if not source.name.strip()]
    if bare:
        raise RuleBroken(
            f"{listed(bare)} 没有注明来源文件",
            rule="会计法第十四条：原始凭证须真实、完整；外来数据须有出处",
            hint="请填写来源文件的名称，有文号、文件的一并填写",
            details={"keys": bare[:20], "refused": len(bare)},
        )


def require_positive(given: Iterable[tuple[str, int]], what: str) -> None:
    """Raises RuleBroken naming the documents (key, fen) whose amount is not above zero."""
    bad = [key for key, amount_fen in given if amount_fen <= 0]
    if bad:
        raise RuleBroken(
            f"{listed(bad)} 的{what}不是正数",
            rule=f"{what}按正数登记，方向由单据种类决定",
            hint="请核对金额",
            details={"keys": bad[:20], "refused": len(bad)},
        )


def require_kinds(given: Iterable[tuple[str, str]], known: Mapping[str, str], what: str) -> None:
    """Raises RuleBroken naming the documents (key, kind) of a kind that is not known."""
    bad = [key for key, kind in given if kind not in known]
    if bad:
        raise RuleBroken(
            f"{listed(bad)} 的{what}没有登记",
            rule=f"{what}只用登记的代码",
            hint="可用：" + "、".join(f"{code}（{name}）" for code, name in known.items()),
            details={"keys": bad[:20], "refused": len(bad)},
        )


_LINES: Final = "unnest(%s::text[], %s::date[], %s::text[], %s::text[])"
#: What is entered once, of a day.
_DAY: Final = ("mof_div_code", "received_on", "rev_func_code", "fund_type_code")
_CLAIMED: Final = (
    "select mof_div_code, received_on, rev_func_code, doc_kind from revenue_day_code "
    f"join {_LINES} as given ({', '.join(_DAY)}) using ({', '.join(_DAY)}) "
    "where doc_kind <> %s order by 1, 2, 3"
)


def claim_days(conn: Conn, lines: Collection[tuple[str, date, str, str]], doc_kind: str) -> None:
    """Book (region, day, revenue code, fund) for one kind of document.

    A day's code comes into the books by daily reports, by shared receipts or by refunds: by two, the
    money would be counted twice. Raises RuleBroken naming what another kind has already entered.
    """
    ordered = sorted(set(lines))
    if not ordered:  # all of it goes to the centre or the region
        return
    columns = [list(column) for column in zip(*ordered, strict=True)]
    rows = [dict(zip(_DAY, line, strict=True)) | {"doc_kind": doc_kind} for line in ordered]
    insert_rows(conn, DAY_CODE, rows, known_by=_DAY)  # waits for who is about to claim one of them
    other = conn.execute(_CLAIMED, [*columns, doc_kind]).fetchall()
    if other:
        region, day, code, by = other[0]
        raise RuleBroken(
            f"{region} {day} 的 {code} 已由{_KINDS[by]}入账，不能再由{_KINDS[doc_kind]}入账",
            rule="一笔收入只入账一次：日报已含的分成收入、退库不另记",
            hint="请从其中一方剔除这个科目",
            details={"keys": [f"{r[0]} {r[1]} {r[2]}" for r in other[:20]], "refused": len(other)},
        )


_KINDS = {"daily_report": "收入日报", "receipt": "分成收入", "refund": "收入退还书"}
