"""Bulk import: a worksheet or CSV of payments becomes payment applications, row by row explained.

The user gets the same file back with one more column, 导入结果: what happened to each row, by
which rule it was refused and what to do. Nothing else in the file is touched.
"""

from fisc.treasury.services.imports.payments import ImportReport, import_payments

__all__ = ["ImportReport", "import_payments"]
