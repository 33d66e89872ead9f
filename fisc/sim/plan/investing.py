"""What the city puts into its enterprises: each payment under the theme is an injection with its uses.

Columns of the plan's `injections`: payment (row of `payments`), number (1, 2, ...), day, amount_fen,
enterprise_code, loan_fen, project_fen, other_fen, bank, rate_bp, new_rate_bp, years (to the loan's end),
sector, prepaid_day.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from fisc.sim.plan.draws import share
from fisc.sim.plan.payments import injections
from fisc.sim.plan.quotas import Ground

BANKS = (
    "国家开发银行（模拟）",
    "工商银行（模拟）",
    "农业银行（模拟）",
    "建设银行（模拟）",
    "蒙商银行（模拟）",
)
#: Sectors of major projects (capital_terms.csv) and what is built there.
SECTORS = (
    ("new_energy", "风光制氢一体化项目"), ("high_speed_rail", "高铁前期与征拆"),
    ("water", "黄河干支流引水工程"), ("aviation", "机场改扩建"), ("culture_tourism", "文旅融合示范区"),
)  # fmt: skip
#: What an injection is for, in per cent: early repayment, a major project, other uses.
_USES = ((60, 40, 0), (0, 100, 0), (75, 20, 5), (40, 60, 0))
_RATE_BP, _NEW_RATE_BP, _YEARS = (435, 590), (295, 345), (1, 8)
#: Working days after the money came until the loan is repaid.
_REPAID_AFTER = 3


def investments(
    ground: Ground, quotas: pl.DataFrame, payments: pl.DataFrame, payees: pl.DataFrame
) -> pl.DataFrame:
    """The injections of a year, one for each payment under the theme."""
    rng = ground.seed.stream("injections", ground.calendar.year)
    mask = injections(quotas)[payments["quota"].to_numpy()] & (payments["fate"].to_numpy() == "ok")
    rows = np.flatnonzero(mask)
    chosen, n, last = payments[rows], len(rows), len(ground.calendar.days) - 1
    uses = [share(fen, list(_USES[i % len(_USES)])) for i, fen in enumerate(chosen["amount_fen"].to_list())]
    loan, project, other = (np.array([use[i] for use in uses], np.int64) for i in range(3))
    return pl.DataFrame({
        "payment": rows, "number": np.arange(1, n + 1), "day": chosen["day"],
        "amount_fen": chosen["amount_fen"],
        "enterprise_code": payees["enterprise_code"].gather(chosen["payee"]),
        "loan_fen": loan, "project_fen": project, "other_fen": other,
        "bank": rng.integers(0, len(BANKS), n), "rate_bp": rng.integers(*_RATE_BP, n),
        "new_rate_bp": rng.integers(*_NEW_RATE_BP, n), "years": rng.integers(*_YEARS, n),
        "sector": np.arange(n) % len(SECTORS),
        "prepaid_day": np.minimum(chosen["day"].to_numpy() + _REPAID_AFTER, last),
    })  # fmt: skip
