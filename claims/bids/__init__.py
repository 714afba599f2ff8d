"""Claims on how the mechanisms' bids move when a decision of the task changes."""
