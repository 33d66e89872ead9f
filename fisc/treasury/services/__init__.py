"""What screens, commands and the simulated city call."""
