"use strict";
// The figures of cards: one at a time where there are several, or a group of small ones together.
(() => {
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) { seen.unobserve(target); show(target); }
  }, { rootMargin: "300px" });

  /** What somebody chose to look at in a card stays chosen when a newer card takes its place. A
      metric is chosen for all cards that know it. */
  const chosen = new Map();

  const metricOf = (figure) => figure.layout.meta?.metric || "";
  const nameOf = (figure) => figure.layout.meta?.group || metricOf(figure) || figure.name;
  const named = (box, of) => [...new Set(box.figures.filter((figure) => of !== nameOf || !box.metric.value || metricOf(figure) === box.metric.value).map(of).filter(Boolean))];

  function selection(label, onChange) {
    const select = document.createElement("select");
    select.setAttribute("aria-label", label);
    select.addEventListener("change", onChange);
    return select;
  }

  function fill(select, names, wanted) {
    select.replaceChildren(...names.map((name) => new Option(name)));
    select.hidden = names.length < 2;
    select.value = names.includes(wanted) ? wanted : names[0] || "";
  }

  function build(box) {
    box.dataset.built = "true";
    box.figures = JSON.parse(box.dataset.figures);
    box.key = box.closest("[data-key]")?.dataset.key;
    box.metric = selection("Metric", () => chooseMetric(box.metric.value));
    box.choice = selection("What to show", () => { chosen.set(box.key, box.choice.value); show(box); });
    fill(box.metric, named(box, metricOf), chosen.get("metric"));
    fill(box.choice, named(box, nameOf), chosen.get(box.key));
    const bar = document.createElement("div");
    bar.className = "choices";
    bar.append(box.metric, box.choice);
    box.saves = document.createElement("span");
    box.saves.className = "end";
    for (const format of ["png", "svg", "csv"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = format.toUpperCase();
      button.title = `Download as ${format.toUpperCase()}`;
      button.addEventListener("click", () => box.querySelectorAll(".plot").forEach((plot) => AxFigures.download(plot, plot.figure, format)));
      box.saves.append(button);
    }
    bar.append(box.saves);
    box.plots = document.createElement("div");
    box.help = document.createElement("p");
    box.help.className = "why";
    box.append(bar, box.plots, box.help);
    if (box.dataset.eager === undefined) seen.observe(box);  // What is printed is there from the start.
    else show(box);
  }

  function chooseMetric(name) {
    chosen.set("metric", name);
    for (const box of document.querySelectorAll("[data-built]")) {
      if (!named(box, metricOf).includes(name)) continue;
      box.metric.value = name;
      fill(box.choice, named(box, nameOf), chosen.get(box.key));
      if (box.plots.children.length) show(box);
    }
  }

  function show(box) {
    const figures = box.figures.filter((figure) => nameOf(figure) === box.choice.value && (!box.metric.value || metricOf(figure) === box.metric.value));
    const isSmall = figures[0].layout.meta?.small;
    box.plots.className = isSmall ? "small-plots" : figures.length > 1 ? "beside" : "";
    box.plots.replaceChildren(...figures.map((figure) => {
      const plot = document.createElement("div");
      plot.className = "plot";
      plot.setAttribute("role", "img");
      plot.setAttribute("aria-label", `${figure.name}. ${figure.help}`);
      plot.figure = figure;
      const caption = figure.layout.meta?.caption;
      if (!caption) return plot;
      const holder = document.createElement("figure");
      const title = document.createElement("figcaption");
      title.textContent = caption;
      holder.append(title, plot);
      return holder;
    }));
    box.help.textContent = figures[0].help;
    for (const plot of box.plots.querySelectorAll(".plot")) AxFigures.draw(plot, plot.figure, {});
  }

  function scan() {
    if (!window.Plotly) return;
    for (const box of document.querySelectorAll("[data-figures]:not([data-built])")) build(box);
  }
  function redraw() {
    scan();
    for (const box of document.querySelectorAll("[data-built]")) if (box.plots.children.length) show(box);
  }
  document.addEventListener("htmx:afterRequest", scan);
  AxFigures.whenReady(redraw);
})();
