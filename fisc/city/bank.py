"""What domains ask of the simulated bank: money moved on a treasury's account, and revenue credited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple, Protocol

import psycopg

Conn = psycopg.Connection[Any]


class Collected(NamedTuple):
    """Revenue of a day by code, under the number of its paper; negative where more was given back."""

    mof_div_code: str
    rev_func_code: str
    fund_type_code: str
    amount_fen: int
    ref_no: str = ""


class Transfer(NamedTuple):
    """Money of a region's single account, in (positive) or out, under a number."""

    mof_div_code: str
    ref_no: str
    amount_fen: int


class Bank(Protocol):
    """The counterparty, as far as a domain below it must know it."""

    def transfer(self, conn: Conn, moves: Sequence[Transfer], *, on: date, seed: int = 0) -> int:
        """Other money of single accounts, each (region, number) once; how many are new."""

    def collect_revenue(self, conn: Conn, receipts: Sequence[Collected], *, on: date, seed: int = 0) -> int:
        """Credit a day's revenue, each (region, code, fund) of a paper once a day; how many are new."""
