"""The claims, one per file: `theory` needs no runs; `transfer` and `bids` judge trained runs.

A claim is a pytest function with the marker `claim`, which declares what is claimed, the margin and the
negative controls. Files that begin with "_" hold code that several claims of a folder share, or that
does not fit into the file of one claim. `repro.plugin` judges the claims.
"""
