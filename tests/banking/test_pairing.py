"""Whatever papers and bookings come: each is judged once, nothing is used twice, what is paired agrees."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fisc.banking.services.party import Other, is_of, party_of
from fisc.banking.services.reconciliation.pairing import judge
from fisc.banking.services.reconciliation.papers import Booking, Leg, papers_of
from fisc.banking.services.reconciliation.taken_back import Turn

DAY = date(2022, 3, 1)
NEXT = DAY + timedelta(days=1)

_NUMBERS = ("甲〔2022〕1号", "甲〔2022〕2号", "甲〔2022〕11号", "BK-1", "BK-10")
_AMOUNTS = st.sampled_from([-500, -300, -200, 100, 200, 300, 500])
_LEGS = st.builds(
    Leg, st.just(0), st.sampled_from(_NUMBERS), st.sampled_from(["daily_report", "transfer_cash"]),
    st.just(""), _AMOUNTS, st.sampled_from([DAY, NEXT]), st.just(()),
    st.sampled_from([party_of([]), party_of([], places=["A"]), party_of(["甲公司"], ["6222"])]),
)  # fmt: skip
_BOOKINGS = st.builds(
    Booking, st.just(0), st.just("R"), st.sampled_from(["", *_NUMBERS, "X9"]),
    st.sampled_from(["", "付 BK-10 款"]), st.sampled_from(["REV", "TRF"]), st.sampled_from([DAY, NEXT]),
    _AMOUNTS, st.sampled_from([Other(), Other("甲国库", "1", "A"), Other("甲公司"), Other("乙公司", "6222")]),
    st.builds(Turn, st.just(0), st.just(""), st.just(""), st.just(""), st.just("DBIT"), st.just(0),
              st.sampled_from(["", "1", "2"]), st.sampled_from(["", "甲", "乙"]), st.booleans()),
)  # fmt: skip


def _turn(number: int, line: Booking) -> Turn:
    fen = line.outflow_fen
    return line.turn._replace(
        id=number, ref_no=line.ref_no, side="DBIT" if fen > 0 else "CRDT", amount_fen=abs(fen)
    )


@given(st.lists(_LEGS, max_size=6), st.lists(_BOOKINGS, max_size=6))
def test_every_paper_and_booking_is_judged_once_and_pairs_agree(
    legs: list[Leg], lines: list[Booking]
) -> None:
    legs = [leg._replace(id=n, document_no=leg.document) for n, leg in enumerate(legs)]
    lines = [line._replace(id=n, turn=_turn(n, line)) for n, line in enumerate(lines)]
    judged = judge(
        papers_of(legs),
        lines,
        revenue={"REV": frozenset({"daily_report"})},
        carried={"TRF": frozenset({"transfer_cash"})},
        settled={"X9": "X9"},
        days=3,
    )
    pairs = [*judged.pairs, *judged.differing]
    seen = [leg.id for pair in pairs for paper in pair.papers for leg in paper.legs]
    seen += [leg.id for paper in judged.waiting for leg in paper.legs]
    assert sorted(seen) == sorted(leg.id for leg in legs)
    told_of = [b.id for pair in pairs for b in pair.bookings]
    told_of += [b.id for b in (*judged.taken_back, *(b for b, _ in (*judged.several, *judged.strange)))]
    assert sorted(told_of) == sorted(line.id for line in lines)
    for pair in judged.pairs:
        assert sum(p.outflow_fen for p in pair.papers) == sum(b.outflow_fen for b in pair.bookings)
        taxes = {"daily_report"} if sum(b.outflow_fen for b in pair.bookings) < 0 else set()  # of anybody
        of = [p.party for p in pair.papers if p.kind not in taxes]
        assert all(is_of(b.other, party) is not False for b in pair.bookings for party in of)
    assert sum(b.outflow_fen for b in judged.taken_back) == 0
