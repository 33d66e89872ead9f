"""fisc: the public money of a Chinese city, every number traceable to its vouchers."""

__version__ = "0.2.0.dev0"
