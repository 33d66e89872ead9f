"""An answer that says two things of a payment, or counts other payments than the order has, does nothing."""

from __future__ import annotations

import pytest

from fisc.banking import services as banking
from fisc.kernel import FiscError
from tests.banking.letters import answer, block, outcome
from tests.banking.world import Conn, open_bank, signed
from tests.treasury.paying import DAY, state


@pytest.fixture(autouse=True)
def _bank(paying: Conn) -> None:
    open_bank(paying)


def sent(conn: Conn, *yuan: int) -> tuple[str, list[str]]:
    certs = signed(conn, *yuan)
    message_id, _, _ = banking.payment_file(conn, certs, by="teller", on=DAY)
    return message_id, certs


def take(conn: Conn, data: bytes) -> banking.MessageResult:
    return banking.receive(conn, data, by="teller", on=DAY)


def rules(result: banking.MessageResult) -> set[str]:
    return {one.rule_id for one in result.findings}


def with_group(data: bytes, *inside: str) -> bytes:
    return data.replace(b"</OrgnlGrpInfAndSts>", "".join((*inside, "</OrgnlGrpInfAndSts>")).encode())


def sized(data: bytes, count: str = "", yuan: str = "") -> bytes:
    """The answer with what it says of the whole order's size."""
    said = f"<OrgnlNbOfTxs>{count}</OrgnlNbOfTxs>" if count else ""
    said += f"<OrgnlCtrlSum>{yuan}</OrgnlCtrlSum>" if yuan else ""
    name = b"pain.001.001.09</OrgnlMsgNmId>"
    return data.replace(name, name + said.encode())


def counted(status: str, number: int, yuan: str = "") -> str:
    total = f"<DtldCtrlSum>{yuan}</DtldCtrlSum>" if yuan else ""
    told = f"<DtldNbOfTxs>{number}</DtldNbOfTxs><DtldSts>{status}</DtldSts>{total}"
    return f"<NbOfTxsPerSts>{told}</NbOfTxsPerSts>"


def does_nothing(conn: Conn, data: bytes) -> None:
    result = take(conn, data)
    assert (result.paid, result.returned, rules(result)) == ([], [], {"message.contradictory"})
    assert {state(conn, "A1"), state(conn, "A2")} == {"sent"}


@pytest.mark.parametrize("two", [("ACSC", "RJCT"), ("RJCT", "ACSC"), ("RJCT", "ACSP"), ("PDNG", "RJCT")])
@pytest.mark.parametrize("has_lines", [True, False])
def test_a_block_that_is_told_twice_and_otherwise(
    paying: Conn, two: tuple[str, str], has_lines: bool
) -> None:
    message_id, certs = sent(paying, 10, 20)
    lines = [outcome(cert, "", f"{yuan}.00") for cert, yuan in zip(certs, (10, 20), strict=True)]
    number = f"{message_id}01"
    first, second = (block(number, status, *(lines if has_lines else ())) for status in two)
    does_nothing(paying, answer(message_id, first, second))


def test_a_block_told_twice_alike_is_a_refusal(paying: Conn) -> None:
    message_id, certs = sent(paying, 10, 20)
    same = block(f"{message_id}01", "RJCT", reason="AC04")
    assert sorted(take(paying, answer(message_id, same, same)).returned) == sorted(certs)


def test_lines_of_a_block_that_belie_it_elsewhere(paying: Conn) -> None:
    message_id, (one, two) = sent(paying, 10, 20)
    number = f"{message_id}01"
    result = take(
        paying,
        answer(
            message_id,
            block(number, "", outcome(one, "ACSC", "10.00")),
            block(number, "RJCT", outcome(two, "RJCT", "20.00")),
        ),
    )
    assert (result.paid, result.returned, rules(result)) == ([], [two], {"message.contradictory"})


@pytest.mark.parametrize(
    ("count", "yuan"), [("1", ""), ("3", ""), ("", "10.00"), ("", "30.01"), ("1", "10.00")]
)
@pytest.mark.parametrize("kind", ["pain.002.001.12", "pain.002.001.03"])
def test_a_refusal_of_an_order_of_another_size(paying: Conn, count: str, yuan: str, kind: str) -> None:
    message_id, _ = sent(paying, 10, 20)
    does_nothing(
        paying, with_group(sized(answer(message_id, kind=kind), count, yuan), "<GrpSts>RJCT</GrpSts>")
    )


def test_a_block_of_another_size(paying: Conn) -> None:
    message_id, _ = sent(paying, 10, 20)
    number = f"{message_id}01"
    data = answer(message_id, block(number, "RJCT")).decode()
    told = data.replace("</OrgnlPmtInfId>", "</OrgnlPmtInfId><OrgnlNbOfTxs>1</OrgnlNbOfTxs>")
    does_nothing(paying, told.encode())


def test_paid_lines_of_an_order_of_another_size(paying: Conn) -> None:
    message_id, (one, two) = sent(paying, 10, 20)
    lines = block(f"{message_id}01", "", outcome(one, "ACSC", "10.00"), outcome(two, "ACSC", "20.00"))
    does_nothing(paying, sized(answer(message_id, lines), "5", "30.00"))


@pytest.mark.parametrize("counts", [
    [("RJCT", 1, ""), ("ACSC", 1, "")], [("RJCT", 1, "")], [("RJCT", 3, "")], [("ACSC", 2, "")],
    [("RJCT", 2, "31.00")],
])  # fmt: skip
def test_a_refusal_whose_counts_belie_it(paying: Conn, counts: list[tuple[str, int, str]]) -> None:
    message_id, _ = sent(paying, 10, 20)
    told = "".join(counted(*one) for one in counts)
    does_nothing(paying, with_group(answer(message_id), "<GrpSts>RJCT</GrpSts>", told))


@pytest.mark.parametrize("counts", [
    [("ACSC", 1, ""), ("RJCT", 1, "")], [("ACSC", 1, "")], [("ACSC", 2, "29.99")], [("PDNG", 2, "")],
    [("ACSC", 2, ""), ("RJCT", 1, "")],
])  # fmt: skip
def test_lines_that_their_counts_belie(paying: Conn, counts: list[tuple[str, int, str]]) -> None:
    message_id, (one, two) = sent(paying, 10, 20)
    lines = block(f"{message_id}01", "", outcome(one, "ACSC", "10.00"), outcome(two, "ACCC", "20.00"))
    does_nothing(paying, with_group(answer(message_id, lines), "".join(counted(*one) for one in counts)))


def test_sizes_and_counts_that_agree_are_believed(paying: Conn) -> None:
    message_id, (one, two) = sent(paying, 10, 20)
    lines = block(f"{message_id}01", "", outcome(one, "ACSC", "10.00"), outcome(two, "RJCT", "20.00"))
    told = with_group(
        sized(answer(message_id, lines), "2", "30.00"),
        "<GrpSts>PART</GrpSts>", counted("ACSC", 1, "10"), counted("RJCT", 1, "20.00"), counted("PDNG", 0),
    )  # fmt: skip
    result = take(paying, told)
    assert (result.paid, result.returned, result.findings) == ([one], [two], [])


def test_a_whole_refusal_that_agrees_is_believed(paying: Conn) -> None:
    message_id, certs = sent(paying, 10, 20)
    told = with_group(
        sized(answer(message_id), "2", "30"), "<GrpSts>RJCT</GrpSts>", counted("RJCT", 2, "30.00")
    )
    assert sorted(take(paying, told).returned) == sorted(certs)


@pytest.mark.parametrize("name", ["camt.055.001.08", "camt.056.001.01", "pain.007.001.09", "pain.008.001.02"])
def test_an_answer_to_another_message_than_an_order_is_refused(paying: Conn, name: str) -> None:
    message_id, _ = sent(paying, 10, 20)
    with pytest.raises(FiscError, match=name):
        take(paying, answer(message_id, group="RJCT").replace(b"pain.001.001.09", name.encode()))
    assert {state(paying, "A1"), state(paying, "A2")} == {"sent"}


@pytest.mark.parametrize("name", ["pain.001", "PAIN.001.001.03", "pain001", "CstmrCdtTrfInitn"])
def test_an_order_is_named_in_any_version(paying: Conn, name: str) -> None:
    message_id, certs = sent(paying, 10, 20)
    told = answer(message_id, group="RJCT").replace(b"pain.001.001.09", name.encode())
    assert sorted(take(paying, told).returned) == sorted(certs)


def test_what_was_settled_counts_and_not_what_was_asked_for(paying: Conn) -> None:
    message_id, (cert,) = sent(paying, 10)
    settled = '<OrgnlTxRef><IntrBkSttlmAmt Ccy="CNY">1.00</IntrBkSttlmAmt><Amt>'
    told = answer(message_id, block(f"{message_id}01", "", outcome(cert, "ACSC", "10.00"))).decode()
    result = take(paying, told.replace("<OrgnlTxRef><Amt>", settled).encode())
    assert (result.paid, rules(result)) == ([], {"message.amount_differs"})


def test_an_answer_to_two_orders_is_refused(paying: Conn) -> None:
    message_id, _ = sent(paying, 10, 20)
    more = f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId>"
    told = answer(message_id, group="RJCT", kind="pain.002.001.03").decode()
    twice = told.replace(
        "<OrgnlGrpInfAndSts>", f"{more}<GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts><OrgnlGrpInfAndSts>"
    )
    with pytest.raises(FiscError, match="OrgnlGrpInfAndSts"):
        take(paying, twice.encode())
