"""PPO here against Stable-Baselines3, which the extra `oracle` installs; not collected without it."""
