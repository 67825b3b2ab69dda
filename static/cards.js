"use strict";
// The figures of cards: one at a time where there are several, or a group of small ones together.
(() => {
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) { seen.unobserve(target); show(target); }
  }, { rootMargin: "300px" });

  /** What somebody chose to look at in a card stays chosen when a newer card takes its place. */
  const chosen = new Map();

  function build(box) {
    box.dataset.built = "true";
    box.figures = JSON.parse(box.dataset.figures);
    const groups = [...new Set(box.figures.map(nameOf))];
    const key = box.closest("[data-key]")?.dataset.key;
    box.choice = document.createElement("select");
    box.choice.setAttribute("aria-label", "What to show");
    box.choice.append(...groups.map((name) => new Option(name)));
    box.choice.hidden = groups.length < 2;
    box.choice.value = groups.includes(chosen.get(key)) ? chosen.get(key) : groups[0];
    box.choice.addEventListener("change", () => { chosen.set(key, box.choice.value); show(box); });
    const bar = document.createElement("div");
    bar.className = "choices";
    bar.append(box.choice);
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

  const nameOf = (figure) => figure.layout.meta?.group || figure.name;

  function show(box) {
    const figures = box.figures.filter((figure) => nameOf(figure) === box.choice.value);
    box.plots.className = figures.length > 1 || figures[0].layout.meta?.small ? "small-plots" : "";
    box.plots.replaceChildren(...figures.map((figure) => {
      const plot = document.createElement("div");
      plot.className = "plot";
      plot.setAttribute("role", "img");
      plot.setAttribute("aria-label", `${figure.name}. ${figure.help}`);
      plot.figure = figure;
      return plot;
    }));
    box.help.textContent = figures[0].help;
    for (const plot of box.plots.children) AxFigures.draw(plot, plot.figure, {});
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
