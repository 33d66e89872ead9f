"""Errors of the ledger: what was refused, by which rule, and what to do.

Every refusal that a person may see is a `FiscError`. Its `message` says what was
refused, `rule` names the rule (with its number where a law has one), and `hint`
says what to do next. `details` carries the same facts for machines.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

import psycopg

from fisc.store.os_faults import is_full


def shown(text: str) -> str:
    """What people typed, on one line as messages name it: signs that nobody sees are written as escapes."""
    if text.isprintable():
        return text
    is_seen = (one.isprintable() or unicodedata.category(one) == "Zs" for one in text)
    return "".join(one if seen else repr(one)[1:-1] for one, seen in zip(text, is_seen, strict=True))


def _seen(said: str) -> str:
    """As `shown`, of what is said in several lines: who lists things puts each on a line."""
    return said if said.isprintable() else "\n".join(map(shown, said.split("\n")))


class FiscError(Exception):
    """A refusal in words for people; nothing was posted. Of its signs all are seen, whatever it names."""

    def __init__(
        self, message: str, rule: str = "", hint: str = "", details: Mapping[str, Any] | None = None
    ) -> None:
        message, hint = _seen(message), _seen(hint)
        super().__init__(message)
        self.message = message
        self.rule = rule
        self.hint = hint
        self.details: dict[str, Any] = dict(details or {})

    def __reduce__(self) -> tuple[Any, ...]:
        """As it is, whatever its class is made from: a refusal may come from another process."""
        return _again, (type(self), self.args), self.__dict__

    def __str__(self) -> str:
        parts = [self.message]
        if self.rule:
            parts.append(f"依据：{self.rule}")
        if self.hint:
            parts.append(f"怎么办：{self.hint}")
        return "。".join(part.rstrip("。") for part in parts) + "。"


def _again(kind: type[FiscError], said: tuple[object, ...]) -> FiscError:
    """A refusal without its facts, which follow."""
    return kind.__new__(kind, *said)


class LedgerError(FiscError):
    """The ledger refused an entry."""


class UnbalancedEntry(LedgerError):
    """An entry does not sum to zero in one of its books."""


class QuotaShortfall(LedgerError):
    """A control balance would fall below its floor."""


class CashShortfall(LedgerError):
    """A region's cash would fall below zero."""


class PeriodClosed(LedgerError):
    """The accounting period is closed, or was never opened."""


class DuplicateConflict(LedgerError):
    """A natural key was posted before with other content."""


class UnknownAccount(LedgerError):
    """An account, coding block or region that the ledger does not know."""


class AppendOnly(LedgerError):
    """Somebody tried to change or delete what was posted."""


class NotKnown(FiscError):
    """What was asked as of a past moment is not kept with its history; the present is no answer to it."""


class StoreBusy(FiscError):
    """The database kept refusing for reasons of concurrency; nothing was posted."""


class StoreUnavailable(StoreBusy):
    """The database could not serve, for a reason that is no fault of what was asked."""


class StoreFull(StoreUnavailable):
    """The database has no room left on its disk; nothing was done."""


class StoreLost(StoreUnavailable):
    """The connection to the database ended, or there was none; the message says whether anything was done."""


# SQLSTATEs raised by the functions in fisc/kernel/sql. Class "FS" is ours.
_BY_SQLSTATE: dict[str, type[FiscError]] = {
    "FS001": UnbalancedEntry,
    "FS002": QuotaShortfall,
    "FS003": PeriodClosed,
    "FS004": DuplicateConflict,
    "FS005": UnknownAccount,
    "FS006": AppendOnly,
    "FS007": LedgerError,
    "FS008": NotKnown,
    "FS009": CashShortfall,
}


def know_refusal(sqlstate: str, kind: type[FiscError]) -> None:
    """Name the refusal that a guard of a layer above raises under an SQLSTATE of the class "FS"."""
    _BY_SQLSTATE[sqlstate] = kind


def translate(error: psycopg.Error) -> FiscError | None:
    """The `FiscError` that a database refusal stands for, or None if it is not ours.

    The database raises MESSAGE (what), DETAIL (JSON facts, with `rule`) and HINT.
    """
    if isinstance(error, psycopg.errors.ForeignKeyViolation) and error.diag.schema_name == "ledger":
        return UnknownAccount(
            "凭证用了账上没有的科目或要素组合",
            rule="先设科目、先登记要素",
            hint="请核对科目与要素组合",
            details={"detail": error.diag.message_detail},
        )
    if isinstance(error, psycopg.OperationalError) and _is_full(error):
        return StoreFull(
            "数据库所在的磁盘已满，没有办理", rule="写不下的一笔也不留，已办成的都在", hint="请腾出空间后再办"
        )
    kind = _BY_SQLSTATE.get(error.sqlstate or "")
    if kind is None:
        return _not_acceptable(error)
    details = _facts(error.diag.message_detail)
    return kind(
        error.diag.message_primary or "账务拒绝了这笔凭证",
        rule=str(details.pop("rule", "")),
        hint=error.diag.message_hint or "",
        details=details,
    )


def _is_full(error: psycopg.Error) -> bool:
    """Whether the server has no room; one that cannot even take a connection for that says so in its text."""
    return isinstance(error, psycopg.errors.DiskFull) or (error.sqlstate is None and is_full(error))


#: How grave an error is after which the server ends the connection.
_ENDS: Final = ("FATAL", "PANIC")


def is_lost(error: psycopg.Error) -> bool:
    """Whether an error is the end of the connection, or of there being none; else the server refused."""
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.diag.severity_nonlocalized in _ENDS


def lost(*, is_unsure: bool) -> StoreLost:
    """What is said where the connection ended; `is_unsure` where a commit may have been on its way."""
    if is_unsure:
        return StoreLost(
            "数据库连接中断，不能确定是否已办理", rule="同一业务编号只办理一次",
            hint="请用同一业务编号重新提交；已办理的会返回原结果",
        )  # fmt: skip
    return StoreLost(
        "数据库连接中断，没有办理", rule="没有提交的一笔也不留",
        hint="请稍后重新提交；数据库的情形见 fisc db status",
    )  # fmt: skip


#: What PostgreSQL refuses of a value, in the words of who gave it: what, rule, hint.
_VALUES: Final[tuple[tuple[type[psycopg.Error], tuple[str, str, str]], ...]] = (
    (psycopg.errors.UniqueViolation, (
        "同一事项已另有一笔办成，这一笔没有办", "同一事项只办一次", "请先查看已办成的一笔")),
    (psycopg.errors.StringDataRightTruncation, (
        "有一栏文字太长", "文字的长度以登记簿可记的为限", "请缩短后重新填写")),
    (psycopg.errors.NumericValueOutOfRange, (
        "有一个数超出可记的范围", "金额、期间、行数等在账上可记的范围内", "请核对各栏的数字")),
    (psycopg.errors.UntranslatableCharacter, (
        "文字里有不能保存的字符", "文字是可印的字符", "请重新录入这一栏，不要从损坏的文件中复制")),
)  # fmt: skip
#: What the ledger's tables refuse by a constraint (kernel/sql/012_bounds.sql): what, rule, hint.
_BOUNDS: Final[dict[str, tuple[str, str, str]]] = {
    "entry_in_bounds": (
        "凭证没有编号、不足两行，或业务日期不是账簿可记的日期",
        "每笔凭证有编号、至少一借一贷，日期在 1949 年至 2199 年之间", "请核对凭证各栏"),
    "day_of_paper": ("单据的日期不是账簿可记的日期", "日期在 1949 年至 2199 年之间", "请核对日期"),
    "year_of_books": ("年度不是账簿可记的年度", "年度在 1949 年至 2199 年之间", "请核对年度"),
    "posting_in_bounds": (
        "有一行金额为零、超出账上可记的范围，或不分借贷",
        "金额是整数分，不超过 2 的 62 次方；一行分录非借即贷", "请核对金额与单位"),
}  # fmt: skip
_OTHER_VALUE: Final = (
    "凭证里有账务不能接受的值", "金额、期间、方向与文字须在账务可记的范围内", "请核对凭证各栏",
)  # fmt: skip


def _not_acceptable(error: psycopg.Error) -> LedgerError | None:
    """Values no column takes: out of range, of another form, against a constraint. The cause says more."""
    if not isinstance(error, psycopg.DataError | psycopg.IntegrityError):
        return None
    kind = psycopg.errors.UntranslatableCharacter if error.sqlstate is None else type(error)
    bound = _BOUNDS.get(error.diag.constraint_name or "", _OTHER_VALUE)
    what, rule, hint = next((words for one, words in _VALUES if issubclass(kind, one)), bound)
    return LedgerError(what, rule=rule, hint=hint)


def _facts(detail: str | None) -> dict[str, Any]:
    if not detail:
        return {}
    try:
        facts = json.loads(detail)
    except ValueError:
        return {"detail": detail}
    return facts if isinstance(facts, dict) else {"detail": facts}
