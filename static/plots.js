"use strict";
// The page of plots: what is chosen, and what is kept on the axes, is in the address.
(() => {
  const form = document.getElementById("plot-choices");
  const source = document.getElementById("plots-source");
  const kept = document.getElementById("kept");
  let awaited = null;  // The question whose answer is on its way.
  let next = null;  // Where the focus goes then, should it be lost.
  let pressed = null;  // The row whose button asked: drawn again then, even with the focus in it.

  /** What the form says; what is typed of a range counts only when “Keep” was pressed. */
  function query(button) {
    const asked = new URLSearchParams([...new FormData(form, button)]);
    if (button?.name !== "keep") for (const name of ["keep_axis", "keep_from", "keep_to"]) asked.delete(name);
    return asked.toString();
  }

  /** Keep in the address what is chosen, and ask for it from now on. */
  function settle(asked) {
    history.replaceState(null, "", `?${asked}`);
    source.dataset.live = `${form.dataset.live}?${asked}`;
  }

  /** Ask for what was chosen, with the button that was pressed. */
  function choose(button) {
    awaited = query(button);
    settle(awaited);
    document.dispatchEvent(new CustomEvent("axdash:news"));
  }

  const isAnswer = (pathInfo) => awaited !== null && pathInfo.requestPath.endsWith(`?${awaited}`);

  /** Once the answer is there, the form says what is kept, and what could not be read. */
  function answered({ detail: { successful, pathInfo } }) {
    if (!successful || !isAnswer(pathInfo)) return;
    awaited = null;
    pressed = null;
    settle(query());
    const wrong = kept.querySelector("[aria-invalid]");
    if (next && document.activeElement === document.body) (wrong || kept.querySelector(next)).focus();
    next = null;
  }

  function draw() {
    if (!window.Plotly) return;
    const shown = JSON.parse(document.querySelector("[data-shown]").dataset.shown);
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
      else AxFigures.draw(plot, plot.figure, { shown, scale: isLog ? "log" : null });
    }
    if (form.elements.log) form.elements.log.disabled = !document.getElementById("plot-progress").figure?.layout.meta.can_log;
    drawAgain = false;
  }
  let drawAgain = false;

  /** Keep what passes through ranges of one axis of the parallel coordinates: pairs, or none. */
  function keep(place, ranges, { layout, data: [{ dimensions }] }) {
    const { keys, logs } = layout.meta;
    const { none, tickvals } = dimensions[place];
    const first = none === undefined ? -Infinity : tickvals[1];  // Below it run those without a value.
    const end = (position) => Number((logs[place] ? 10 ** position : position).toPrecision(6));
    const texts = ranges.flatMap(([low, high]) => [
      ...(low <= none ? ["none"] : []),
      ...(high >= first ? [`${low < first ? "" : end(low)}:${end(high)}`] : []),
    ]);
    kept.querySelector(`[name="b-${keys[place]}"]`)?.remove();
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = `b-${keys[place]}`;
    field.value = texts.join(",");
    kept.append(field);
    choose();
  }

  function drawParallel(plot) {
    AxParallel.draw(plot, plot.figure, (place, ranges) => keep(place, ranges, plot.figure));
  }

  form.addEventListener("change", ({ target }) => {
    if (target.closest("#kept")) return;
    if (target.name === "log") drawAgain = true;
    choose();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { submitter } = event;
    pressed = submitter?.closest("#kept > [data-key]");
    next = submitter?.name === "keep" ? "#id_keep_from" : "summary";
    choose(submitter);
  });
  form.addEventListener("click", ({ target }) => {
    const line = target.closest("[data-number]");
    if (line) window.location.assign(form.dataset.trials.replace("/0/", `/${line.dataset.number}/`));
    const file = target.closest("a[data-csv]");
    if (file) file.href = `${form.dataset.csv}?${query()}&plot=${file.dataset.csv}`;
    const button = target.closest("[data-save]");
    const plot = button?.closest(".figures").querySelector(".plot");
    if (plot?.figure?.data.length) AxFigures.download(plot, plot.figure, button.dataset.save);
  });
  window.addEventListener("resize", () => {
    const plot = document.getElementById("plot-parallel");
    if (plot.figure?.data.length && !plot.hidden) drawParallel(plot);
  });
  document.addEventListener("htmx:beforeSwap", ({ detail: { pathInfo } }) => {
    if (pressed && isAnswer(pathInfo)) pressed.dataset.done = "true";
  });
  document.addEventListener("htmx:afterRequest", (event) => { answered(event); draw(); });
  AxFigures.whenReady(() => { drawAgain = true; draw(); });
})();
