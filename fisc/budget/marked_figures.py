"""Figures of what stands beside elements: quotas of 三保 and of projects with goals; early spending."""

from __future__ import annotations

from collections.abc import Iterator

from fisc.reading.algebra import By, Figure, Flow, Of, Papers, Selection, Share, Stock, Total, Unit
from fisc.reading.books import BUDGET_LAW, QUOTA_LAW, quota_issued, quota_paid
from fisc.reading.budget_lines import first_approved
from fisc.registry.value_lists import values

_GUARANTEES_LAW = "预算管理一体化规范（财办〔2020〕13号）：“三保”支出优先、足额安排"
_GOALS_LAW = "预算法实施条例第四十一条：项目支出实行项目库管理，没有绩效目标不得入库"
_EARLY_LAW = "预算法第五十四条"
#: What is asked of the mark of a quota.
_MARKS = {"guarantee": ("guarantee_code", "003"), "goals": ("has_goals", "1")}


def _marked(key: str, name: str, what: str, law: str, by: By) -> Iterator[Figure]:
    """What marked quotas come to: as first arranged, as they stand, paid, and how far."""
    mark, prefix = _MARKS[key]
    law = f"{law}；{QUOTA_LAW}"

    def of(selection: Selection) -> Selection:
        return selection.where(mark, prefix)

    issued = of(quota_issued(by))
    yield Figure(
        f"{key}.budget", f"{name}年初安排", f"{what}中来自年初预算的指标（减调减、压减），不含上年结转",
        law, Stock(first_approved(issued)),
    )  # fmt: skip
    yield Figure(f"{key}.issued", f"{name}指标", f"期末{what}：年初、上年结转和年中增减", law, Stock(issued))
    yield Figure(f"{key}.paid", f"{name}已支付", f"{what}当年的支付（减退款）", law, Flow(of(quota_paid(by))))
    yield Figure(
        f"{key}.progress", f"{name}支付进度", f"{name}已支付 ÷ {name}指标", law,
        Share(Of(f"{key}.paid"), Of(f"{key}.issued")), Unit.RATIO,
    )  # fmt: skip


def _early() -> Iterator[Figure]:
    kinds = values()["early_kind"]
    for code, name in kinds.items():
        yield Figure(
            f"early_spending.{code}", f"预算批准前安排：{name}",
            f"年度预算在人代会批准前安排的{name}，按登记的单据", _EARLY_LAW,
            Papers("early_spending", f"early_spending.{code}"),
        )  # fmt: skip
    yield Figure(
        "early_spending", "预算批准前安排的支出",
        f"年度预算在人代会批准前安排的支出：{'、'.join(kinds.values())}之和", f"{_EARLY_LAW}；{BUDGET_LAW}",
        Total(tuple(Of(f"early_spending.{code}") for code in kinds)),
    )  # fmt: skip


FIGURES: tuple[Figure, ...] = (
    *_marked("guarantee", "“三保”", "标为“三保”的指标", _GUARANTEES_LAW, By("guarantee_code")),
    *_marked("goals", "有绩效目标的项目", "随绩效目标入库的项目的指标", _GOALS_LAW, By("exp_func_code", 3)),
    *_early(),
)  # fmt: skip
