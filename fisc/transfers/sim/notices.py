"""Documents by which money comes down from above (上级文件): numbers, codes, dates. Amounts come later."""

from __future__ import annotations

import numpy as np
import polars as pl

from fisc.budget.sim.projects import TRANSFER
from fisc.city.calendar import Calendar
from fisc.city.plan import Plan
from fisc.registry import classifications

GENERAL, SHARED, SPECIAL = "general", "shared", "special"
#: General transfers: income code, whether it comes with early notice, weight.
_GENERAL = (
    ("1100102", True, 60), ("1100104", True, 80), ("1100202", True, 300), ("1100207", True, 140),
    ("1100226", True, 60), ("1100229", True, 120), ("1100227", True, 90), ("1100208", False, 60),
    ("1100299", False, 40),
)  # fmt: skip
#: Functional class -> the two last digits of shared-mandate (11002xx) and special transfers (11003xx).
_SHARED = {"201": 41, "204": 44, "205": 45, "206": 46, "207": 47, "208": 48, "210": 49, "211": 50,
           "212": 51, "213": 52, "214": 53, "215": 54, "216": 55, "220": 57, "221": 58, "222": 59,
           "224": 60}  # fmt: skip
_SPECIAL = {code: int(code[1:]) for code in _SHARED}
#: Each functional class has documents in turn of these kinds; direct funds (直达资金) are shared mandates.
_TURN = ((SHARED, "01"), (SHARED, "01"), (SPECIAL, ""), (SHARED, ""), (SPECIAL, ""))
_CLASS_DOCUMENTS_AT_SCALE_1 = 5
#: Working days from receipt to the city's own quotas, and to the issue to banners (law: 30 days).
_OWN_AFTER, _ISSUE_AFTER, _OVERRUN_AFTER = 3, (6, 16), 26


def notices(plan: Plan) -> pl.DataFrame:
    """Documents of a year: general ones, then those of each functional class.

    Columns: doc (row), doc_no, kind, func_class, rev_func_code, tp_func_code, is_early, is_direct_fund,
    day (received), own_day (the city's own quotas), issue_day (to banners), weight, title.
    """
    rng = plan.stream("notices")
    dates, calendar = plan.dates, plan.calendar
    special = plan["projects"].filter(pl.col("source") == TRANSFER)
    classes = sorted(special["exp_func_code"].str.slice(0, 3).unique())
    rows = [
        _row(
            GENERAL, "", code, dates.early_notice if early else dates.late_notice, weight=weight, early=early
        )
        for code, early, weight in _GENERAL
    ]
    per_class = max(2, round(_CLASS_DOCUMENTS_AT_SCALE_1 * min(plan.scale * 4, 1)))
    for turn in range(per_class):
        for rank, func_class in enumerate(classes):
            kind, direct = _TURN[(turn + rank) % len(_TURN)]
            day = int(rng.integers(calendar.index(1, 18), calendar.index(4 if turn == 0 else 9, 10)))
            rows.append(_row(kind, func_class, _income_code(kind, func_class), day, direct=direct))
    return _numbered(calendar, rows, rng)


def _income_code(kind: str, func_class: str) -> str:
    if kind == SHARED:
        return f"11002{_SHARED[func_class]:02d}"
    return f"11003{_SPECIAL[func_class]:02d}"


def _row(
    kind: str, func_class: str, code: str, day: int, *, weight: int = 0, early: bool = False, direct: str = ""
) -> dict[str, object]:
    return {
        "kind": kind, "func_class": func_class, "rev_func_code": code, "tp_func_code": "230" + code[3:],
        "is_early": early, "is_direct_fund": direct, "day": day, "weight": weight,
    }  # fmt: skip


def _numbered(calendar: Calendar, rows: list[dict[str, object]], rng: np.random.Generator) -> pl.DataFrame:
    """Numbers, titles and the days of issue; one document of the year is issued too late."""
    frame = pl.DataFrame(rows)
    n, early = len(frame), frame["is_early"].to_numpy()
    day = frame["day"].to_numpy().astype(np.int64)
    after = rng.integers(*_ISSUE_AFTER, n)
    specific = np.flatnonzero(frame["kind"].to_numpy() != GENERAL)
    after[specific[int(rng.integers(0, len(specific)))]] = _OVERRUN_AFTER
    issue = np.where(frame["kind"].to_numpy() == GENERAL, np.where(early, day, day + 2), day + after)
    year = calendar.year
    return frame.with_columns(
        pl.Series("doc", np.arange(n)),
        pl.Series("doc_no", [f"内财预模〔{year}〕{i + 1}号" for i in range(n)]),
        pl.Series("own_day", np.where(frame["kind"].to_numpy() == GENERAL, day, day + _OWN_AFTER)),
        pl.Series("issue_day", issue),
        pl.Series("title", [_title(year, code) for code in frame["rev_func_code"].to_list()]),
    )


def _title(year: int, code: str) -> str:
    row = classifications.lookup("rev_func", code, year)
    name = row.name.removesuffix("收入") if row else code
    return f"关于下达{year}年{name}的通知（模拟）"
