"""The states of the budget's documents: which moves there are and who may make them."""
