"""The talk's claims, one per file in a folder per kind, and the pytest plugin that judges them."""
