"""Service of on-lent debt (债务收付): interest due, what is paid or withheld between levels."""
