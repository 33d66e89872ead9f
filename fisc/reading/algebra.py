"""The algebra of figures: values that say *what* is counted, never how.

A `Selection` names accounts (by rule set), a side and conditions on budget elements. The
measures `Flow`, `Stock` and `Count` give it a span of time; `Output`, `Statistic` and `Papers` select
documents instead of postings. `Growth`, `Share`, `Rank`, `Difference`, `Sum` and `Least`
combine figures, which they name by id. All of it is immutable data that can be compared,
printed and compiled for any engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import Final, Literal

from fisc.kernel.errors import FiscError

#: The budget elements (要素) that a selection may test or break down by.
ELEMENTS: Final[tuple[str, ...]] = (
    "mof_div_code", "fund_type_code", "agency_code", "dept_code", "pro_code", "exp_func_code",
    "rev_func_code", "tp_func_code", "gov_bgt_eco_code", "dep_bgt_eco_code", "manage_mof_dep_code",
    "bgt_mof_dep_code", "bgt_type_code", "source_type_code", "is_advance", "rec_div_code",
    "budget_level_code", "cor_bgt_doc_no", "sup_bgt_doc_no", "is_gov_purchase", "pay_type_code",
    "is_unified_pay", "is_direct_fund", "is_research", "is_debt", "is_capital", "found_type_code",
    "theme_code", "table_part_code", "scheme_code", "debt_type_code", "debt_move_code", "relief_code",
    "cut_scope_code", "from_div_code", "enterprise_code", "equity_part_code", "sector_code", "loan_no",
    "book_owner_code", "is_last_year", "is_reclassified",
)  # fmt: skip

#: What a quota bears beside its elements, read of its coding block (`fisc.reading.beside`): its 三保 tag,
#: and whether its project came with goals ('1').
MARKS: Final[tuple[str, ...]] = ("guarantee_code", "has_goals")
_TESTED: Final = frozenset((*ELEMENTS, *MARKS))

DEBIT: Final = 1
CREDIT: Final = -1

#: What six digits of a city may mean: its whole area or its own level.
Scope = Literal["whole", "own"]

#: Where a selection looks when it is asked of an area, see `Selection`.
Reach = Literal["area", "receiver", "members", "city", "level"]


#: In a definition: the livelihood set (民生口径) of the region.
LIVELIHOOD: Final = "【民生口径】"


class Unit(Enum):
    """What a figure counts. Money is always fen; rounding happens where it is shown."""

    FEN = "fen"
    RATIO = "ratio"  # 0.05 is 5 %
    COUNT = "count"


class Span(Enum):
    """Which accounting periods of a fiscal year a measure reads.

    Month 0 is the opening and month 13 holds the closing transfers only, so a flow reads
    1..12: a closed year shows the same income as an open one.
    """

    FLOW = "months 1 to the cut-off"
    FIRST = "months 0 and 1: the budget as first approved stands from the first of January"
    PLAN = "months 0 to 12, whatever the cut-off: a budget is for the whole year"
    OPENING = "month 0"
    CLOSED = "months 0 to 13, whatever the cut-off: what stands when a year's end is done"
    YEAR = "month 0 to the cut-off: the opening plus what moved"
    LIFE = "everything up to the cut-off"


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on one element: its code starts with one of `prefixes` (or with none of them).

    The prefix '' stands for a blank code, not for every code. With `setting` the prefixes are those
    that the region asked for has settled (`livelihood_set`).
    """

    element: str
    prefixes: tuple[str, ...]
    excluded: bool = False
    setting: Literal["", "livelihood_set"] = ""

    def __post_init__(self) -> None:
        if self.element not in _TESTED:
            raise ValueError(f"“{self.element}”不是预算要素；可用：{'、'.join(ELEMENTS)}")
        if not self.prefixes and not self.setting:
            raise ValueError(f"要素 {self.element} 的条件没有给出代码")


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of one book, by code prefix, for the fiscal years its rule set is in force."""

    book: str
    codes: tuple[str, ...]
    first_year: int = 0
    last_year: int = 9999


@dataclass(frozen=True, slots=True)
class By:
    """A breakdown: the element, and how many leading characters of its code (0 = all of it)."""

    element: str
    length: int = 0

    def __post_init__(self) -> None:
        if self.element not in _TESTED:
            raise ValueError(f"不能按“{self.element}”分组；可用的要素：{'、'.join(ELEMENTS)}")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which postings: accounts by rule set, the side counted as positive, element conditions.

    `side` is DEBIT or CREDIT; a red entry (红字) on either side reduces the sum. `by` is the
    breakdown shown when none is asked for. `reach` says which area tells it:

    area      the area asked for
    receiver  of a county what it receives, in the books of its city
    members   of a city what its counties hold, each its own, whatever the scope
    city      of a whole area without a published consolidation the city's own: what counties have
              from their city (or give to it) does not come into the area from above, nor leave it
    level     what governments of one area give each other: nothing of a whole area without a published
              consolidation, where it cancels out
    """

    accounts: tuple[Accounts, ...]
    side: int
    conditions: tuple[Where, ...] = ()
    by: By = By("mof_div_code")
    reach: Reach = "area"

    def where(self, element: str, *prefixes: str) -> Selection:
        """The same selection, narrowed to codes that start with one of `prefixes` ('': blank codes)."""
        return replace(self, conditions=(*self.conditions, Where(element, prefixes)))

    def without(self, element: str, *prefixes: str) -> Selection:
        """The same selection, less the codes that start with one of `prefixes`."""
        return replace(self, conditions=(*self.conditions, Where(element, prefixes, excluded=True)))

    def broken_down(self, element: str, length: int = 0) -> Selection:
        """The same rows with another default breakdown."""
        return replace(self, by=By(element, length))

    def accounts_of(self, fiscal_year: int) -> Accounts | None:
        """The accounts in force in `fiscal_year`, or None where no rule set covers it."""
        return next((a for a in self.accounts if a.first_year <= fiscal_year <= a.last_year), None)


@dataclass(frozen=True, slots=True)
class Flow:
    """What moved in the year up to the cut-off, in fen."""

    selection: Selection
    span: Span = Span.FLOW


@dataclass(frozen=True, slots=True)
class Stock:
    """What stands at the cut-off, in fen: the opening and all that moved since."""

    selection: Selection
    span: Span = Span.YEAR


@dataclass(frozen=True, slots=True)
class Count:
    """How many postings the selection holds in the year up to the cut-off."""

    selection: Selection
    span: Span = Span.FLOW


Measure = Flow | Stock | Count


@dataclass(frozen=True, slots=True)
class Output:
    """The sum of what projects reported under `item` in the year (documents of kind `output`)."""

    item: str


@dataclass(frozen=True, slots=True)
class Statistic:
    """One published statistic of the year (a document of kind `statistic`)."""

    item: str


@dataclass(frozen=True, slots=True)
class Papers:
    """The sum of a year's documents of a kind that say an item, in fen; they post nothing of their own.

    A whole area's are those of all its governments. None of them is nothing that happened.
    """

    kind: str
    item: str


Evidence = Output | Statistic | Papers


@dataclass(frozen=True, slots=True)
class Of:
    """An operand: a figure by id, for the year asked or `years` later (negative: earlier)."""

    figure: str
    years: int = 0


@dataclass(frozen=True, slots=True)
class Growth:
    """(of − base) / base; the base is the same figure a year earlier unless named.

    Over a base of zero or below growth has no meaning: there is no value, and the reason is said.
    """

    of: Of
    base: Of | None = None

    def operands(self) -> tuple[Of, ...]:
        """The two figures compared, the later first."""
        return (self.of, self.base or replace(self.of, years=self.of.years - 1))


@dataclass(frozen=True, slots=True)
class Share:
    """part / whole: a share, a completion rate, a usage rate. The whole must be above zero."""

    part: Of
    whole: Of

    def operands(self) -> tuple[Of, ...]:
        """The part, then the whole."""
        return (self.part, self.whole)


@dataclass(frozen=True, slots=True)
class Difference:
    """The first figure less the second."""

    left: Of
    right: Of

    def operands(self) -> tuple[Of, ...]:
        """The minuend, then the subtrahend."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of several figures; a gap in any of them is a gap of the whole."""

    parts: tuple[Of, ...]

    def operands(self) -> tuple[Of, ...]:
        """The parts, in order."""
        return self.parts


@dataclass(frozen=True, slots=True)
class Total:
    """What a side of a budget comes to: the sum of parts of which some may not have happened.

    A part counts nothing where the governments asked keep its book and posted nothing of the kind; any
    other gap is a gap of the whole, as is the absence of all parts.
    """

    parts: tuple[Of, ...]

    def operands(self) -> tuple[Of, ...]:
        """The parts, in order."""
        return self.parts


@dataclass(frozen=True, slots=True)
class Least:
    """The smallest of several figures."""

    parts: tuple[Of, ...]

    def operands(self) -> tuple[Of, ...]:
        """The parts, in order."""
        return self.parts


@dataclass(frozen=True, slots=True)
class Rank:
    """The place of the region, 1 for the greatest value: among the counties of its city, or, with
    `among` peers, among the cities and leagues of its province."""

    of: Of
    among: Literal["counties", "peers"] = "counties"

    def operands(self) -> tuple[Of, ...]:
        """The figure that is ranked."""
        return (self.of,)


Combination = Growth | Share | Difference | Sum | Total | Least | Rank
Formula = Measure | Evidence | Combination


@dataclass(frozen=True, slots=True)
class Figure:
    """A named quantity. `definition_zh` is its 口径; a change of meaning is a new `version`.

    `LIVELIHOOD` in a definition stands for the livelihood set of the region asked for. `simulated` is what
    it is called and means where its values are drawn, for a name that says who published them.
    """

    id: str
    name_zh: str
    definition_zh: str
    legal_source: str
    formula: Formula
    unit: Unit = Unit.FEN
    version: int = 1
    simulated: tuple[str, str] | None = None

    def of_simulation(self) -> Figure:
        """The figure as a simulated ledger names and defines it."""
        if self.simulated is None:
            return self
        name, definition = self.simulated
        return replace(self, name_zh=name, definition_zh=definition, simulated=None)


def selection_of(formula: Formula) -> Selection | None:
    """The selection of a measure; None for combinations and evidence."""
    return formula.selection if isinstance(formula, Flow | Stock | Count) else None


def operand_ids(figure: Figure) -> Iterator[str]:
    """The ids of the figures that a combination names."""
    formula = figure.formula
    if isinstance(formula, Combination):
        yield from (operand.figure for operand in formula.operands())


class BadCatalogue(FiscError, ValueError):
    """Figures that cannot stand in one catalogue."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message, rule="指标编号在全部领域中唯一，引用的指标须在目录中", hint="请改正该领域的 figures.py"
        )


def assemble(figures: Iterable[Figure]) -> Mapping[str, Figure]:
    """The figures by id; raises BadCatalogue for an id given twice or an operand that is not there."""
    found: dict[str, Figure] = {}
    for figure in figures:
        if figure.id in found:
            raise BadCatalogue(f"指标 {figure.id} 定义了两次")
        found[figure.id] = figure
    for figure in found.values():
        for operand in operand_ids(figure):
            if operand not in found:
                raise BadCatalogue(f"指标 {figure.id} 引用了不存在的指标 {operand}")
    return MappingProxyType(found)
