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
from fisc.banking.iso20022.known import unknown_in
from fisc.banking.iso20022.schema_faults import words_of, words_of_xml
from fisc.banking.iso20022.whole_file import trimmed, unpadded

PAIN_001 = "pain.001.001.09"
PAIN_002 = "pain.002.001.12"
CAMT_053 = "camt.053.001.08"
CAMT_054 = "camt.054.001.08"
KINDS = (PAIN_001, PAIN_002, CAMT_053, CAMT_054)
#: The family of reports of a day that goes on: each tells what the one before told, and more.
REPORT = "camt.052"
#: Messages that are read, by their first two parts, and the versions of each.
FAMILIES: Final = {
    PAIN_001[:8]: range(9, 10), PAIN_002[:8]: range(3, 15), REPORT: range(1, 14),
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
    data = trimmed(data)
    try:
        root = _root(data[:_HEAD])
    except (etree.XMLSyntaxError, StopIteration):  # it stands further down, or nowhere
        try:
            root = _root(data)
        except (etree.XMLSyntaxError, StopIteration) as error:
            raise (
                _malformed(_where(error, data)) if data.startswith((b"<", *_UTF_16)) else _no_xml(data)
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
    kind, data = found, unpadded(trimmed(data))
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
                if schema is None:
                    _require_own(element, prefix)
                    _require_known(element, len(prefix))
                yield name, element
            _forget(element)
    except etree.XMLSyntaxError as error:
        raise _invalid(kind, reader.error_log, error, data) from None
    if not is_whole:
        raise _malformed("文件在中途断开")


#: What is no part of the message is under this name, in any namespace.
_FOREIGN: Final = "SplmtryData"


def _require_own(element: Element, prefix: str) -> None:
    """Raise MessageRefused for an element of another message inside: it would be passed over in silence.

    Where a schema is shipped, that tells.
    """
    outside = prefix + _FOREIGN
    for inner in element.iter():
        if not inner.tag.startswith(prefix) and not any(a.tag == outside for a in inner.iterancestors()):
            raise _malformed(f"元素 {str(inner.tag)[:_SHOWN]} 是别的命名空间的")


def _require_known(element: Element, strip: int) -> None:
    """Raise MessageRefused for what no version has where something is read: it would be passed over, too."""
    if unknown := unknown_in(element, strip):
        raise MessageRefused(
            f"报文里有不认识的元素 {unknown}", rule="ISO 20022 报文结构", hint="请退回对方更正后重发"
        )


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


#: How XML of two bytes a sign begins.
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff", b"\0<")


def _where(error: Exception, data: bytes) -> str:
    """Where XML is none any more, and why; a reader that goes by a schema does not say it."""
    if not getattr(error, "position", (0, 0))[0]:
        error = _fault_of(data) or error
    return words_of_xml(error)


class _Nothing:
    """Takes in events of XML and keeps none."""

    def close(self) -> None: ...


def _fault_of(data: bytes) -> etree.XMLSyntaxError | None:
    """The first place where `data` is no XML, whatever it says."""
    try:
        etree.parse(BytesIO(data), etree.XMLParser(target=_Nothing(), **_SAFE))
    except etree.XMLSyntaxError as error:
        return error
    return None


def _no_xml(data: bytes) -> MessageRefused:
    """The refusal of a file that is something else: a flat bank file, as a rule."""
    line = data.split(b"\n")[0]
    try:
        begins = line.decode("utf-8-sig")[:_SHOWN].strip()
    except UnicodeDecodeError:  # as banks' files of text are
        begins = line.decode("gb18030", "replace")[:_SHOWN].strip()
    begins = "".join(sign if sign.isprintable() else "·" for sign in begins)
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


def _invalid(kind: str, told: Any, error: etree.XMLSyntaxError, data: bytes) -> MessageRefused:
    """`told` is what the reader of this message noted: the error's own log is one for all that is read."""
    first = next(iter(told), None)
    why = words_of(first) if first is not None else _where(error, data)
    return MessageRefused(
        f"{kind} 报文不合格式：{why}",
        rule=f"ISO 20022 {kind} 结构定义",
        hint="整份报文未予采信；请退回对方更正后重发",
        details={"kind": kind, "why": why},
    )
