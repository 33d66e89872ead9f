"""The compiled schemas, and the one way in: bytes are parsed and validated in one streaming pass.

External entities, document types and oversized text are refused: a bank file is data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Final

from lxml import etree

from fisc.banking.iso20022.errors import MessageRefused
from fisc.banking.iso20022.schema_faults import words_of

PAIN_001 = "pain.001.001.09"
PAIN_002 = "pain.002.001.12"
CAMT_053 = "camt.053.001.08"
CAMT_054 = "camt.054.001.08"
KINDS = (PAIN_001, PAIN_002, CAMT_053, CAMT_054)
#: Messages that are read, by their first two parts, and the versions of each.
FAMILIES: Final = {
    PAIN_001[:8]: range(9, 10), PAIN_002[:8]: range(3, 15), "camt.052": range(1, 14),
    CAMT_053[:8]: range(1, 14), CAMT_054[:8]: range(1, 14),
}  # fmt: skip
READ_AS: Final = "、".join(
    f"{family}.001.{of[0]:02d}{f' 至 001.{of[-1]:02d}' if len(of) > 1 else ''}"
    for family, of in FAMILIES.items()
)

_ROOT = "Document"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"

Element = Any

_SAFE: dict[str, Any] = {
    "resolve_entities": False, "no_network": True, "load_dtd": False, "remove_comments": True,
    "remove_pis": True,
}  # fmt: skip


def family_of(kind: str) -> str:
    """Which message a kind is, whatever its version: camt.053 of camt.053.001.02."""
    return kind[:8]


def is_read(kind: str) -> bool:
    """Whether messages of this kind and version are read."""
    family, variant, version = kind[:8], kind[8:13], kind[13:]
    is_version = variant == ".001." and re.fullmatch("[0-9]{2}", version) is not None
    return is_version and family in FAMILIES and int(version) in FAMILIES[family]


def is_checked(kind: str) -> bool:
    """Whether a schema of this version is shipped; without one a message is read by its elements' names."""
    return kind in KINDS


@cache
def compiled(kind: str) -> Any:
    """The schema of a message kind, compiled once per process (about 3 ms)."""
    text = (files("fisc.banking.iso20022") / "schemas" / f"{kind}.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(text))


#: Of a message, what is read first to know its root.
_HEAD = 2048


def kind_of(data: bytes) -> str:
    """Which message `data` is, by the namespace of its root; raises MessageRefused for any other."""
    try:
        root = _root(data[:_HEAD])
    except (etree.XMLSyntaxError, StopIteration):  # it stands further down, or nowhere
        try:
            root = _root(data)
        except (etree.XMLSyntaxError, StopIteration) as error:
            raise (
                _no_xml(data) if not data.lstrip(_BLANK).startswith(b"<") else _malformed(_where(error))
            ) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _malformed("含有文档类型声明（DOCTYPE）")
    kind = str(root.tag).removeprefix(f"{{{NAMESPACE}").removesuffix("}Document")
    if not is_read(kind):
        raise MessageRefused(
            f"报文的根元素是 {root.tag}，不是本系统收发的报文",
            rule=f"代理银行报文限 ISO 20022 {READ_AS}",
            hint="请核对文件来源和报文版本",
        )
    return kind


def _root(data: bytes) -> Element:
    """The root element, as soon as it begins."""
    _, root = next(iter(etree.iterparse(BytesIO(data), events=("start",), **_SAFE)))
    return root


def stream(data: bytes, kind: str, names: tuple[str, ...]) -> Iterator[tuple[str, Element]]:
    """Local name and element of each `names` element as it closes; each is emptied afterwards.

    `kind` may be another version of the message. Validates against the version's schema on the way, where one
    is shipped: what was yielded may be believed only when the iteration has ended. Raises MessageRefused
    where `data` is another message or not valid.
    """
    found = kind_of(data)
    if family_of(found) != family_of(kind):
        raise MessageRefused(f"这是 {found} 报文，此处应为 {kind}", hint="请从对应的入口收取")
    kind = found
    prefix = f"{{{NAMESPACE}{kind}}}"
    tags = tuple(prefix + name for name in (*names, _ROOT))
    is_whole = False
    schema = compiled(kind) if is_checked(kind) else None
    reader = etree.iterparse(BytesIO(data), tag=tags, schema=schema, **_SAFE)
    try:
        for _, element in reader:
            name = element.tag[len(prefix) :]
            if name == _ROOT:
                is_whole = True  # a reader of events does not always object to a file that breaks off
            else:
                yield name, element
            _forget(element)
    except etree.XMLSyntaxError as error:
        raise _invalid(kind, reader.error_log, error) from None
    if not is_whole:
        raise _malformed("文件在中途断开")


def _forget(element: Element) -> None:
    """Empty an element and drop the like of it before it: memory does not grow with the file."""
    element.clear()
    before = element.getprevious()
    if before is not None and before.tag == element.tag:
        element.getparent().remove(before)


def validate(data: bytes) -> str:
    """The kind of a message, valid against its schema; raises MessageRefused otherwise."""
    kind = kind_of(data)
    for _ in stream(data, kind, _LINES):
        pass
    return kind


#: The repeated elements of the four messages.
_LINES = ("CdtTrfTxInf", "TxInfAndSts", "Ntry")


#: What may stand before the first sign of XML: spaces and the mark of UTF-8.
_BLANK: Final = b" \t\r\n\xef\xbb\xbf"


def _where(error: Exception) -> str:
    """Where XML is none any more."""
    line, column = getattr(error, "position", (0, 0))
    return f"第 {line} 行第 {column} 字起不合 XML 的写法" if line else "没有根元素"


def _no_xml(data: bytes) -> MessageRefused:
    """The refusal of a file that is something else: a flat bank file, as a rule."""
    line = data.split(b"\n")[0]
    try:
        begins = line.decode("utf8")[:_SHOWN].strip()
    except UnicodeDecodeError:  # as banks' files of text are
        begins = line.decode("gb18030", "replace")[:_SHOWN].strip()
    return MessageRefused(
        f"文件不是 XML 报文，开头是“{begins}”" if begins else "文件不是完整的 XML 报文：是空的",
        rule="不写明银行文件格式的，按 ISO 20022 报文收取",
        hint="银行给的若是文本文件，请用 --layout（接口的 layout）写明它的格式；否则请核对选对了文件",
    )


#: Signs that a message shows of a file that is no XML.
_SHOWN: Final = 60


def _malformed(why: str) -> MessageRefused:
    return MessageRefused(
        f"文件不是完整的 XML 报文：{why}",
        rule="报文须完整、无外部引用",
        hint="请核对文件是否传输完整，向对方索取原文件重收",
    )


def _invalid(kind: str, told: Any, error: etree.XMLSyntaxError) -> MessageRefused:
    """`told` is what the reader of this message noted: the error's own log is one for all that is read."""
    first = next(iter(told), None)
    why = words_of(first) if first is not None else _where(error)
    return MessageRefused(
        f"{kind} 报文不合格式：{why}",
        rule=f"ISO 20022 {kind} 结构定义",
        hint="整份报文未予采信；请退回对方更正后重发",
        details={"kind": kind, "why": why},
    )
