"""The study on how often each verdict comes out: what it draws, and what its table holds."""
