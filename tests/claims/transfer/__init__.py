"""The claims on transfer, judged on worlds made up for the purpose."""
