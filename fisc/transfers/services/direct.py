"""Direct funds (直达资金): from the centre to the payee, with distribution and payment progress.

财预〔2020〕56号: 中央切块、省级细化、备案同意、快速直达. The mark goes with the document; the number of
the source document stays on every quota, so progress is read from the quota books.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg

from fisc.documents.accounts import APPLIED, EXECUTABLE, FROZEN, PAID, PENDING, PLANNED, RESERVED
from fisc.transfers.services.read import Granted, Stage, direct_lines, stages
from fisc.transfers.services.timing import BASE

#: Accounts of the quota book on which money of a quota stands: 待分 … 已支付.
QUOTA_STAGES: Final = (PENDING, EXECUTABLE, FROZEN, RESERVED, PLANNED, APPLIED, PAID)


@dataclass(frozen=True, slots=True)
class DirectProgress:
    """A direct fund in a region, in fen; region '' is the whole chain below the first receiver.

    `doc_no` is the document that brought the money into the chain, `source_nos` the numbers under which the
    region has it. Distributed: issued to lower governments, or given to quotas. Paid: out of its quotas.
    """

    doc_no: str
    mof_div_code: str
    source_nos: tuple[str, ...]
    title: str
    is_direct_fund: str
    received_on: date
    received_fen: int
    issued_fen: int
    quota_fen: int
    paid_fen: int

    @property
    def own_fen(self) -> int:
        """What the region keeps for its own quotas."""
        return self.received_fen - self.issued_fen

    @property
    def distribution_bp(self) -> int:
        """Distributed per 10,000 received (分配进度)."""
        return _share(self.issued_fen + self.quota_fen, self.received_fen)

    @property
    def payment_bp(self) -> int:
        """Paid per 10,000 of what the region keeps (支付进度)."""
        return _share(self.paid_fen, self.own_fen)


def _share(part_fen: int, whole_fen: int) -> int:
    return part_fen * BASE // whole_fen if whole_fen else 0


def direct_progress(conn: psycopg.Connection[Any], fiscal_year: int) -> list[DirectProgress]:
    """Progress of every direct fund of a year: by number, the whole chain first, then each region."""
    lines = direct_lines(conn, fiscal_year)
    standing: dict[tuple[str, str], list[Stage]] = defaultdict(list)
    for stage in stages(conn, [one.line.source_no for one in lines], QUOTA_STAGES):
        standing[stage.sup_bgt_doc_no, stage.mof_div_code].append(stage)
    chains = _chains(lines)
    return [row for number, of in chains.items() for row in _of_document(number, of, standing)]


def _chains(lines: Sequence[Granted]) -> dict[str, list[Granted]]:
    """Lines by the number of the document that brought their money into the chain."""
    above = {
        (one.line.rec_div_code, one.line.source_no): (one.line.giver_div_code, one.line.sup_bgt_doc_no)
        for one in lines
        if one.line.is_issue
    }
    chains: dict[str, list[Granted]] = defaultdict(list)
    for one in lines:
        place = (one.line.giver_div_code, one.line.sup_bgt_doc_no)
        while place in above:
            place = above[place]
        chains[place[1]].append(one)
    return chains


def _of_document(
    number: str, lines: Sequence[Granted], standing: Mapping[tuple[str, str], Sequence[Stage]]
) -> list[DirectProgress]:
    receivers = list(dict.fromkeys(one.line.rec_div_code for one in lines))
    rows = [_of_region(number, region, lines, standing) for region in receivers]
    givers = {one.line.giver_div_code for one in lines}
    first = [one for one in lines if one.line.giver_div_code not in receivers]
    whole = DirectProgress(
        number,
        "",
        (number,),
        first[0].title,
        first[0].line.is_direct_fund,
        min(one.effective_on for one in first),
        sum(one.net_fen for one in first),
        0,
        sum(row.quota_fen for row in rows),
        sum(row.paid_fen for row in rows),
    )
    return [whole, *sorted(rows, key=lambda row: (row.mof_div_code not in givers, row.mof_div_code))]


def _of_region(
    number: str, region: str, lines: Sequence[Granted], standing: Mapping[tuple[str, str], Sequence[Stage]]
) -> DirectProgress:
    own = [one for one in lines if one.line.rec_div_code == region]
    sources = dict.fromkeys(one.line.source_no for one in own)
    stood = [stage for source in sources for stage in standing.get((source, region), ())]
    return DirectProgress(
        number,
        region,
        tuple(sources),
        own[0].title,
        own[0].line.is_direct_fund,
        min(one.effective_on for one in own),
        sum(one.net_fen for one in own),
        sum(one.net_fen for one in lines if one.line.giver_div_code == region),
        sum(stage.fen for stage in stood),
        sum(stage.fen for stage in stood if stage.account == PAID),
    )
