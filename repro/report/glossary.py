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
    "audit": (
        "of a rule: its code is traced, and the graph says which gradients share a hidden variable; "
        "the audit tier is something else, it judges again the runs that are shipped"
    ),
    "as coded, at most": (
        "which sums two gradients share: those that this code computes for both, or those that any code for "
        "the same rule could"
    ),
    "entry": (
        "in an auction of CVS, one of a mechanism's two bids: its own or its clone's; it learns from both"
    ),
    "utility": (
        "what an entry earns in a step: if it wins, the reward and the discounted next price, less the price "
        "that it pays; else nothing"
    ),
    "coupled": "changed so that gradients of mechanisms share something that they did not share before",
    "Gumbel bids, softmax bids": (
        "two learners that act alike, by the highest of outputs plus Gumbel noise: a mechanism learns from its "
        "own bid, or from the softmax over all"
    ),
    "in place": (
        "of a change: every state of training stays, and another action is right in a state that training visits"
    ),
    "log-sd": "the standard deviation of the logarithms of an arm's times",
    "consistency check": "a claim that holds by how the model is built; it is no evidence for the talk",
    "statement": "what one claim, or one group of claims, says of the talk; the summary counts these",
    "censored": "a run that did not converge, switch or recover within the limit; its time is a lower bound",
    "margin": (
        "where a claim's figure must lie to count as reproduced, fixed before the runs that it judges"
    ),
    "negative control": 'data on which the same judging code must not say "reproduced"',
    "expected": "what the talk says, or for a finding what we expect",
    "recorded outcome": (
        "the verdict that the last published run found; for a claim that is not yet published, what its file "
        'says; "reproduced" unless the claim says otherwise'
    ),
    "flipped": (
        "reproduced instead of not reproduced or the reverse, against the recorded outcome; "
        "or a failed control"
    ),
    "drift": "a change to or from inconclusive, against the recorded outcome",
}
