"""Flat bank files (定长、分隔文本): orders and answers laid out as `layouts.csv` says."""

from fisc.banking.bankfile.files import (
    read_answer_file,
    read_order_file,
    write_answer_file,
    write_order_file,
)
from fisc.banking.bankfile.layout import Layout, layout_of, layouts

__all__ = [
    "Layout", "layout_of", "layouts", "read_answer_file", "read_order_file", "write_answer_file",
    "write_order_file",
]  # fmt: skip
