"""What the name of a column suggests that it is. Each guess is shown and can be changed."""

import re
from collections.abc import Sequence

from experiments.domain import Direction


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LOWER = _words(
    "loss err error errors rmse mse mae mape nll perplexity ppl wer cer fid regret latency runtime "
    "duration cost costs price defects scrap waste impurity residual deviation shrinkage energy "
    "emissions memory vram misclassification logloss crossentropy distance"
)
_HIGHER = _words(
    "accuracy acc auc auroc auprc f1 fscore precision recall specificity sensitivity score reward "
    "return r2 bleu rouge dice iou miou map ndcg yield throughput fps profit revenue fitness "
    "quality efficiency strength purity selectivity conversion likelihood elbo performance "
    "sales clicks ctr retention uptime"
)
_NEUTRAL = _words("objective objectives target result results metric response outcome y")
_AS_LIKELY_SET = _words("energy distance price strength memory vram")
_MEASURED = _words("val valid validation test eval evaluation train training metric metrics")
_TIMED = _words("fit train training run wall elapsed eval inference")
_SEM = _words("sem se stderr")
_SPREAD = _words("std sd stdev stddev var variance")
_ABOUT_RUNS = _words(
    "id uuid number no nr index trial run name date timestamp created started finished updated "
    "start end at by user owner author operator notes note comment comments remark remarks seed "
    "random tags arm hostname host"
)
_NEVER_SET = _words("id uuid timestamp date notes note comment comments remark remarks")
_PARAMETER_PREFIXES = ("params", "param", "parameter", "parameters", "config", "hparams", "hp")


def tokens(name: str) -> list[str]:
    """Cut a name into lower-case words, without a unit: ``valLoss_mean [s]`` is val, loss, mean."""
    bare = re.sub(r"(?<=\w)\s*(\([^()]*\)|\[[^\[\]]*\])\s*$", "", name)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", bare)
    return [word for word in re.split(r"[\W_]+", spaced.lower()) if word]


def direction_of(name: str) -> Direction | None:
    """Return which way a metric of this name gets better, ``None`` where the name does not say."""
    words = tokens(name)
    for word in reversed(words):
        if word in _LOWER or (word == "time" and len(words) > 1):
            return Direction.MINIMIZE
        if word in _HIGHER:
            return Direction.MAXIMIZE
    return None


def is_metric(name: str) -> bool:
    """Tell whether a name is one of something that is measured."""
    words = tokens(name)
    if not words or words[0] in _PARAMETER_PREFIXES:
        return False
    last = next((word for word in reversed(words) if not word.isdigit()), words[-1])
    is_result = last in (_LOWER | _HIGHER | _NEUTRAL) - _AS_LIKELY_SET
    if words[0] in _MEASURED:
        is_result = is_result or direction_of(name) is not None
    is_value = words[0] in ("value", "values") and all(word.isdigit() for word in words[1:])
    return is_result or is_value or (last == "time" and bool(set(words[:-1]) & _TIMED))


def is_status(name: str) -> bool:
    """Tell whether a name is one of a column that says how runs ended."""
    words = tokens(name)
    return bool(words) and words[-1] in ("status", "state")


def is_about_runs(name: str) -> bool:
    """Tell whether a name is one of what is written down about a run besides what was tried."""
    words = tokens(name)
    if not words or words[0] in _PARAMETER_PREFIXES:
        return False
    is_note = words[0] == "datetime" or words[:2] in (["user", "attrs"], ["system", "attrs"])
    return is_note or words[-1] in _NEVER_SET or set(words) <= _ABOUT_RUNS


def is_spread(name: str) -> bool:
    """Tell whether a name is one of a standard deviation, which is no standard error."""
    return bool(_SPREAD & set(tokens(name)))


def names_sem(name: str) -> bool:
    """Tell whether a name is one of a standard error."""
    words = tokens(name)
    spelled = " ".join(words)
    return bool(_SEM & set(words)) or "standard error" in spelled or "std err" in spelled


def sem_target(name: str, metrics: Sequence[str]) -> int | None:
    """Return which of the metrics a standard error's name belongs to; ``None``: it does not say."""
    rest = set(tokens(name)) - _SEM - {"standard", "std", "error", "err", "of", "the", "mean"}
    candidates = [
        (len(rest & set(tokens(metric))), -place)
        for place, metric in enumerate(metrics)
        if rest and rest <= set(tokens(metric))
    ]
    return -max(candidates)[1] if candidates else None
