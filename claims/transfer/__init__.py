"""Claims on how fast the three algorithms train and transfer."""
