"""The claims on transfer, judged on synthetic runs."""
