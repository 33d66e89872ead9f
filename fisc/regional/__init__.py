"""Settings of a region (地区设定): what a place settles for itself, by dated documents of two officers."""
