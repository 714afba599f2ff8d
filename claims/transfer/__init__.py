"""Claims on how many steps CVS, PPO and PPOF need to converge, in training and after a change of task."""
