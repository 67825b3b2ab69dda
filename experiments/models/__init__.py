"""The rows that are the truth: one module a noun."""

from experiments.models.analysis import AnalysisCard, StoppingAdvice
from experiments.models.auxiliary import AuxiliarySource
from experiments.models.change import Change, ChangeKind
from experiments.models.constraint import Constraint
from experiments.models.decision import Conclusion, TeamChoice
from experiments.models.experiment import Experiment, ExperimentStatus
from experiments.models.forecast import Forecast
from experiments.models.metric import Metric
from experiments.models.parameter import Parameter
from experiments.models.setup import SetupToken
from experiments.models.snapshot import AxSnapshot
from experiments.models.staging import (
    ArchivePiece,
    ArchiveUpload,
    SamplePreview,
    TableUpload,
)
from experiments.models.suggestion import Suggestion, SuggestionRequest, SuggestionStatus
from experiments.models.team import Membership, Role, Team
from experiments.models.trial import Observation, Trial, TrialFile, TrialOrigin

__all__ = [
    "AnalysisCard",
    "ArchivePiece",
    "ArchiveUpload",
    "AuxiliarySource",
    "AxSnapshot",
    "Change",
    "ChangeKind",
    "Conclusion",
    "Constraint",
    "Experiment",
    "ExperimentStatus",
    "Forecast",
    "Membership",
    "Metric",
    "Observation",
    "Parameter",
    "Role",
    "SamplePreview",
    "SetupToken",
    "StoppingAdvice",
    "Suggestion",
    "SuggestionRequest",
    "SuggestionStatus",
    "TableUpload",
    "Team",
    "TeamChoice",
    "Trial",
    "TrialFile",
    "TrialOrigin",
]
