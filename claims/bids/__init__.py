"""Claims on how the bids of decision mechanisms change when a decision of the task changes."""
