"""Debt there is and debt that is planned share a register, and no figure takes one for the other."""

from __future__ import annotations

from decimal import Decimal

from fisc.reading.algebra import DEBIT, Accounts, By, Figure, Flow, Selection, Span, Where, assemble
from fisc.reading.service import Ask, FigureService
from tests.reading.city import Move, post_moves

WAN = 1_000_000
OWN, EAST, _WEST, WHOLE = range(4)


def test_usage_of_the_debt_limit(conn, city, service) -> None:
    post_moves(
        conn, city, [Move("limit", EAST, 2025, 0, 0, 8 * WAN), Move("borrowed", EAST, 2025, 0, 0, 6 * WAN)]
    )
    assert service.get("debt.usage", city.counties[0], 2025).value == Decimal("0.75")


def test_planned_debt_and_debt_do_not_mix(conn, city, service) -> None:
    planned = [
        Move("planned_limit", WHOLE, 2025, 0, 0, 9 * WAN),
        Move("planned_debt", WHOLE, 2025, 1, 1, 4 * WAN),
    ]
    post_moves(conn, city, planned)
    assert "没有符合口径条件" in service.get("debt.limit", city.code, 2025).gap_reason
    post_moves(
        conn, city, [Move("limit", WHOLE, 2025, 0, 0, 8 * WAN), Move("borrowed", WHOLE, 2025, 6, 1, 3 * WAN)]
    )
    wanted = {"debt.limit": 8, "debt.limit.budget": 9, "debt.balance": 3, "debt.balance.budget": 4,
              "debt.issued.general": 3, "debt.issued.general.budget": 4}  # fmt: skip
    assert {i: service.get(i, city.code, 2025).value for i in wanted} == {
        i: n * WAN for i, n in wanted.items()
    }


def test_a_blank_code_is_asked_for_as_itself(conn, city) -> None:
    """The part of a breakdown that has no code opens to the rows without one, not to all."""
    post_moves(
        conn, city, [Move("limit", OWN, 2025, 0, 0, 8 * WAN), Move("planned_limit", OWN, 2025, 0, 0, 9 * WAN)]
    )
    limits = Selection((Accounts("debt_register", ("D100",)),), DEBIT, (), By("source_type_code"))
    chosen = {"x": limits, "x.blank": limits.where("source_type_code", ""),
              "x.some": limits.without("source_type_code", ""),
              "x.any": limits.where("source_type_code", "", "1")}  # fmt: skip
    catalogue = assemble([Figure(i, i, i, "测试", Flow(s, Span.FIRST)) for i, s in chosen.items()])
    service = FigureService(conn, catalogue)
    found = {i: service.get(i, city.own, 2025) for i in chosen}
    assert {i: f.value for i, f in found.items()} == {
        "x": 17 * WAN, "x.blank": 8 * WAN, "x.some": 9 * WAN, "x.any": 17 * WAN,
    }  # fmt: skip
    assert [(part.code, part.value) for part in found["x"].breakdown] == [("", 8 * WAN), ("1", 9 * WAN)]
    (part,) = service.get_many([Ask("x", city.own, 2025, narrowed=(Where("source_type_code", ("",)),))])
    assert part.value == 8 * WAN
