"""Claims on what makes the talk's number: its cause, tested against rivals one at a time.

CVS differs from PPO and PPOF in more than independent gradients. Each claim holds all but one of these
differences fixed, or measures one of them directly. Rules and margins are fixed in `_shared.py`.
"""
