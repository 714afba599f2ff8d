"""The terms that the page explains, in the words of the glossary in CONTRIBUTING.md."""

GLOSSARY = {
    "problem": "one or several tasks to train on or transfer to, as linear_chain.last",
    "topology": (
        "a family of problems that share a causal structure: a training problem and its transfers"
    ),
    "mechanism": "the network or table that computes the bid for one action (talk:103)",
    "seed": (
        "a run's number; its random stream depends on it, the algorithm and the problem alone"
    ),
    "block": (
        "one algorithm on one problem for a list of seeds: the unit of training and of storage"
    ),
    "arm": "the runs that one side of a comparison consists of",
    "tier": "how much is run: paper, study, quick or audit",
    "censored": "a run that did not converge, switch or recover within the limit; its time is a lower bound",
    "margin": (
        "where a claim's figure must lie to count as reproduced, fixed before the runs that it judges"
    ),
    "negative control": 'data on which the same judging code must not say "reproduced"',
    "expected": "what the talk says, or for a finding what we expect",
    "recorded outcome": (
        'the verdict that the last published run found; "reproduced" unless the claim says otherwise'
    ),
    "flipped": (
        "reproduced instead of not reproduced or the reverse, against the recorded outcome; "
        "or a failed control"
    ),
    "drift": "a change to or from inconclusive, against the recorded outcome",
}
