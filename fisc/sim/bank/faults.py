"""What goes wrong at a bank, and with which payment: rates, and a draw that depends on keys alone.

The same seed and the same voucher always meet the same fate, whatever came before and however often
the day is run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields

OK = "ok"
RETURNED = "returned"
RETURNED_LATER = "returned_later"
LATE = "late"
OUT_OF_ORDER = "out_of_order"
DUPLICATE = "duplicate"
ANSWERED_TWICE = "answered_twice"
PAID_TWICE = "paid_twice"
AMOUNT_DIFFERS = "amount_differs"
WRONG_PAYEE = "wrong_payee"
PAID_AFTER_RETURN = "paid_after_return"
UNKNOWN_RECEIPT = "unknown_receipt"
NO_VOUCHER = "no_voucher"
SILENT = "silent"

#: What happens when a fate is met.
FATES: Mapping[str, str] = {
    OK: "支付并回单",
    RETURNED: "退回，不支付",
    RETURNED_LATER: "支付后数日退汇",
    LATE: "支付，回单迟到",
    OUT_OF_ORDER: "支付，对账单先到、回单后到",
    DUPLICATE: "支付，同一回单报文送两次",
    ANSWERED_TWICE: "支付，另一报文再报一次",
    PAID_TWICE: "支付两次",
    AMOUNT_DIFFERS: "按另一金额支付",
    WRONG_PAYEE: "付给另一账户",
    PAID_AFTER_RETURN: "先退回，又支付",
    UNKNOWN_RECEIPT: "支付，另报一张不存在的凭证",
    NO_VOUCHER: "支付，另付一笔没有凭证的款项",
    SILENT: "不支付也不回单",
}

#: Reasons for sending a payment back, by code of the ISO 20022 external code set.
REASONS: Mapping[str, str] = {"AC01": "账号不存在", "AC04": "账户已销户", "BE01": "户名与账号不符"}

_STEPS = 1_000_000


@dataclass(frozen=True, slots=True)
class FaultProfile:
    """How many payments in a million meet each fate; all others go well. `late_days` is the longest delay."""

    returned: int = 0
    returned_later: int = 0
    late: int = 0
    out_of_order: int = 0
    duplicate: int = 0
    answered_twice: int = 0
    paid_twice: int = 0
    amount_differs: int = 0
    wrong_payee: int = 0
    paid_after_return: int = 0
    unknown_receipt: int = 0
    no_voucher: int = 0
    silent: int = 0
    late_days: int = 5

    def of(self, draw: int) -> str:
        """The fate of a draw from 0 to 999,999."""
        for field in fields(self)[:-1]:
            draw -= int(getattr(self, field.name))
            if draw < 0:
                return field.name
        return OK

    @property
    def is_flawless(self) -> bool:
        """Whether nothing goes wrong by itself."""
        return self.of(0) == OK


NO_FAULTS = FaultProfile()
#: What a treasury sees in an ordinary year (synthetic): returns and disorder, no error of the bank's own.
ORDINARY = FaultProfile(
    returned=3_000, returned_later=300, late=1_500, out_of_order=1_500, duplicate=1_000, answered_twice=300
)


def number(seed: int, *keys: object) -> int:
    """A 64-bit number that depends on the seed and the keys alone."""
    said = "\x1f".join(map(str, keys)).encode()
    return int.from_bytes(
        hashlib.blake2b(said, digest_size=8, key=seed.to_bytes(8, "big", signed=True)).digest(), "big"
    )


def draw(seed: int, *keys: object) -> int:
    """A number from 0 to 999,999 that depends on the seed and the keys alone."""
    return number(seed, *keys) % _STEPS


def reference(seed: int, *keys: object) -> str:
    """A bank's business number: 17 characters that depend on the seed and the keys alone."""
    return f"B{number(seed, *keys):016x}"


def reason(seed: int, key: str) -> tuple[str, str]:
    """Why a payment comes back."""
    codes = tuple(REASONS)
    code = codes[number(seed, "reason", key) % len(codes)]
    return code, REASONS[code]


def delay(seed: int, key: str, most: int) -> int:
    """By how many days something is late: 1 to `most`."""
    return 1 + number(seed, "delay", key) % most
