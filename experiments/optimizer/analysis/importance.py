"""What matters: the share of each parameter in how much a metric varies."""

from ax.utils.sensitivity.sobol_measures import ax_parameter_sens

from experiments.cards import CardBody
from experiments.drafts import MetricDraft
from experiments.figures import Figure, escape, literal, short
from experiments.optimizer.acquisition import key_of
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.study import Study

SAMPLES = 1024
"""Points of a Sobol sequence a parameter: shares within about a hundredth of Ax's 10,000."""

_MOST_SHOWN = 12


def shares(study: Study) -> dict[str, dict[str, float]]:
    """Return total-order Sobol indices by metric and parameter, scaled to add up to 1.

    From ``ax_parameter_sens``, as Ax's ``SensitivityAnalysisPlot`` has it; a negative sign says
    that the metric falls where the parameter grows. The columns of one unordered choice are added
    up.
    """
    found = ax_parameter_sens(
        adapter=study.model.adapter,
        metrics=list(study.modelled_keys),
        order="total",
        num_mc_samples=SAMPLES,
        input_qmc=True,
    )
    varied = {draft.spec.key for draft in study.varied}
    return {metric: _scaled(by_feature, varied) for metric, by_feature in found.items()}


def _scaled(by_feature: dict[str, float], varied: set[str]) -> dict[str, float]:
    """Add up what belongs to one parameter, and scale the sizes so that they sum up to 1."""
    by_key: dict[str, list[float]] = {}
    for feature, value in by_feature.items():
        by_key.setdefault(key_of(feature), []).append(float(value))
    sizes = {
        key: values[0] if len(values) == 1 else sum(map(abs, values))
        for key, values in by_key.items()
        if key in varied
    }
    total = sum(map(abs, sizes.values()))
    return {key: value / total if total else 0.0 for key, value in sizes.items()}


def _make(study: Study) -> CardBody:
    by_metric = shares(study)
    return CardBody(
        figures=[_figure(study, study.metric(key), found) for key, found in by_metric.items()],
        facts={"shares": by_metric},
    )


def _figure(study: Study, metric: MetricDraft, found: dict[str, float]) -> Figure:
    ordered = sorted(found, key=lambda key: abs(found[key]))[-_MOST_SHOWN:]
    names = [study.parameter(key).name for key in ordered]
    bars = {
        "type": "bar",
        "orientation": "h",
        "name": "share",
        "meta": {"color": "model"},
        "x": [abs(found[key]) for key in ordered],
        "y": [escape(short(name, 24)) for name in names],
        "text": [f" {abs(found[key]):.0%} {_sign(study, key, found[key])}" for key in ordered],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [literal(name) for name in names],
        "hovertemplate": "<b>%{hovertext}</b><br>%{x:.1%} of the variation<extra></extra>",
    }
    return {
        "name": metric.name,
        "help": f"Bars: the share in how much {metric.name} varies over the search space.",
        "data": [bars],
        "layout": {
            "xaxis": {"title": {"text": "share"}, "range": [0, 1.18], "tickformat": ".0%"},
            "yaxis": {"type": "category"},
            "meta": {"height": 90 + 28 * len(ordered)},
        },
    }


def _sign(study: Study, key: str, value: float) -> str:
    """Say with an arrow which way the metric goes where the parameter grows."""
    draft = study.parameter(key)
    if draft.spec.values and not draft.spec.is_ordered:
        return ""
    return "↗" if value > 0 else "↘"


CARD = CardKind(
    name="importance",
    title="What matters",
    reading="The longer the bar, the more the result depends on the parameter, by itself and "
    "together with others. ↗ rises and ↘ falls with the parameter, on average.",
    needs=needs_model,
    make=_make,
)
