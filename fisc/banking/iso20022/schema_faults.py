"""What is wrong in a message by its schema, in words: the schema's reader says it in its own language."""

from __future__ import annotations

import re
from typing import Any, Final

#: Kind of fault, as the reader names it -> what is said of the element; `{value}` is what stands in it.
_WORDS: Final = {
    "SCHEMAV_ELEMENT_CONTENT": "此处不该有，或前面少了必有的元素{wanted}",
    "SCHEMAV_CVC_PATTERN_VALID": "的值“{value}”不合规定的写法",
    "SCHEMAV_CVC_ENUMERATION_VALID": "的值“{value}”不是规定的代码",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "的值有 {has} 字，至多 {may} 字",
    "SCHEMAV_CVC_MINLENGTH_VALID": "的值有 {has} 字，至少 {may} 字",
    "SCHEMAV_CVC_LENGTH_VALID": "的值有 {has} 字，应有 {may} 字",
    "SCHEMAV_CVC_FRACTIONDIGITS_VALID": "的值“{value}”小数位太多",
    "SCHEMAV_CVC_TOTALDIGITS_VALID": "的值“{value}”位数太多",
    "SCHEMAV_CVC_MININCLUSIVE_VALID": "的值“{value}”太小",
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": "的值“{value}”太大",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "的值“{value}”不合它的类型（日期、数字或代码）",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": "里应只有文字，不该有元素",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "里应只有元素，不该有文字",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "不该有这个属性",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": "不该有这个属性",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "缺少必有的属性",
    "SCHEMAV_CVC_ELT_1": "不是这种报文的元素",
}
#: Kind of fault of XML itself, as the reader names it -> what is said of it.
_XML: Final = {
    "ERR_DOCUMENT_END": "根元素之后还有别的内容，一份文件只有一份报文",
    "ERR_RESERVED_XML_NAME": "报文中间又有一个文件头（<?xml），一份文件只有一份报文",
    "ERR_UNDECLARED_ENTITY": "引用了没有定义的实体", "WAR_UNDECLARED_ENTITY": "引用了没有定义的实体",
    "ERR_INVALID_ENCODING": "有不合文件头所写编码（没有写的是 UTF-8）的字节",
    "ERR_INVALID_CHAR": "有 XML 不容许的字符，或不合文件头所写编码的字节",
    "ERR_UNSUPPORTED_ENCODING": "文件头写明的编码无法识别",
    "ERR_UNKNOWN_ENCODING": "文件头写明的编码无法识别",
    "ERR_RESOURCE_LIMIT": "元素嵌套太深，或一个元素的文字太长",
    "ERR_TAG_NAME_MISMATCH": "元素的起止标记不成对",
    "ERR_NAME_TOO_LONG": "元素的名称太长", "ERR_ATTRIBUTE_REDEFINED": "元素的属性重复",
}  # fmt: skip
_ELEMENT: Final = re.compile(r"Element '(?:\{[^}]*\})?([^']*)'")
_ATTRIBUTE: Final = re.compile(r"attribute '([^']*)'")
_VALUE: Final = re.compile(r"(?:The value |\} )?'([^']*)' (?:is not|has|exceeds)|[Tt]he value '([^']*)'")
_WANTED: Final = re.compile(r"Expected is (?:one of )?\( (.*?) \)")
_LENGTH: Final = re.compile(r"length of '(\d+)'")
_NAMESPACED: Final = re.compile(r"##[a-z:]+|\{[^}]*\}")
#: Signs of a value that are shown.
_SHOWN: Final = 60


def words_of(fault: Any) -> str:
    """What is wrong, and where, of a fault that a reader of XML noted (`lxml`'s log entry)."""
    told = str(fault.message)
    element, attribute = _first(_ELEMENT, told), _first(_ATTRIBUTE, told)
    where = f"第 {fault.line} 行" if fault.line else ""
    about = f"元素 {element}{f' 的属性 {attribute} ' if attribute else ' '}" if element else ""
    words = {**_XML, **_WORDS}.get(fault.type_name, "不合结构定义" if about else "不合 XML 的写法")
    found = _NAMESPACED.sub("", _first(_WANTED, told))
    wanted = f"（此处应为 {'、'.join(part.strip() for part in found.split(','))}）" if found else ""
    has, may = (*_LENGTH.findall(told), "", "")[:2]
    return where + about + words.format(value=_first(_VALUE, told)[:_SHOWN], wanted=wanted, has=has, may=may)


def words_of_xml(error: Exception) -> str:
    """Where, and why, a file is no XML any more, of an error of its reader."""
    line, column = getattr(error, "position", (0, 0))
    last = next(iter(reversed(getattr(error, "error_log", None) or [])), None)
    why = _XML.get(last.type_name, "") if last is not None and line else ""
    where = f"第 {line} 行第 {column} 字起" if line else ""
    return f"{where}{why or '不合 XML 的写法'}" if where else "没有根元素，或一段文字太长"


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return next((one for one in found.groups() if one is not None), "") if found else ""
