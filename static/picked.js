"use strict";
// Which trials are ticked, on this page of the table and on the others. It is kept in this tab, for
// this person and experiment, until something was done to them, or somebody clears it.
(() => {
  const results = document.getElementById("trials-results");
  const form = () => document.getElementById("bulk");
  const key = `axdash-picked:${document.body.dataset.person}:${form().dataset.selection}`;
  const { numbers, filters } = read();
  const picked = new Set(numbers);
  let all = filters;  // The filters whose trials are all selected; null: only those with a tick.

  function read() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(key)) || {};
      return { numbers: kept.numbers || [], filters: kept.filters ?? null };
    } catch { return { numbers: [], filters: null }; }
  }
  function keep() {
    try {
      if (picked.size || all !== null) sessionStorage.setItem(key, JSON.stringify({ numbers: [...picked], filters: all }));
      else sessionStorage.removeItem(key);
    } catch { /* The browser’s room is full, or closed to us: the page itself still knows. */ }
  }
  function forget() {
    picked.clear();
    all = null;
    keep();
  }

  function words(here, every) {
    const total = picked.size.toLocaleString("en");
    if (every) return "all selected";
    if (here === picked.size) return `${total} selected`;
    return `${total} selected, ${here} of them on this page`;
  }

  function show() {
    const whole = document.getElementById("pick-page");
    if (!whole) return;
    const ticks = [...results.querySelectorAll("input.tick")];
    const every = all !== null && all === form().dataset.filters;
    const here = ticks.filter((tick) => picked.has(tick.value)).length;
    for (const tick of [whole, ...ticks]) tick.disabled = every;
    for (const tick of ticks) tick.checked = every || picked.has(tick.value);
    whole.closest("label").hidden = false;
    whole.checked = every || (here > 0 && here === ticks.length);
    whole.indeterminate = !every && here > 0 && here < ticks.length;
    document.getElementById("pick-all").checked = every;
    document.getElementById("pick-none").hidden = !picked.size && !every;
    const shown = new Set(ticks.map((tick) => tick.value));
    document.getElementById("picked-elsewhere").value = [...picked].filter((number) => !shown.has(number)).join(",");
    const said = words(here, every);
    const count = document.getElementById("picked-count");
    if (count.textContent !== said) count.textContent = said;
  }

  results.addEventListener("change", ({ target }) => {
    const set = (tick, isOn) => picked[isOn ? "add" : "delete"](tick.value);
    if (target.id === "pick-all") all = target.checked ? form().dataset.filters : null;
    else if (target.id === "pick-page") for (const tick of results.querySelectorAll("input.tick")) set(tick, target.checked);
    else if (target.matches(".tick")) set(target, target.checked);
    else return;
    keep();
    show();
  });
  results.addEventListener("click", ({ target }) => {
    if (target.id !== "pick-none") return;
    forget();
    show();
    document.getElementById("pick-page").focus();
  });

  // What was selected has been dealt with.
  if (location.hash === "#done") {
    forget();
    history.replaceState(null, "", location.pathname + location.search);
  }
  document.addEventListener("htmx:afterSettle", show);
  document.addEventListener("htmx:oobAfterSwap", show);
  window.addEventListener("pageshow", show);  // Browsers put back the ticks of a page that they leave.
  show();
})();
