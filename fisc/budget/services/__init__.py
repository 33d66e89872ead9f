"""The use cases of the budget: what screens, the command line, other domains and the simulated city call."""
