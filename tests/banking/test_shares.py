"""What a bank takes or gives inside a booking: the entry counts, and each share of it is a line."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fisc.banking import iso20022 as iso
from fisc.banking import services as banking
from fisc.banking.checks import reconciliation_proofs
from fisc.kernel.money import format_fen
from tests.banking.letters import entry, notification, statement, tx
from tests.banking.world import SINGLE, Conn, open_bank, signed
from tests.treasury.paying import CITY, DAY

_CASES = pytest.mark.parametrize("kind", ["camt.053.001.02", "camt.053.001.08", "camt.053.001.13"])


def charge(yuan: str, included: str = "true", side: str = "DBIT", kind: str = "", total: str = "") -> str:
    """Charges as versions since 001.04 have them; `kind` is of an old version, which knows no flag."""
    amount = f'<Amt Ccy="CNY">{yuan}</Amt>' if yuan else ""
    sum_ = f'<TtlChrgsAndTaxAmt Ccy="CNY">{total}</TtlChrgsAndTaxAmt>' if total else ""
    if kind == "camt.053.001.02":
        return f"<Chrgs>{sum_}{amount}<CdtDbtInd>{side}</CdtDbtInd></Chrgs>"
    flag = f"<ChrgInclInd>{included}</ChrgInclInd>" if included else ""
    record = f"<Rcrd>{amount}<CdtDbtInd>{side}</CdtDbtInd>{flag}</Rcrd>" if amount else ""
    return f"<Chrgs>{sum_}{record}</Chrgs>"


def interest(yuan: str, side: str = "CRDT") -> str:
    return f'<Intrst><Rcrd><Amt Ccy="CNY">{yuan}</Amt><CdtDbtInd>{side}</CdtDbtInd></Rcrd></Intrst>'


def instructed(yuan: str, actual: str = "") -> str:
    """The amounts of a transaction: as instructed, and as it was carried out."""
    more = f'<TxAmt><Amt Ccy="CNY">{actual}</Amt></TxAmt>' if actual else ""
    return f'<AmtDtls><InstdAmt><Amt Ccy="CNY">{yuan}</Amt></InstdAmt>{more}</AmtDtls>'


def of(yuan: str, side: str, *details: str, more: str = "", back: bool = False) -> str:
    """An entry with what stands before its details."""
    made = entry(yuan, side, *details, ref="R1", back=back)
    at = made.index("<NtryDtls>") if details else made.index("</Ntry>")
    return made[:at] + more + made[at:]


def lines(data: str, kind: str = "camt.053.001.08") -> list[tuple[str, str, int, str]]:
    """Voucher, side, fen and business of the lines of an entry."""
    message = notification(data, kind=kind.replace("053", "054"))
    if int(kind[-2:]) < 8:
        message = message.replace(b"<Sts><Cd>BOOK</Cd></Sts>", b"<Sts>BOOK</Sts>")
    ((_, told),) = [iso.read_message(message)]
    assert isinstance(told, iso.Notification)
    return [(e.end_to_end_id, e.side, e.amount_fen, e.code) for e in told.entries]


PAID = ("A", "DBIT", 10_00, "PAY")
FEE = ("", "DBIT", 5, "FEE")


@_CASES
@pytest.mark.parametrize("level", ["entry", "transaction", "both"])
@pytest.mark.parametrize("amounts", ["tx", "instructed", "actual"])
def test_a_charge_in_a_booking_is_a_line_of_its_own(kind: str, level: str, amounts: str) -> None:
    fee = charge("0.05", kind=kind)
    said = {
        "tx": instructed("10.00", "10.00"), "instructed": instructed("10.00"),
        "actual": instructed("10.00", "10.05"),
    }[amounts]  # fmt: skip
    detail = tx("A", more=said + (fee if level != "entry" else ""))
    assert lines(of("10.05", "DBIT", detail, more=fee if level != "transaction" else ""), kind) == [PAID, FEE]


@pytest.mark.parametrize(
    ("entry_of", "told"),
    [
        (of("10.05", "DBIT", tx("A", "10.05", more=charge("0.05"))), [PAID, FEE]),
        (of("10.05", "DBIT", tx("A", more=charge("0.05"))), [PAID, FEE]),
        (of("10.05", "DBIT", tx("A", "10.00", more=charge("", total="0.05"))), [PAID, FEE]),
        (of("10.00", "DBIT", tx("A", "10.00", more=charge("0.05", "false"))), [PAID]),
        (of("10.00", "DBIT", tx("A", "10.00", more=charge("0.05", ""))), [PAID]),
        (of("10.05", "DBIT", tx("A", "10.00", more=charge("0.03") + charge("0.02"))),
         [PAID, ("", "DBIT", 3, "FEE"), ("", "DBIT", 2, "FEE")]),
        (of("9.95", "CRDT", tx("B", "10.00", "CRDT", more=charge("0.05"))),
         [("B", "CRDT", 10_00, "PAY"), FEE]),
        (of("10.05", "CRDT", tx("B", "10.00", "CRDT", more=interest("0.05"))),
         [("B", "CRDT", 10_00, "PAY"), ("", "CRDT", 5, "INT")]),
        (of("0.05", "CRDT", tx("", "0.05", "CRDT", more=interest("0.05"))), [("", "CRDT", 5, "PAY")]),
        (of("10.05", "CRDT", tx("A", "10.05", more=charge("0.05")), back=True),
         [("A", "CRDT", 10_00, "PAY"), ("", "CRDT", 5, "FEE")]),
        (of("10.05", "DBIT", tx("A", "10.00")), [PAID, ("", "DBIT", 5, "DIFF")]),
        (of("10.05", "DBIT", tx("A", more=instructed("10.00"))), [PAID, ("", "DBIT", 5, "DIFF")]),
        (of("10.05", "DBIT", tx("A", "10.00", more=charge("0.03"))),
         [PAID, ("", "DBIT", 3, "FEE"), ("", "DBIT", 2, "DIFF")]),
        (of("10.05", "DBIT", tx("A", "10.00", more=charge("0.05").replace("CNY", "USD"))),
         [PAID, ("", "DBIT", 5, "DIFF")]),
        (of("10.00", "DBIT", tx("A", "10.05")), [PAID]),
        (of("10.00", "DBIT", tx("A", "10.00", "CRDT")), [("", "DBIT", 10_00, "PAY")]),
        (of("10.00", "CRDT", tx("A", "10.00", "DBIT"), back=True), [("A", "CRDT", 10_00, "PAY")]),
        (of("30.05", "DBIT", tx("A", "10.00"), tx("B", "20.00"), more=charge("0.05")),
         [PAID, ("B", "DBIT", 20_00, "PAY"), FEE]),
        (of("30.05", "DBIT", tx("A", "10.00", more=charge("0.03")), tx("B", "20.00", more=charge("0.02"))),
         [PAID, ("B", "DBIT", 20_00, "PAY"), ("", "DBIT", 3, "FEE"), ("", "DBIT", 2, "FEE")]),
        (of("30.05", "DBIT", tx("A", "10.05", more=charge("0.05")), tx("B", "20.00")),
         [PAID, FEE, ("B", "DBIT", 20_00, "PAY")]),
        (of("30.05", "DBIT", tx("A", "10.00"), tx("B", "20.00")),
         [PAID, ("B", "DBIT", 20_00, "PAY"), ("", "DBIT", 5, "DIFF")]),
        (of("29.95", "DBIT", tx("A", "10.00"), tx("B", "20.00")), [("", "DBIT", 29_95, "PAY")]),
        (of("30.05", "DBIT", tx("A"), tx("B"), more=charge("0.05")), [("", "DBIT", 30_00, "PAY"), FEE]),
        (of("30.00", "CRDT", tx("A", "10.00", "DBIT"), tx("B", "20.00", "DBIT"), back=True),
         [("A", "CRDT", 10_00, "PAY"), ("B", "CRDT", 20_00, "PAY")]),
    ],
)  # fmt: skip
def test_an_entry_is_its_shares(entry_of: str, told: list[tuple[str, str, int, str]]) -> None:
    assert lines(entry_of, "camt.053.001.09") == told


_FEN = st.integers(0, 10**7)
_SIDE = st.sampled_from(["DBIT", "CRDT"])
_MORE = st.lists(
    st.tuples(_FEN, _SIDE, st.sampled_from(["", "true", "false"])).map(
        lambda c: charge(format_fen(c[0]).replace(",", ""), c[2], c[1])
    ),
    max_size=2,
).map("".join)
_TX = st.tuples(st.one_of(st.none(), _FEN), st.one_of(st.none(), _FEN), _SIDE, _MORE).map(
    lambda t: tx(
        "K",
        "" if t[0] is None else f"{t[0] / 100:.2f}",
        t[2],
        more=("" if t[1] is None else instructed(f"{t[1] / 100:.2f}")) + t[3],
    )
)


@given(_FEN, _SIDE, st.lists(_TX, max_size=3), _MORE, st.booleans())
@settings(max_examples=300, deadline=None)
def test_whatever_stands_below_it_an_entry_is_what_its_lines_come_to(
    fen: int, side: str, details: list[str], more: str, back: bool
) -> None:
    told = lines(of(f"{fen / 100:.2f}", side, *details, more=more, back=back), "camt.053.001.09")
    out = sum(amount if its == "DBIT" else -amount for _, its, amount, _ in told)
    assert out == (fen if side == "DBIT" else -fen)


def test_a_charge_taken_with_a_payment_waits_for_its_paper(paying: Conn) -> None:
    open_bank(paying)
    certs = signed(paying, 10, 20)
    banking.payment_file(paying, certs, by="teller", on=DAY)
    entries = [
        of("10.05", "DBIT", tx(certs[0], more=instructed("10.00") + charge("0.05"))),
        of("20.50", "DBIT", tx(certs[1], "20.00")),
    ]
    banking.receive(paying, statement("30.55", "0.00", *entries), by="teller", on=DAY)
    report = banking.reconcile(paying, CITY, DAY, by="auditor")
    assert report.is_proven and all(p.holds for p in reconciliation_proofs(paying, CITY, DAY))
    told = sorted((i.kind, i.ours, i.theirs_fen, i.words) for i in report.items)
    assert told == [
        ("bank_first", certs[0], 10_00, ""), ("bank_first", certs[1], 20_00, ""),
        ("line_unexplained", "", 5, "业务种类 FEE，手续费 0.05 元，含在同一笔入账内"),
        ("line_unexplained", "", 50, "业务种类 DIFF，入账金额多于明细 0.50 元，银行没有说明"),
    ]  # fmt: skip
    assert [one.outflow_fen for one in banking.open_lines(paying, CITY)] == [5, 50]


def test_the_treasurys_account_too_tells_a_charge(paying: Conn) -> None:
    open_bank(paying)
    one = of("10.05", "CRDT", tx("", "10.00", more=interest("0.05"))).replace("<Cd>PAY</Cd>", "<Cd>REV</Cd>")
    data = statement("0.00", "10.05", one, acct=SINGLE)
    assert banking.receive(paying, data, by="teller", on=DAY).line_count == 2


# --- numbers and sums -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "number"),
    [("202203010001", 202203010001), ("9" * 18, 10**18 - 1), ("+7", 7), ("7.0", 7), ("0" * 20 + "7", 7)],
)
def test_a_statement_is_numbered_by_what_iso_lets_a_number_be(paying: Conn, said: str, number: int) -> None:
    open_bank(paying)
    first = statement("0.00", "0.00", seq=1, kind="camt.053.001.06").replace(
        b"<ElctrncSeqNb>1<", f"<ElctrncSeqNb>{said}<".encode()
    )
    banking.receive(paying, first, by="teller", on=DAY)
    assert paying.execute("select sequence_no from banking_message").fetchone() == (number,)


def test_a_number_that_is_longer_is_refused_in_words(paying: Conn) -> None:
    open_bank(paying)
    data = statement("0.00", "0.00", seq=int("1" * 19), kind="camt.053.001.06")
    with pytest.raises(iso.MessageRefused, match="18 位"):
        banking.receive(paying, data, by="teller", on=DAY)


def test_bookings_that_are_too_much_together_are_refused_in_words(paying: Conn) -> None:
    open_bank(paying)
    most = "9" * 15 + ".99"
    for data in (
        notification(*[entry(most, "CRDT")] * 93),
        statement("0.00", "0.00", *[entry(most, "CRDT"), entry(most, "DBIT")] * 47),
    ):
        with pytest.raises(iso.MessageRefused, match="合计"):
            banking.receive(paying, data, by="teller", on=DAY)


def test_many_statements_of_the_largest_sums_are_reconciled(paying: Conn) -> None:
    open_bank(paying)
    most = "9" * 15 + ".99"
    first = date(2022, 1, 2)
    for n in range(94):
        day = date.fromordinal(first.toordinal() + n)
        data = statement(
            "0.00",
            most,
            entry(most, "CRDT", tx("K"), day=f"<Dt>{day}</Dt>"),
            number=f"S{n}",
            day=day,
            seq=n + 1,
        )
        banking.receive(paying, data, by="teller", on=day)
    report = banking.reconcile(paying, CITY, day, by="auditor")
    assert sum(i.theirs_fen for i in report.items if i.kind == "credit_unexplained") == -94 * (10**17 - 1)
