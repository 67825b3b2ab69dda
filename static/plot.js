"use strict";
// Draws the figures that the server sends, in the page's own colours.
(() => {
  const box = document.getElementById("progress-box");
  const plot = document.getElementById("progress");
  const scales = document.getElementById("scale-switch");
  const choice = document.getElementById("plot-choice");
  let chosen = "";  // The figure's name: its place may change.
  let chosenScale = null;
  let drawn = "";

  /** Resolve a custom property, light-dark() included, to a colour that plotly can read. */
  function color(name) {
    const probe = document.createElement("span");
    probe.className = "sr";
    document.body.append(probe);
    probe.style.color = `var(--${name})`;
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

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
    for (const trace of figure.data) dress(trace, shown);
    const layout = themed(figure.layout);
    const scale = figure.layout.meta.can_log ? chosenScale || (figure.layout.meta.is_log ? "log" : "linear") : "linear";
    layout.yaxis.type = scale;
    if (scale === "log") delete layout.yaxis.range;
    if (scale === "log") layout.yaxis.dtick = Math.max(1, Math.ceil(decades(figure.data) / 6));
    for (const button of scales.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.scale === scale));
    Plotly.react(plot, figure.data, layout, { displayModeBar: false, responsive: true, scrollZoom: false });
  }

  /** Give a trace its colour, and its trials the values that hovering shows. */
  function dress(trace, shown) {
    const ink = color(trace.meta.color);
    trace.marker = { ...trace.marker, color: ink, line: { width: 1.5, color: ink } };
    trace.line = { ...trace.line, color: ink };
    trace.textfont = { color: ink, size: 11 };
    trace.cliponaxis = Boolean(trace.yaxis) || trace.mode !== "lines+text";
    if (trace.ids) trace.customdata = trace.ids.map((number) => shown[number]);
  }

  function decades(traces) {
    const values = traces.filter((trace) => !trace.yaxis).flatMap((trace) => trace.y).filter((value) => value > 0);
    return Math.log10(Math.max(...values) / Math.min(...values));
  }

  function themed(layout) {
    const axis = { gridcolor: color("line"), zerolinecolor: color("line"), linecolor: color("line"), automargin: true };
    return {
      ...layout,
      xaxis: { ...axis, showgrid: false, zeroline: false, ...layout.xaxis },
      yaxis: { ...axis, ...layout.yaxis },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: color("muted") },
      hoverlabel: { bgcolor: color("surface"), bordercolor: color("line-strong"), font: { color: color("text") }, align: "left" },
      margin: { l: 56, r: 12, t: 12, b: 44 },
      showlegend: false,
      dragmode: false,
      hovermode: "closest",
    };
  }

  scales.addEventListener("click", (event) => {
    const button = event.target.closest("[data-scale]");
    if (button) { chosenScale = button.dataset.scale; draw(true); }
  });
  choice.addEventListener("change", () => { chosen = choice.value; draw(true); });
  document.addEventListener("htmx:oobAfterSwap", (event) => { if (event.detail.target.id === "progress-data" || event.target.id === "progress-data") draw(); });
  document.addEventListener("htmx:afterRequest", () => draw());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(true));
  document.getElementById("plotly").addEventListener("load", () => draw());
  draw();
})();
