"""What callers hand in to change quotas, and what the rules read of it: plain values.

A `QuotaDocument` brings quotas about; a `QuotaOperation` changes quotas that exist. Both become a
`Draft`, which is what the tables keep: a header and lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from fisc.documents import document_key
from fisc.documents.inputs import OneOf
from fisc.kernel import Coding

PENDING = "pending"
EXECUTABLE = "executable"
#: The source of quotas out of a document from above that was registered as received.
RECEIVED = "received"
#: Where the money of a quota document comes from.
BASES: Final[Mapping[str, str]] = {
    "approved": "已批预算", "added": "自带来源", "received": "已入来源账", "reserve": "预备费",
}  # fmt: skip
#: Sources of the budget.
SOURCES: Final[Mapping[str, str]] = {
    "own": "本级收入", "transfer": "上级转移支付", "debt": "债务收入", "carried": "上年结转和调入",
    "unit": "单位资金",
}  # fmt: skip
#: Where money of a quota stands that an operation takes.
STAGES: Final[Mapping[str, str]] = {EXECUTABLE: "可执行", PENDING: "待分"}
Stage = Annotated[str, OneOf(STAGES, "所在环节")]
SourceKind = Annotated[str, OneOf(SOURCES, "来源")]


@dataclass(frozen=True, slots=True)
class QuotaLine:
    """A quota that a document brings about, or adds to: 可执行, or 待分 when not `is_executable`.

    `ori_bgt_id` is the quota it is taken from (待分 that is split, last year's that is carried over).
    """

    bgt_id: str
    amount_fen: int
    coding: Coding
    is_executable: bool = True
    ori_bgt_id: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuotaDocument:
    """A quota document (指标文). `doc_no` is unique in its region and year.

    `base` says where the money comes from, '' what the operation has by itself (`quota_sources.based`):
    `approved` takes it from the approved budget (9201), `added`
    brings its own `source` (carried, unit) with it, `received` takes a source that already stands in the
    pool (9200) of its document from above, as all money of transfers does, and `reserve` takes it from the
    reserve (预备费), which needs the government's decision in `basis_doc_no`.
    """

    doc_no: str
    mof_div_code: str
    fiscal_year: int
    dated_on: date
    title: str
    lines: tuple[QuotaLine, ...]
    source: SourceKind = "own"
    sup_bgt_doc_no: str = ""
    base: Annotated[str, OneOf(BASES)] = ""
    rev_func_code: str = ""
    basis_doc_no: str = ""
    reason: str = ""

    @property
    def doc_key(self) -> str:
        """The natural key: region, year, number."""
        return document_key(self.mof_div_code, self.fiscal_year, self.doc_no)


@dataclass(frozen=True, slots=True)
class QuotaChange:
    """One quota of an operation. Amounts are positive; in a swap negative where money goes out.

    `coding` (swaps only) brings the quota about if there is none of that name. `base_fen` (budget
    cuts only) is what the cut is measured against. `advance` (settling only) names the advance.
    """

    bgt_id: str
    amount_fen: int
    stage: Stage = EXECUTABLE
    coding: Coding | None = None
    base_fen: int = 0
    advance: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuotaOperation:
    """A document that changes quotas: number, date, why, and the approval where one is needed."""

    doc_no: str
    mof_div_code: str
    fiscal_year: int
    dated_on: date
    title: str
    lines: tuple[QuotaChange, ...]
    basis_doc_no: str = ""
    reason: str = ""
    scope: str = ""

    @property
    def doc_key(self) -> str:
        """The natural key: region, year, number."""
        return document_key(self.mof_div_code, self.fiscal_year, self.doc_no)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line as it is kept."""

    bgt_id: str
    amount_fen: int
    stage: str
    ori_bgt_id: str = ""
    base_fen: int = 0
    coding: Coding | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A document as it is kept: one operation with its lines."""

    operation: str
    doc_no: str
    mof_div_code: str
    fiscal_year: int
    dated_on: date
    title: str
    lines: tuple[DraftLine, ...]
    base: str = ""
    source: str = ""
    rev_func_code: str = ""
    sup_bgt_doc_no: str = ""
    basis_doc_no: str = ""
    reason: str = ""
    scope: str = ""

    @property
    def doc_key(self) -> str:
        """The natural key: region, year, number."""
        return document_key(self.mof_div_code, self.fiscal_year, self.doc_no)


@dataclass(frozen=True, slots=True)
class QuotaFacts:
    """What is fixed of a quota: its coding block, and where its money came from."""

    bgt_id: str
    coding: Coding
    is_executable: bool
    tags: tuple[str, ...]
    source: str
    rev_func_code: str
    first_year: int


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of a document with the quotas it moves between; `origin` is there where one is named.

    `is_given_elements`: the document says what the quota is, and brings it about where there is none.
    `class_fen`: what its class of the budget gives it of what stands there under its number from above.
    """

    quota: QuotaFacts
    amount_fen: int
    stage: str = EXECUTABLE
    base_fen: int = 0
    origin: QuotaFacts | None = None
    advance: Coding | None = None
    is_given_elements: bool = False
    class_fen: int = 0
