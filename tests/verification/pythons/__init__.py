"""Do different Python versions compute the same bytes? `nox -s pythons-3.11 pythons-3.13` answers.

Each session trains the same short runs and compares their digests with those that earlier sessions
left in build/pythons/.
"""
