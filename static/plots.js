"use strict";
// The page of plots: what is chosen, and what is kept on the axes, is in the address.
(() => {
  const form = document.getElementById("plot-choices");
  const source = document.getElementById("plots-source");
  const brushes = document.getElementById("brushes");
  const drop = document.getElementById("drop-brushes");
  const query = () => new URLSearchParams([...new FormData(form)]).toString();

  /** Ask for what was chosen, and keep it in the address. */
  function choose() {
    history.replaceState(null, "", `?${query()}`);
    source.dataset.live = `${form.dataset.live}?${query()}`;
    document.dispatchEvent(new CustomEvent("axdash:news"));
  }

  function draw() {
    if (!window.Plotly) return;
    drop.hidden = !brushes.children.length;
    for (const holder of document.querySelectorAll("[data-plot]")) {
      const plot = document.getElementById(`plot-${holder.dataset.plot}`);
      if (!plot || (plot.text === holder.dataset.figure && !drawAgain)) continue;
      plot.text = holder.dataset.figure;
      plot.figure = JSON.parse(plot.text);
      const isEmpty = !plot.figure.data.length;
      plot.hidden = isEmpty;
      plot.nextElementSibling.hidden = !isEmpty;
      document.getElementById(`help-${holder.dataset.plot}`).textContent = isEmpty ? "" : plot.figure.help;
      if (isEmpty) continue;
      const isLog = holder.dataset.plot === "progress" && form.elements.log.checked && plot.figure.layout.meta.can_log;
      if (holder.dataset.plot === "parallel") drawParallel(plot);
      else AxFigures.draw(plot, plot.figure, { shown: plot.figure.shown, scale: isLog ? "log" : null });
    }
    if (form.elements.log) form.elements.log.disabled = !document.getElementById("plot-progress").figure?.layout.meta.can_log;
    drawAgain = false;
  }
  let drawAgain = false;

  /** Keep what passes through ranges of one axis of the parallel coordinates: pairs, or none. */
  function keep(key, ranges) {
    brushes.querySelector(`[name="b-${key}"]`)?.remove();
    if (ranges.length) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = `b-${key}`;
      field.value = ranges.map((ends) => ends.map((end) => Number(end.toPrecision(6))).join(":")).join(",");
      brushes.append(field);
    }
    choose();
  }

  function drawParallel(plot) {
    const { keys } = plot.figure.layout.meta;
    AxParallel.draw(plot, plot.figure, (place, ranges) => keep(keys[place], ranges));
  }

  // The same by keyboard: numbers or names, as they stand at the axis.
  document.getElementById("keep").addEventListener("click", () => {
    const [axis, low, high] = ["keep-axis", "keep-from", "keep-to"].map((id) => document.getElementById(id));
    const { data: [trace], layout: { meta: { keys } } } = document.getElementById("plot-parallel").figure;
    const dimension = trace.dimensions[keys.indexOf(axis.value)];
    const position = (text, otherwise) => {
      const named = (dimension.ticktext || []).findIndex((tick) => AxParallel.plain(tick) === text.trim());
      const number = Number(text.replace(",", "."));
      if (named >= 0) return dimension.tickvals[named];
      if (!text.trim() || Number.isNaN(number)) return otherwise;
      return "log" in axis.selectedOptions[0].dataset ? Math.log10(number) : number;
    };
    keep(axis.value, [[position(low.value, dimension.range[0]), position(high.value, dimension.range[1])]]);
  });

  drop.addEventListener("click", () => { brushes.replaceChildren(); choose(); });
  form.addEventListener("change", ({ target }) => {
    if (target.closest(".keep")) return;
    if (target.name === "log") drawAgain = true;
    choose();
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); choose(); });
  form.addEventListener("click", ({ target }) => {
    const line = target.closest("[data-number]");
    if (line) window.location.assign(form.dataset.trials.replace("/0/", `/${line.dataset.number}/`));
    const button = target.closest("[data-save]");
    const plot = button?.closest(".figures").querySelector(".plot");
    if (plot?.figure?.data.length) AxFigures.download(plot, plot.figure, button.dataset.save);
  });
  window.addEventListener("resize", () => {
    const plot = document.getElementById("plot-parallel");
    if (plot.figure?.data.length && !plot.hidden) drawParallel(plot);
  });
  document.addEventListener("htmx:afterRequest", () => draw());
  AxFigures.whenReady(() => { drawAgain = true; draw(); });
})();
