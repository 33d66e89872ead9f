"""Government debt (地方政府债务): limit, balance, issued, repaid, use of the limit."""

from fisc.figures.algebra import (
    CREDIT,
    DEBIT,
    Accounts,
    By,
    Figure,
    Flow,
    Growth,
    Of,
    Rank,
    Selection,
    Share,
    Stock,
    Unit,
)
from fisc.figures.catalogue.books import FUND_FUNDS, GENERAL_FUNDS, treasury

_LAW = "《中华人民共和国预算法》第三十五条；《预算法实施条例》第四十三条至第四十七条"
_KINDS = (
    ("", "政府债务", ()),
    (".general", "政府一般债务", GENERAL_FUNDS),
    (".special", "政府专项债务", FUND_FUNDS),
)


def _register(side: int, code: str) -> Selection:
    return Selection((Accounts("debt_register", (code,)),), side, (), By("fund_type_code"))


def _of(selection: Selection, funds: tuple[str, ...]) -> Selection:
    return selection.where("fund_type_code", *funds) if funds else selection


def _figures(suffix: str, name: str, funds: tuple[str, ...]) -> tuple[Figure, ...]:
    onlent = treasury(("4042", "4041"), ("6042", "6041"), CREDIT, By("rev_func_code", 5))
    repaid = treasury(("5041",), ("7041",), DEBIT, By("fund_type_code"))
    limit, balance = f"debt.limit{suffix}", f"debt.balance{suffix}"
    return (
        Figure(
            limit,
            f"{name}限额",
            f"上级批准的当年末{name}余额限额",
            _LAW,
            Stock(_of(_register(DEBIT, "D100"), funds)),
        ),
        Figure(
            balance,
            f"{name}余额",
            f"年末{name}余额：年初余额加举借减偿还和化解",
            _LAW,
            Stock(_of(_register(CREDIT, "D200"), funds)),
        ),
        Figure(
            f"{balance}.yoy",
            f"{name}余额增长率",
            f"（年末{name}余额 − 上年末余额）÷ 上年末余额",
            _LAW,
            Growth(Of(balance)),
            Unit.RATIO,
        ),
        Figure(
            f"debt.usage{suffix}",
            f"{name}限额使用率",
            f"{name}余额 ÷ {name}限额",
            _LAW,
            Share(Of(balance), Of(limit)),
            Unit.RATIO,
        ),
        Figure(
            f"debt.income{suffix}",
            f"{name}收入",
            f"预算中列收的{name}（转贷）收入",
            _LAW,
            Flow(_of(onlent, funds)),
        ),
        Figure(
            f"debt.principal_paid{suffix}",
            f"{name}还本支出",
            f"预算中列支的{name}还本支出",
            _LAW,
            Flow(_of(repaid, funds)),
        ),
    )


FIGURES: tuple[Figure, ...] = (
    *(figure for kind in _KINDS for figure in _figures(*kind)),
    Figure(
        "debt.balance.rank",
        "政府债务余额位次",
        "本旗县区政府债务余额在全市旗县区中由大到小的位次",
        _LAW,
        Rank(Of("debt.balance")),
        Unit.COUNT,
        "own",
    ),
)
