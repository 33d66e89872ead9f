"""Entries as columns: what `ledger.post` takes, encoded once for one entry or a million.

A small set travels as arrays in one call (numbers as PostgreSQL binary arrays built by
numpy, texts as one string joined by 0x1f). A large set is copied into two temporary
tables first: a single message of a hundred megabytes takes the client library longer to
send than the server to post.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

from fisc.kernel.errors import LedgerError

# numpy and polars take longer to load than a look at the ledger takes: who posts many lines waits for them
if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SEPARATOR = "\x1f"


#: A column of numbers: a list, or an array where there are many.
Numbers: TypeAlias = "Sequence[int] | npt.NDArray[Any]"


class IntArray:
    """A column of numbers bound for a PostgreSQL array; subclasses say of which elements."""

    width = 8
    element_oid = 20  # bigint
    array_oid = 1016
    #: What PostgreSQL counts from.
    origin = 0

    def __init__(self, values: Numbers) -> None:
        self.values = values


class SmallInts(IntArray):
    """smallint[]."""

    width, element_oid, array_oid = 2, 21, 1005


class Ints(IntArray):
    """integer[]."""

    width, element_oid, array_oid = 4, 23, 1007


class BigInts(IntArray):
    """bigint[]."""


class Dates(IntArray):
    """date[] from proleptic ordinals (`date.toordinal()`)."""

    width, element_oid, array_oid = 4, 1082, 1182
    origin = 730_120  # date(2000, 1, 1).toordinal()


#: Up to so many numbers are packed one by one: numpy takes longer to begin than to do it.
_FEW = 64


class _ArrayDumper(Dumper):
    """Writes an `IntArray` in PostgreSQL's binary array format."""

    format = Format.BINARY

    def dump(self, obj: IntArray) -> Buffer:
        """Header, then length and big-endian value of each element."""
        count = len(obj.values)
        if not count:
            return struct.pack(">iii", 0, 0, obj.element_oid)
        head = (1, 0, obj.element_oid, count, 1)
        if count <= _FEW:
            cells = (n for value in obj.values for n in (obj.width, int(value) - obj.origin))
            try:
                return struct.pack(f">5i{_CELL[obj.width] * count}", *head, *cells)
            except struct.error:
                raise _too_large() from None
        body = _elements(count, obj.width)
        body["length"] = obj.width
        body["value"] = whole = _whole(obj.values) - obj.origin
        if (body["value"] != whole).any():
            raise _too_large()
        return struct.pack(">5i", *head) + body.tobytes()


def _too_large() -> LedgerError:
    return LedgerError("有一个数超出账上可记的范围", rule="期间、行数等为整数", hint="请核对凭证的各项")


_CELL = {2: "ih", 4: "ii", 8: "iq"}


def _elements(count: int, width: int) -> npt.NDArray[Any]:
    """Room for `count` elements of a binary array: a length and a big-endian value each."""
    import numpy as np

    return np.empty(count, dtype=np.dtype([("length", ">i4"), ("value", f">i{width}")]))


def _register_arrays() -> None:
    """Teach psycopg to send `IntArray`s, which are ours alone."""
    for kind in (SmallInts, Ints, BigInts, Dates):
        dumper = type(f"{kind.__name__}Dumper", (_ArrayDumper,), {"oid": kind.array_oid})
        psycopg.adapters.register_dumper(kind, dumper)


_register_arrays()


def joined(texts: Sequence[str]) -> str:
    """`texts` as one string for `ledger.split`; the separator may not occur in them."""
    whole = SEPARATOR.join(texts)
    if whole.count(SEPARATOR) != max(len(texts) - 1, 0) or "\x00" in whole or not _is_utf8(whole):
        raise LedgerError(
            "凭证文字里有控制字符", rule="文字不得含 0x00、0x1f", hint="请清除不可见字符后再记账"
        )
    return whole


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


@dataclass(frozen=True, slots=True)
class EntryColumns:
    """A set of entries as columns of equal length, and their lines as another.

    `region` and `account` and `coding` hold the ledger's ids. `line_entry` holds, for each
    line, the 1-based position of its entry. `amount_fen` is signed, debit positive.
    `business_date` holds ordinals; `document_id` and `reverses_id` are 0 where there is none.
    """

    region: Numbers
    period: Numbers
    business_date: Numbers
    document_id: Numbers
    reverses_id: Numbers
    line_count: Numbers
    natural_key: Sequence[str]
    source_ref: Sequence[str]
    rule_code: Sequence[str]
    summary: Sequence[str]
    line_entry: Numbers
    line: Numbers
    account: Numbers
    coding: Numbers
    amount_fen: Numbers
    side: Numbers

    def __len__(self) -> int:
        return len(self.natural_key)

    def parameters(self) -> dict[str, Any]:
        """The arguments of `ledger.post`, by name."""
        return {
            "e_region": SmallInts(self.region), "e_period": Ints(self.period),
            "e_date": Dates(self.business_date), "e_document": BigInts(self.document_id),
            "e_reverses": BigInts(self.reverses_id), "e_lines": SmallInts(self.line_count),
            "e_key": joined(self.natural_key), "e_source_ref": joined(self.source_ref),
            "e_rule": joined(self.rule_code), "e_summary": joined(self.summary),
            "p_entry": Ints(self.line_entry), "p_line": SmallInts(self.line),
            "p_account": SmallInts(self.account), "p_coding": Ints(self.coding),
            "p_amount": BigInts(self.amount_fen), "p_side": SmallInts(self.side),
        }  # fmt: skip

    def staged_entries(self) -> bytes:
        """The entries as CSV for `given_entry`; refuses the same texts as `parameters`."""
        for texts in (self.natural_key, self.source_ref, self.rule_code, self.summary):
            joined(texts)
        import numpy as np
        import polars as pl

        frame = pl.DataFrame({
            "ord": np.arange(1, len(self) + 1), "region": _whole(self.region), "period": _whole(self.period),
            "date": pl.Series(_whole(self.business_date) - _UNIX_EPOCH).cast(pl.Int32).cast(pl.Date),
            "document": _whole(self.document_id), "reverses": _whole(self.reverses_id),
            "lines": _whole(self.line_count), "key": self.natural_key, "source_ref": self.source_ref,
            "rule": self.rule_code, "summary": self.summary,
        })  # fmt: skip
        return frame.write_csv(include_header=False, quote_style="non_numeric").encode()

    def staged_lines(self) -> bytes:
        """The lines as CSV for `given_line`."""
        import polars as pl

        columns = {"entry": self.line_entry, "line": self.line, "account": self.account,
                   "coding": self.coding, "amount": self.amount_fen, "side": self.side}  # fmt: skip
        frame = pl.DataFrame({name: _whole(values) for name, values in columns.items()})
        return frame.write_csv(include_header=False).encode()


_UNIX_EPOCH = 719_163  # date(1970, 1, 1).toordinal()


def _whole(values: Numbers) -> npt.NDArray[np.int64]:
    import numpy as np

    return np.asarray(values, dtype=np.int64)
