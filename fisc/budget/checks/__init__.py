"""What must hold over the documents of the budget."""
