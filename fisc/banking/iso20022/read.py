"""One door for everything that a bank sends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fisc.banking.iso20022.errors import MessageRefused
from fisc.banking.iso20022.model import Notification, Statement, StatusReport
from fisc.banking.iso20022.pain002 import read_status_report
from fisc.banking.iso20022.schema import (
    CAMT_053,
    CAMT_054,
    PAIN_001,
    PAIN_002,
    READ_AS,
    REPORT,
    family_of,
    kind_of,
)
from fisc.banking.iso20022.statements import read_notifications, read_reports, read_statements

Incoming = StatusReport | Statement | Notification

_READERS: dict[str, Callable[[bytes], Sequence[Incoming]]] = {
    family_of(PAIN_002): lambda data: [read_status_report(data)],
    REPORT: read_reports,
    family_of(CAMT_053): read_statements,
    family_of(CAMT_054): read_notifications,
}


def read_messages(data: bytes) -> tuple[str, Sequence[Incoming]]:
    """The kind and the contents of an incoming file, or MessageRefused (malformed, foreign, not for us).

    A file has one answer, or a statement (notification) for each account and day that it tells of.
    """
    kind = kind_of(data)
    reader = _READERS.get(family_of(kind))
    if reader is None:
        raise MessageRefused(
            f"{kind} 是发往银行的报文，不能作为回单收取",
            rule=f"收取的报文限 ISO 20022 {READ_AS}（{family_of(PAIN_001)} 是发出的）",
            hint="请核对文件",
        )
    return kind, reader(data)


def read_message(data: bytes) -> tuple[str, Incoming]:
    """As `read_messages`, of a file with one content."""
    kind, found = read_messages(data)
    if len(found) != 1:
        raise MessageRefused(f"报文含 {len(found)} 个账户的内容", rule="此处一份报文只含一个账户")
    return kind, found[0]
