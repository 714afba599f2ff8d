"""What outside data, names and texts cannot do, and that nothing is asked of the network."""
