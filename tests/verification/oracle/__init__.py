"""PPO here compared with PPO of Stable-Baselines3: `nox -s oracle`.

An independent implementation is the oracle: one update from the same weights and the same experience must
change every parameter in the same way (`oracle_update`), and learning curves must agree up to chance
(`oracle_curves`, with the rule of `agreement`). The extra `oracle` installs Stable-Baselines3; without it
only `test_agreement` is collected.

- `ours`, `theirs`: both implementations with the same settings; `settings` lists them.
- `environments`: the tasks as Gymnasium environments.
- `record`: where the results are written.
"""
