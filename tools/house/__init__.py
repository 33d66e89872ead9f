"""What of the house's rules can be counted, read from the source as text and as syntax."""
