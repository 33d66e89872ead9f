"""Elements of the coding block, by fiscal year: agencies, projects, payees and accounts, themes, tags.

Each fiscal year has its own snapshot: `roll_over` begins a new year with what is enabled in the old one,
and from then on what happens in one year changes no other. Nothing is deleted; what is disabled
(with date and reason) can no longer be used: services ask `require_usable`, and document tables
carry the guard of `guard_table`.
"""

from fisc.registry.elements.defining import (
    define_agencies,
    define_payees,
    define_projects,
    define_tags,
    define_themes,
)
from fisc.registry.elements.files import Imported, export_file, import_file
from fisc.registry.elements.fits import fits_asked, misfits_of
from fisc.registry.elements.guards import guard_sql, guard_table
from fisc.registry.elements.items import Agency, Key, Payee, PayeeAccount, Project, Record, Tag, Theme
from fisc.registry.elements.lifecycle import disable, enable, revise
from fisc.registry.elements.lookups import (
    Named,
    accounts_asked,
    find,
    payee_accounts,
    payees_asked,
    project_kinds,
    require_usable,
)
from fisc.registry.elements.rolling import LeftOut, RollOver, roll_over

__all__ = [
    "Agency", "Imported", "Key", "LeftOut", "Named", "Payee", "PayeeAccount", "Project", "Record",
    "RollOver", "Tag", "Theme", "accounts_asked", "define_agencies", "define_payees", "define_projects",
    "define_tags", "define_themes", "disable", "enable", "export_file", "find", "fits_asked", "guard_sql",
    "guard_table", "import_file", "misfits_of", "payee_accounts", "payees_asked", "project_kinds",
    "require_usable", "revise", "roll_over",
]  # fmt: skip
