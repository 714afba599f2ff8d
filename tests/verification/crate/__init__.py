"""Check a report's RO-Crate with the validator of the RO-Crate community, which has the profiles' own rules."""
