"""Attachments of documents: files that stay with who has them, known here by name and SM3 digest.

An attachment is written 合同.pdf:66c7f0f4…, its name and 64 hexadecimal signs (GB/T 32905-2016), so that
whoever looks at it later can tell that it is the one that was decided on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives import hashes

RULE: Final = "附件以文件名和 SM3 摘要登记，事后可核对（会计档案管理办法，电子会计资料须可验证）"
HINT: Final = "请写作“文件名:SM3摘要”，文件名不含空格和分隔符；摘要可用 openssl dgst -sm3 文件名 求得"
#: What parts attachments in a list, and a name from its digest.
_APART: Final = re.compile(r"[\s,，;；、:：]+")
_FORM: Final = re.compile(r"(?P<name>[^:]+):(?P<digest>[0-9a-f]{64})")


def written(name: str, content: bytes) -> str:
    """A file as an attachment, its name without the signs that part attachments in a list."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return f"{_APART.sub('-', name)}:{digest.finalize().hex()}"


def fault_of(attachments: Sequence[str]) -> str:
    """What is wrong with attachments, in words; '' where nothing is."""
    forms = [_FORM.fullmatch(one) for one in attachments]
    if bad := [one for one, form in zip(attachments, forms, strict=True) if form is None]:
        return f"“{bad[0]}”不是文件名和 SM3 摘要"
    digests = [form["digest"] for form in forms if form]
    names = [form["name"] for form in forms if form]
    if len(set(digests)) < len(digests) or len(set(names)) < len(names):
        return "有同名或同一份的，每份只列一次"
    return ""
