"""The terms that the page explains, in the words of the glossary in CONTRIBUTING.md."""

GLOSSARY = {
    "problem": "one or several tasks to train on or transfer to, as linear_chain.last",
    "topology": (
        "a family of problems that share a causal structure: a training problem and its transfers"
    ),
    "mechanism": "the network or table that computes the bid for one action (talk:103)",
    "seed": "a run's number; its random stream depends on it, the algorithm and the problem alone",
    "block": (
        "one algorithm on one problem for a list of seeds: the unit of training and of storage"
    ),
    "arm": "the runs that one side of a comparison consists of",
    "tier": "how much is run: paper, study, quick or audit",
    "audit": (
        "of a rule: its code is traced, and the graph says which gradients share a hidden variable; the audit "
        "tier is something else, it judges again the runs that are shipped"
    ),
    "d-separation": (
        "the test on a causal graph of whether two variables are independent, given those that are known"
    ),
    "hidden variable": "a number that the code computes from the inputs on the way to a gradient",
    "as coded, at most": (
        "which sums two gradients share: those that this code computes for both, or those that any code for "
        "the same rule could"
    ),
    "reading": (
        "a choice of what counts as shared: as coded or at most, and for a maximum route or strict"
    ),
    "route, strict": (
        "what a maximum is to the audit: the bid that was selected, or a hidden variable computed from all "
        "bids"
    ),
    "entry": (
        "in an auction of CVS, one of a mechanism's two bids: its own or its clone's; it learns from both"
    ),
    "utility": (
        "what an entry earns in a step: if it wins, the reward and the discounted next price, less the price "
        "that it pays; else nothing"
    ),
    "coupled": (
        "changed so that gradients of mechanisms share something that they did not share before"
    ),
    "factorisation": "one network per action in place of one for all, as in PPOF",
    "λ": (
        "the weight of longer targets in generalised advantages: 0 for single steps, 1 for whole returns"
    ),
    "Gumbel bids, softmax bids": (
        "two learners that act alike, by the highest of outputs plus Gumbel noise: a mechanism learns from "
        "its own bid, or from the softmax over all"
    ),
    "in place": (
        "of a change: every state of training stays, and another action is right in a state that training "
        "visits"
    ),
    "log-sd": "the standard deviation of the logarithms of an arm's times",
    "studentised bootstrap": (
        "an interval from resampled runs, in which the error of each resample is divided by its own standard "
        "error; each claim draws its own resamples, so two claims may give one comparison slightly different "
        "intervals"
    ),
    "mean of the Beta, logit": (
        "the mean of the distribution from which a CVS mechanism draws its bids; the output of PPO's network "
        "for an action, before the softmax"
    ),
    "censored": (
        "a run that did not converge, switch or recover within the limit; its time is a lower bound"
    ),
    "bound": (
        "“≥” or “≤” before a figure or in a table: because of censored runs, the figure is at least or at "
        "most this"
    ),
    "cap": "the largest number of epochs of a transfer, 50,000 unless said otherwise",
    "consistency check": (
        "a claim that holds by how the model is built; it is no evidence for the talk"
    ),
    "statement": (
        "what one claim, or one group of claims, says of the talk; the summary counts these"
    ),
    "margin": (
        "where a claim's figure must lie to count as reproduced, fixed before the runs that it judges"
    ),
    "negative control": 'data on which the same judging code must not say "reproduced"',
    "operating characteristics": (
        "how often each verdict results in simulated worlds in which the claim is true, false or exactly on "
        "its margin"
    ),
    "expected": "what the talk says, or for a finding what we expect",
    "required": "of a claim: it decides the exit code; explanations and findings are not required",
    "recorded outcome": (
        "the verdict that the last published run found; for a claim that is not yet published, what its file "
        'says; "reproduced" unless the claim says otherwise'
    ),
    "flipped": (
        "reproduced instead of not reproduced or the reverse, against the recorded outcome; or a failed "
        "control"
    ),
    "drift": "a change to or from inconclusive, against the recorded outcome",
    "witness": "a hidden variable that two gradients share",
    "implementation-dependent": (
        "gradients share a sum in some ways of coding the rule and not in others"
    ),
}
