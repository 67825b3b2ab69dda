"""Figures that need no model, straight from rows. Colours are roles; the page knows the theme.

They are written as Plotly's JSON: its objects would check each number, which takes longer than all
the rest of the page.
"""

from experiments.plots.run import ProgressPlots

__all__ = ["ProgressPlots"]
