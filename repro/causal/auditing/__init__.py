"""The audit of a credit-assignment rule: from running code to a verdict.

`audit` runs a rule under a trace (`rule_run`), builds the graph of its gradients (`dependence`), and asks by
d-separation which gradients share a hidden variable, given the inputs. What they share is named (`witnesses`)
and drawn in a small graph (`readable_graph`). Three checks don't rely on the trace: `shared_parameters` looks
at memory, `perturbation_check` changes inputs, and `intervention_check` changes hidden variables.

What each gradient reads is in the verdict; `reads` writes it in short, `read_checks` and `assertions` check it
in test suites, and `differences` compares two versions of a rule. Further questions are answered from the
graphs when they are asked (`evidence`, `traced_evidence`), such as what would separate a pair
(`separating_sets`).
"""

from repro.causal.auditing.assertions import assert_modular
from repro.causal.auditing.audit import audit, flattened_graph
from repro.causal.auditing.audit_module import audit_module
from repro.causal.auditing.differences import AuditDiff, audit_diff
from repro.causal.auditing.evidence import HiddenVariable
from repro.causal.auditing.findings import Answer, Intervention, Pair, Witness
from repro.causal.auditing.module_parts import rows
from repro.causal.auditing.readable_graph import gradient_node
from repro.causal.auditing.verdict import Verdict

__all__ = [
    "Answer",
    "AuditDiff",
    "HiddenVariable",
    "Intervention",
    "Pair",
    "Verdict",
    "Witness",
    "assert_modular",
    "audit",
    "audit_diff",
    "audit_module",
    "flattened_graph",
    "gradient_node",
    "rows",
]
