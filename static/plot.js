"use strict";
// The progress panel: which of its figures is shown, and on which scale.
(() => {
  const box = document.getElementById("progress-box");
  const plot = document.getElementById("progress");
  const scales = document.getElementById("scale-switch");
  const choice = document.getElementById("plot-choice");
  let chosen = "";  // The figure's name: its place may change.
  let chosenScale = null;
  let drawn = "";

  /** Offer the figures that there are; return the chosen one, or else the first with results. */
  function chooseFrom(figures) {
    if (figures.map(({ name }) => name).join("\n") !== [...choice.options].map(({ text }) => text).join("\n"))
      choice.replaceChildren(...figures.map(({ name }) => new Option(name)));
    choice.hidden = figures.length < 2;
    choice.selectedIndex = Math.max(0, figures.findIndex(({ name, data }) => (chosen ? name === chosen : data.length)));
    return figures[choice.selectedIndex];
  }

  function draw(force) {
    const text = document.getElementById("progress-data").dataset.figure;
    if (!force && text === drawn) return;
    const { figures, shown } = JSON.parse(text);
    const figure = chooseFrom(figures);
    document.getElementById("plot-help").textContent = figure.help;
    box.classList.toggle("is-empty", figures.every(({ data }) => !data.length));
    scales.hidden = !figure.layout.meta.can_log;
    if (!window.Plotly) return;  // It is large and comes last; its arrival draws.
    drawn = text;
    if (box.classList.contains("is-empty")) return;
    const scale = figure.layout.meta.can_log ? chosenScale || (figure.layout.meta.is_log ? "log" : "linear") : "linear";
    for (const button of scales.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.scale === scale));
    AxFigures.draw(plot, figure, { shown, scale });
  }

  scales.addEventListener("click", (event) => {
    const button = event.target.closest("[data-scale]");
    if (button) { chosenScale = button.dataset.scale; draw(true); }
  });
  choice.addEventListener("change", () => { chosen = choice.value; draw(true); });
  document.addEventListener("htmx:oobAfterSwap", (event) => { if (event.detail.target.id === "progress-data" || event.target.id === "progress-data") draw(); });
  document.addEventListener("htmx:afterRequest", () => draw());
  AxFigures.whenReady(() => draw(true));
  draw();
})();
