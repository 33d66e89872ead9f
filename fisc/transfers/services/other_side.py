"""Cash that another government's document books: who is on its other side makes no second one of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from fisc.documents import RuleBroken
from fisc.documents.refusals import listed, refusal
from fisc.registry import regions
from fisc.registry.officers import region_of
from fisc.transfers.rules.cash import KINDS

Conn = psycopg.Connection[Any]


def refuse_of_other_side(conn: Conn, rows: Sequence[Mapping[str, Any]], by: str) -> None:
    """Raise RuleBroken for cash whose document is the other government's to make, by who acts for a party.

    `rows` are cash documents to be made. One document books both sides, and is made in the giver's books if
    these are kept here. What is booked on a line already is named.
    """
    own = region_of(conn, by)
    others = [
        row for row in rows
        if own in (row["giver_div_code"], row["rec_div_code"]) and own != row["mof_div_code"]
    ]  # fmt: skip
    if not others:
        return
    booked = _booked(conn, [row["line_key"] for row in others if row["line_key"]])
    raise refusal(
        RuleBroken, "这些资金由对方的单据入账，本级不另登记",
        [_words(row, booked[row["line_key"], row["kind"]]) for row in others],
        rule="双方都在本系统记账的，付出方的一张单据签发时双方同时入账（财库〔2015〕192号）",
        hint="用 fisc transfers list-cash 查对方已办的单据；金额不符或还没有办的，请与对方核对",
    )  # fmt: skip


def _booked(conn: Conn, line_keys: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    """Line and kind -> numbers of the cash that is booked on it."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    if line_keys:
        for line, kind, number in conn.execute(
            "select line_key, kind, doc_key from transfers_cash "
            "where line_key = any(%s) and state = 'booked' order by id", [line_keys],
        ):  # fmt: skip
            found[line, kind].append(number)
    return found


def _words(row: Mapping[str, Any], booked: Sequence[str]) -> str:
    what = KINDS[row["kind"]].name.partition("（")[0]
    if booked:
        return f"{row['doc_key']} 已由{what}单 {listed(booked, most=5)} 入账"
    return f"{row['doc_key']} 须由{regions.name_of(row['mof_div_code'])}办理{what}单"
