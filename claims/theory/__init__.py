"""Claims on the theory: judged by tracing code, without any training."""
