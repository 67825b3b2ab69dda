"use strict";
// Sliders and fields ask the model as they move: one question at a time, always the newest.
(() => {
  const form = document.getElementById("what-if");
  const place = document.getElementById("expected");
  const panel = document.getElementById("slices-panel");
  const slices = document.getElementById("slices");
  const choice = document.getElementById("slice-choice");
  let figures = [];
  let asking = false;
  let again = false;

  form.querySelector(".predict").hidden = true;  // Moving a value predicts already.

  async function ask() {
    if (asking) { again = true; return; }
    asking = true;
    again = false;
    place.classList.add("is-old");
    try {
      const answer = await fetch(form.dataset.predict, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } });
      if (answer.ok || answer.status === 422) take(await answer.text());
      else say(answer.status === 401 ? "You are signed out. Sign in again in another tab." : "This could not be predicted; try again.");
    } catch {
      say("There is no connection to AxDash.");
    }
    asking = false;
    if (again) ask();
  }

  function say(text) {
    const words = document.createElement("p");
    words.className = "error";
    words.textContent = text;
    place.querySelector(".panel > header").after(words);
    again = false;
  }

  function take(html) {
    if (again) return;  // A newer question is on its way.
    place.innerHTML = html;
    place.classList.remove("is-old");
    const errors = JSON.parse(place.querySelector("[data-errors]")?.dataset.errors || "{}");
    for (const box of form.querySelectorAll(".value > .error")) box.textContent = errors[box.id.replace("error-", "")] || "";
    if (place.querySelector("[data-waiting]")) setTimeout(ask, 400);
    const found = place.querySelector("[data-slices]");
    if (found) { figures = JSON.parse(found.dataset.slices); show(); }
    remember();
  }

  /** The address names the values, so that a view can be kept and shared. */
  function remember() {
    const query = new URLSearchParams([...new FormData(form)].filter(([name]) => /^p\d+$/.test(name)));
    history.replaceState(null, "", `?${query}`);
  }

  function show() {
    if (!window.Plotly || !figures.length) return;
    panel.hidden = false;
    const groups = [...new Set(figures.map(({ layout }) => layout.meta.metric))];
    if (groups.join("\n") !== [...choice.options].map(({ text }) => text).join("\n")) choice.replaceChildren(...groups.map((name) => new Option(name)));
    choice.hidden = groups.length < 2;
    const chosen = figures.filter(({ layout }) => layout.meta.metric === choice.value);
    while (slices.children.length > chosen.length) slices.lastChild.remove();
    chosen.forEach((figure, i) => {
      let plot = slices.children[i];
      if (!plot) {
        plot = document.createElement("div");
        plot.className = "plot";
        plot.setAttribute("role", "img");
        slices.append(plot);
      }
      plot.setAttribute("aria-label", figure.name);
      AxFigures.draw(plot, figure);
    });
  }

  // Sliders: a thousand places on the parameter's own scale.
  const fieldOf = (slider) => document.getElementById(slider.dataset.for);
  function valueAt(slider) {
    const { lower, upper, step } = Object.fromEntries(Object.entries(slider.dataset).map(([name, text]) => [name, Number(text)]));
    const share = Number(slider.value) / 1000;
    let value = "log" in slider.dataset ? lower * (upper / lower) ** share : lower + (upper - lower) * share;
    if (step) return String(Number((lower + Math.round((value - lower) / step) * step).toPrecision(12)));
    if ("whole" in slider.dataset) return String(Math.round(value));
    return share === 0 ? String(lower) : share === 1 ? String(upper) : String(Number(value.toPrecision(4)));
  }
  function shareOf(slider) {
    const [lower, upper, value] = [Number(slider.dataset.lower), Number(slider.dataset.upper), Number(fieldOf(slider).value.replace(",", "."))];
    const share = "log" in slider.dataset ? Math.log(value / lower) / Math.log(upper / lower) : (value - lower) / (upper - lower);
    return Number.isFinite(share) ? Math.round(share * 1000) : 500;
  }
  for (const slider of form.querySelectorAll(".slider")) {
    slider.hidden = false;
    slider.value = shareOf(slider);
  }

  form.addEventListener("input", ({ target }) => {
    if (target.matches(".slider")) fieldOf(target).value = valueAt(target);
    else for (const slider of form.querySelectorAll(`.slider[data-for="${target.id}"]`)) slider.value = shareOf(slider);
    if (target.name !== "is_outside") ask();
  });
  form.addEventListener("submit", ({ submitter }) => setTimeout(() => { submitter.disabled = true; }, 0));
  choice.addEventListener("change", show);
  AxFigures.whenReady(show);
  const first = place.querySelector("[data-slices]");
  if (first) figures = JSON.parse(first.dataset.slices);
  if (place.querySelector("[data-waiting]")) ask();
  show();
})();
