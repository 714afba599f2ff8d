"""Claims on what makes the talk's number: its cause, tested against rivals one at a time.

CVS differs from PPO and PPOF in more than independent gradients. Most claims hold all but one of these
differences fixed; the others measure one of them directly, or compare many learners that differ in several. Rules and margins are fixed in `_shared.py`.
"""
