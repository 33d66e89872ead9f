"""fisc: the public money of a Chinese city, every number traceable to its vouchers."""
