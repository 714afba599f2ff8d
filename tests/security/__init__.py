"""Security tests: hostile files, names and texts do no harm, and tests use no network."""
