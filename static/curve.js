"use strict";
// Draws the learning curves on the page of a trial; plotly comes only where there is one.
(() => {
  const plots = () => [...document.querySelectorAll(".curve-plot")];

  function fetchPlotly() {
    if (document.getElementById("plotly") || !plots().length) return;
    const script = document.createElement("script");
    script.id = "plotly";
    script.src = document.querySelector("[data-plotly]").dataset.plotly;
    document.head.append(script);
    AxFigures.whenReady(() => draw(true));
  }

  function draw(again) {
    fetchPlotly();
    if (!window.Plotly) return;
    for (const plot of plots()) {
      if (plot.dataset.drawn && !again) continue;
      plot.dataset.drawn = "true";
      const figure = JSON.parse(plot.dataset.figure);
      plot.parentElement.querySelector("[data-help]").textContent = figure.help;
      AxFigures.draw(plot, figure);
    }
  }

  // Which axes are logarithmic is in the address, and asked for from now on.
  document.addEventListener("change", ({ target }) => {
    if (!target.matches(".curve [name^=curve-log-]")) return;
    const asked = new URLSearchParams(location.search);
    if (target.checked) asked.set(target.name, "on");
    else asked.delete(target.name);
    const query = asked.size ? `?${asked}` : "";
    history.replaceState(null, "", `${location.pathname}${query}${location.hash}`);
    const source = document.querySelector("[data-live]");
    source.dataset.live = source.dataset.live.split("?")[0] + query;
    document.dispatchEvent(new CustomEvent("axdash:news"));
  });

  document.addEventListener("htmx:afterRequest", () => draw(false));
  draw(false);
})();
