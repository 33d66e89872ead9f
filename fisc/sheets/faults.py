"""What is wrong in a file is a value with a place; what refuses a file names all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from fisc.kernel.errors import FiscError

if TYPE_CHECKING:
    from fisc.sheets.table import Table

RULE_FILE = "导入文件须完整、可读，表头齐全"
RULE_ROWS = "文件整批成功或整批不入，逐行说明（会计法第十四条：原始凭证须真实、完整）"
#: How many faults a message names; `RowsRefused.faults` has all of them.
NAMED = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a cell or a row, and what to do about it."""

    row: int
    """The file's row, from 1; 0 where the whole table is meant."""
    column: str
    """The column's heading as it stands in the file; '' where the whole row is meant."""
    problem: str
    remedy: str = ""
    sheet: str = ""
    cell: str = ""
    """The address, as C7; '' where no single cell is meant."""
    code: str = ""
    """The kind of fault, for machines: value, missing, error_cell, cut_number, hidden, short, ..."""

    @property
    def place(self) -> str:
        """`sheet!cell`; the cell alone in a file without sheets."""
        return f"{self.sheet}!{self.cell}" if self.sheet and self.cell else self.cell or self.sheet

    def __str__(self) -> str:
        named = "" if self.problem.startswith(self.column) else f"{self.column} "
        where = f"第 {self.row} 行 {named}" if self.row else ""
        what = f"{self.problem}，{self.remedy}" if self.remedy else self.problem
        return f"{where}{what}（{self.place}）" if self.place else f"{where}{what}"


class FileRefused(FiscError):
    """The file as a whole cannot be read; nothing of it was taken."""

    def __init__(self, message: str, hint: str, **details: object) -> None:
        super().__init__(message, RULE_FILE, hint, details)


class RowsRefused(FiscError):
    """A file with faults: nothing of it was taken. `faults` names every one, in the order of rows."""

    def __init__(self, table: Table, faults: Iterable[Fault]) -> None:
        self.table = table
        self.faults = sorted(faults, key=lambda fault: fault.row)
        rows = len({fault.row for fault in self.faults})
        more = f"\n等共 {len(self.faults)} 处" if len(self.faults) > NAMED else ""
        named = "".join(f"\n{fault}" for fault in self.faults[:NAMED])
        super().__init__(
            f"{table.source.name} 有 {rows} 行不能导入，全部未登记：{named}{more}",
            rule=RULE_ROWS,
            hint="请按行更正后重新导入",
            details={"refused": rows, "faults": [asdict(fault) for fault in self.faults]},
        )


def by_row(faults: Sequence[Fault]) -> Mapping[int, str]:
    """What stands beside each row in the copy of the file."""
    said: dict[int, list[str]] = {}
    for fault in faults:
        where = f"{fault.column}：" if fault.column else ""
        said.setdefault(fault.row, []).append(
            f"{where}{fault.problem}" + (f"。怎么办：{fault.remedy}" if fault.remedy else "")
        )
    return {row: "；".join(texts) for row, texts in said.items()}
