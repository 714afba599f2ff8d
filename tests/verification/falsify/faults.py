"""All faults, by part."""

from __future__ import annotations

from tests.verification.falsify import (
    faults_audit,
    faults_credit,
    faults_judging,
    faults_study,
    faults_training,
)

ALL = (
    *faults_credit.FAULTS,
    *faults_training.FAULTS,
    *faults_judging.FAULTS,
    *faults_audit.FAULTS,
    *faults_study.FAULTS,
)
