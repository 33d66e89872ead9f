"""What people do with officers, books and elements, whatever the domain."""

from __future__ import annotations

from typing import Final

from fisc.documents.use_case import UseCase
from fisc.registry import officers
from fisc.registry.officers import ADMIN

USE_CASES: Final = (
    UseCase("officers.register", officers.register_officers, name="登记人员与岗位", duty=ADMIN),
    UseCase("officers.list", officers.officers, name="人员及其岗位"),
)
