"""Which use cases give their answer as a file too, in which forms, and who writes it.

A command writes it with `--out NAME.pdf`, the API gives it at `/api/GROUP/VERB/print?format=pdf`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import psycopg

    from fisc.documents.use_case import UseCase

#: Forms of files and what they are called on the wire.
MEDIA: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_SLIPS: Final = ("pdf", "docx", "html")


@dataclass(frozen=True, slots=True)
class Printed:
    """The forms in which an answer is written, and the function that writes it: (conn, answer, form)."""

    forms: tuple[str, ...]
    write: Callable[[psycopg.Connection[Any], Any, str], bytes]


def printed(case: UseCase) -> Printed | None:
    """How a use case's answer is written as a file; None where it is not."""
    return _PRINTED.get(case.code)


def _vouchers(conn: psycopg.Connection[Any], answer: Sequence[Any], form: str) -> bytes:
    from fisc.report.slips.vouchers import slips_of

    return _slips(slips_of(conn, answer), form)


def _certificates(conn: psycopg.Connection[Any], answer: Sequence[Any], form: str) -> bytes:
    from fisc.report.slips.certificates import slips_of

    return _slips(slips_of(conn, answer), form)


def _slips(slips: Sequence[Any], form: str) -> bytes:
    """Slips in a form. Raises FontCoverageError for a character that no font of ours has."""
    from fisc.report.fonts import require_coverage

    require_coverage("".join(text for slip in slips for text in slip.texts()))
    made: bytes = import_module(f"fisc.report.slips.{form}").render(slips)
    return made


def _statements(conn: psycopg.Connection[Any], answer: Any, form: str) -> bytes:
    from fisc.closing.statements.workbook import write_statements
    from fisc.kernel.simulation import notice_of

    notice = notice_of(conn)
    return _workbook(lambda path: write_statements(path, answer.statements, notice=notice))


def _final_accounts(conn: psycopg.Connection[Any], answer: Any, form: str) -> bytes:
    from fisc.closing.final_accounts import write_final_accounts
    from fisc.kernel.simulation import notice_of

    notice = notice_of(conn)
    return _workbook(lambda path: write_final_accounts(path, answer.tables, answer.missing, notice=notice))


def _workbook(write: Callable[[Path], object]) -> bytes:
    """What `write` writes at a path."""
    with TemporaryDirectory(prefix="fisc-print-") as folder:
        path = Path(folder) / "book.xlsx"
        write(path)
        return path.read_bytes()


_PRINTED: Final[Mapping[str, Printed]] = {
    "books.voucher": Printed(_SLIPS, _vouchers),
    "treasury.show": Printed(_SLIPS, _certificates),
    "year-end.statements": Printed(("xlsx",), _statements),
    "year-end.final-accounts": Printed(("xlsx",), _final_accounts),
}
