"""How large each row is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes of the rows. `small` shows that each row runs; only `full` is for the record."""

    name: str
    rounds: int
    tpcb_scale: int
    tpcb_seconds: int
    payments: int
    applications: int
    quotas: int
    single_seconds: float
    pay_lines: int
    pay_codings: int
    vouchers: int
    voucher_objects: int
    postings: int
    journal_entries: int
    orm_payments: int
    stage_payments: int
    stage_singles: int
    growth: tuple[int, ...]
    growth_set: int
    reconciled: int
    cities: tuple[float, float]


FULL = Scale(
    name="full", rounds=3, tpcb_scale=100, tpcb_seconds=6, payments=100_000, applications=30_000,
    quotas=5_000, single_seconds=6,
    pay_lines=1_000_000, pay_codings=2_000, vouchers=1_000_000, voucher_objects=200_000,
    postings=10_000_000, journal_entries=100_000, orm_payments=2_000,
    stage_payments=20_000, stage_singles=200, growth=(10_000, 100_000, 1_000_000), growth_set=5_000,
    reconciled=100_000, cities=(0.1, 1.0),
)  # fmt: skip

SMALL = Scale(
    name="small", rounds=1, tpcb_scale=1, tpcb_seconds=1, payments=3_000, applications=2_000,
    quotas=200, single_seconds=1,
    pay_lines=5_000, pay_codings=50, vouchers=5_000, voucher_objects=1_000,
    postings=20_000, journal_entries=500, orm_payments=50,
    stage_payments=100, stage_singles=5, growth=(50, 100), growth_set=50, reconciled=1_000,
    cities=(0.01, 0.02),
)  # fmt: skip

SCALES = {scale.name: scale for scale in (FULL, SMALL)}
