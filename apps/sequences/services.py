"""What the sequences app does for others, each under the noun it belongs to."""

from apps.sequences.checking import Checked, Verdict, check_enrollment
from apps.sequences.enrolling import (
    EnrollResult,
    NotRunning,
    enroll,
    exit_enrollment,
    pause_enrollment,
    resume_enrollment,
    stop_account,
)
from apps.sequences.flow import refresh_next_touch
from apps.sequences.inbound import receive
from apps.sequences.locks import lock_account
from apps.sequences.touches import (
    Composed,
    HeldBack,
    NotSendable,
    TouchOver,
    complete_touch,
    compose,
    log_touch,
    retry_touch,
    send_manual_email,
    skip_touch,
)

__all__ = [
    "Checked",
    "Composed",
    "EnrollResult",
    "HeldBack",
    "NotRunning",
    "NotSendable",
    "TouchOver",
    "Verdict",
    "check_enrollment",
    "complete_touch",
    "compose",
    "enroll",
    "exit_enrollment",
    "lock_account",
    "log_touch",
    "pause_enrollment",
    "receive",
    "refresh_next_touch",
    "resume_enrollment",
    "retry_touch",
    "send_manual_email",
    "skip_touch",
    "stop_account",
]
