"""Audits of training steps of other libraries, as these are; `nox -s gallery` runs them in their own environment."""
