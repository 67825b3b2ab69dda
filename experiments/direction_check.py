"""Says a metric's direction back in numbers, and notices a name that suggests the other. Pure."""

import re
import unicodedata
from dataclasses import dataclass, replace

from experiments.domain import Direction, MetricRole, Relation
from experiments.drafts import ExperimentDraft, MetricDraft

LESS, MORE = "0.12", "0.98"

_LOWER_IS_BETTER = (
    "loss losses error errors err rmse mse mae mape rmsle nll nlpd perplexity ppl bpc bpb wer cer "
    "ter eer fid kid fpr fnr brier ece latency delay lag time runtime duration wait cost costs "
    "price expense regret penalty divergence kl distance deviation variance residual residuals "
    "crossentropy defects defect failures faults scrap waste downtime emissions emission "
    "consumption roughness toxicity misfit drag leakage impurity impurities"
)
_HIGHER_IS_BETTER = (
    "accuracy acc auc auroc auprc f1 f2 fbeta r2 precision recall sensitivity specificity tpr tnr "
    "map ap ndcg mrr bleu rouge meteor iou dice jaccard kappa mcc psnr ssim throughput fps qps rps "
    "yield score reward return profit revenue margin efficiency quality purity conversion "
    "retention satisfaction elbo likelihood uptime speedup gain success fitness strength "
    "hypervolume sharpe"
)
_TURNS_ROUND = "neg negative minus inverse inverted inv no non anti loss drop gap"
_LOWER, _HIGHER, _TURNS = (
    frozenset(words.split()) for words in (_LOWER_IS_BETTER, _HIGHER_IS_BETTER, _TURNS_ROUND)
)


_OTHER = {
    Direction.MINIMIZE: Direction.MAXIMIZE,
    Direction.MAXIMIZE: Direction.MINIMIZE,
}


@dataclass(frozen=True, slots=True)
class DirectionCheck:
    """A metric's direction in numbers; ``doubt`` asks if its name says something else.

    ``sentence`` is blank for a metric that is no objective.
    """

    name: str
    sentence: str
    doubt: str = ""


def check_direction(metric: MetricDraft) -> DirectionCheck:
    """Say which of two numbers is better, and whether the metric's name disagrees."""
    spec = metric.spec
    is_objective = spec.role is MetricRole.OBJECTIVE
    sentence = _sentence(metric) if is_objective else ""
    usual = usual_direction(metric.name)
    if usual is None or usual is spec.direction:
        return DirectionCheck(metric.name, sentence)
    wanted = "high" if usual is Direction.MAXIMIZE else "low"
    doubt = f"The name sounds as if {wanted} were good, but {_what_is_said(metric)}."
    return DirectionCheck(metric.name, sentence, doubt)


def with_other_direction(draft: ExperimentDraft, key: str) -> ExperimentDraft:
    """Return a definition in which the other way is better for one metric; else the same."""
    metrics = [
        replace(metric, spec=replace(metric.spec, direction=_OTHER[metric.spec.direction]))
        if metric.spec.key == key
        else metric
        for metric in draft.metrics
    ]
    return replace(draft, metrics=tuple(metrics))


def _sentence(metric: MetricDraft) -> str:
    pair = (LESS, MORE) if metric.spec.direction is Direction.MINIMIZE else (MORE, LESS)
    better, worse = (f"{number} {metric.unit}".strip() for number in pair)
    return f"{better} is better than {worse}, right?"


def _what_is_said(metric: MetricDraft) -> str:
    spec = metric.spec
    if spec.role is MetricRole.OBJECTIVE:
        return f"it is to be {spec.direction}d here"
    if spec.role is MetricRole.CONSTRAINT:
        most = "most" if spec.relation is Relation.AT_MOST else "least"
        return f"it is to be kept at {most} at a bound here"
    return f"{'smaller' if spec.direction is Direction.MINIMIZE else 'larger'} is better here"


def usual_direction(name: str) -> Direction | None:
    """Return the direction that a metric's name suggests; ``None`` where it does not, or both."""
    words = _words(name)
    lower = [word for word in words if word in _LOWER]
    higher = [word for word in words if word in _HIGHER]
    if bool(lower) == bool(higher):
        return None
    found = (lower or higher)[0]
    if any(word in _TURNS and word != found for word in words):
        return None
    return Direction.MINIMIZE if lower else Direction.MAXIMIZE


def _words(name: str) -> list[str]:
    """Split a name as people and programs write it: ``valAcc``, ``val_acc``, ``val-acc@5``."""
    spaced = re.sub(
        r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", unicodedata.normalize("NFKC", name)
    )
    words = re.findall(r"[^\W_]+", spaced.lower())
    # acc1 and top5acc: without the numbers at their ends, but f1 and r2 are what they are.
    return words + [stripped for w in words if (stripped := w.strip("0123456789")) != w]
