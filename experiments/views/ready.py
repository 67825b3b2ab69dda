"""One suggestion that nobody has taken yet, or that is looked at by itself."""

from experiments.models import Suggestion, SuggestionStatus
from experiments.views.assigned import AssignedValues
from experiments.views.nearby import Nearby
from experiments.views.reasons import Reasons
from experiments.views.results import ExperimentResults


class ReadySuggestion(AssignedValues):
    """A suggestion as pages show it."""

    def __init__(self, results: ExperimentResults, suggestion: Suggestion) -> None:
        super().__init__(results, suggestion.parameters)
        self.suggestion = suggestion
        self.reasons = Reasons(results, suggestion)
        self.nearby = Nearby(results, self, suggestion=suggestion)
        self._experiment = results.experiment

    @property
    def is_ready(self) -> bool:
        """Whether it can be taken."""
        return self.suggestion.status == SuggestionStatus.READY

    @property
    def is_older(self) -> bool:
        """Whether the model would by now say something else."""
        return self.suggestion.revision < self._experiment.model_revision

    @property
    def version(self) -> str:
        """Changes whenever its row has to be drawn again."""
        return f"{self._experiment.definition_revision}/{self.is_older:d}"
