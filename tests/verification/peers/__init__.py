"""Speed of other implementations on the same task, in the same run as ours (`nox -s peers`)."""
