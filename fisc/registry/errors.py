"""Refusals of the registry."""

from __future__ import annotations

from fisc.kernel.errors import FiscError, know_refusal


class RegistryError(FiscError):
    """The registry has no such thing, or its tables are malformed."""


class UnknownRule(RegistryError):
    """No posting rule for this event in this year."""


class DisabledElement(RegistryError):
    """An element (agency, project, payee, theme) that is not in use in that year."""


class UnknownRegion(RegistryError):
    """A division (财政区划) that neither the standard nor this database has."""


class BadRegion(RegistryError):
    """A division that cannot be recorded as it is written, or not again in another place."""


class UnknownElement(RegistryError):
    """An element (agency, project, payee, theme) that is not recorded for that year."""


class BadElement(RegistryError):
    """An element that cannot be recorded as it is written: a code, number or name of another form."""


class SameName(RegistryError):
    """A second payee of a name in a year: one payee has one code, unless both are persons."""


class MissingDuty(FiscError):
    """The officer is unknown, of another region, or does not hold the duty (岗位) of this step."""


class FourEyes(FiscError):
    """One person may not take both steps, or hold both duties (不相容岗位分离)."""


class Undeclared(FiscError):
    """A declaration that does not say what each column of its table is, or names what there is not."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            rule="单据与登记簿先声明、后安装：每张表、每一列、每一步都有说明",
            hint="请改正该领域的 kinds.py、flow.py、models.py（见 docs/how-to-add-a-domain.md）；数据库未动",
        )


know_refusal("FS102", MissingDuty)
know_refusal("FS201", DisabledElement)
know_refusal("FS202", UnknownElement)
know_refusal("FS203", SameName)
