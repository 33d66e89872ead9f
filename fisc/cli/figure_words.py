"""What a figure is computed from, in the words of who reads accounts."""

from __future__ import annotations

from collections.abc import Iterator

from fisc.catalogue import CATALOGUE
from fisc.documents.words import shown_heading, values_in
from fisc.reading.algebra import (
    Accounts,
    Count,
    Difference,
    Figure,
    Flow,
    Growth,
    Least,
    Of,
    Output,
    Papers,
    Rank,
    Selection,
    Share,
    Statistic,
    Stock,
    Sum,
    Total,
    Where,
    operand_ids,
    selection_of,
)
from fisc.reading.names import name_of

_MEASURES = {Flow: "当年发生额", Stock: "期末余额", Count: "分录条数"}
_EVIDENCE = {Output: "项目报送的产出", Statistic: "登记的统计数"}
_COMBINED = {
    Growth: "（{0} − {1}）÷ {1}", Share: "{0} ÷ {1}", Difference: "{0} − {1}",
    Rank: "{0}的位次",
}  # fmt: skip


def formula_lines(figure: Figure) -> Iterator[str]:
    """How a figure is reckoned: its sum, or the accounts it reads and what of them counts."""
    formula = figure.formula
    selection = selection_of(formula)
    if selection is not None:
        side = "借方" if selection.side > 0 else "贷方"
        yield f"算法：{_MEASURES[type(formula)]}（{side}为正）"
        yield from (f"  {_accounts(one)}" for one in selection.accounts)
        yield from (f"  {_condition(one, selection)}" for one in selection.conditions)
    elif isinstance(formula, Output | Statistic):
        yield f"算法：{_EVIDENCE[type(formula)]}“{formula.item}”"
    elif isinstance(formula, Papers):
        yield "算法：逐份单据的金额之和"
    else:
        yield f"算法：{_combined(figure)}"
        yield from (f"  {name}  {CATALOGUE[name].name_zh}" for name in dict.fromkeys(operand_ids(figure)))


def _combined(figure: Figure) -> str:
    formula = figure.formula
    names = [_of(of) for of in formula.operands()]  # type: ignore[union-attr]
    if isinstance(formula, Least):
        return f"取最小者：{'、'.join(names)}"
    if isinstance(formula, Sum | Total):
        return " ＋ ".join(names)
    return _COMBINED[type(formula)].format(*names)


def _of(of: Of) -> str:
    when = "" if not of.years else "上年" if of.years == -1 else f"{of.years:+d} 年的"
    return when + CATALOGUE[of.figure].name_zh


def _accounts(accounts: Accounts) -> str:
    first = f"{accounts.first_year} 年起" if accounts.first_year else ""
    last = f"至 {accounts.last_year} 年" if accounts.last_year < 9999 else ""
    years = f"（{first}{last}）" if first or last else ""
    return f"科目 {'、'.join(f'{accounts.book}:{code}' for code in accounts.codes)}{years}"


def _condition(where: Where, selection: Selection) -> str:
    heading, said = values_in(shown_heading(where.element))
    year = max(a.last_year if a.last_year < 9999 else a.first_year for a in selection.accounts)
    codes = [_coded(where.element, code, said, year) for code in where.prefixes]
    return f"{heading}{'不' if where.excluded else ''}属 {'、'.join(codes) or '本区划设定的民生口径'}"


def _coded(element: str, code: str, said: dict[str, str], year: int) -> str:
    name = said.get(code) or name_of(element, code, year)
    return code if name == code else f"{code} {name}"
