"use strict";
// The table of trials: what is selected stays selected while rows come and go.
(() => {
  const results = document.getElementById("trials-results");
  const picked = new Set();
  const ticks = () => [...results.querySelectorAll("input.tick")];

  function show() {
    const whole = document.getElementById("pick-page");
    if (!whole) return;
    const here = ticks();
    for (const tick of here) tick.checked = picked.has(tick.value);
    const some = here.filter((tick) => tick.checked).length;
    whole.closest("label").hidden = false;
    whole.checked = some > 0 && some === here.length;
    whole.indeterminate = some > 0 && some < here.length;
    const all = document.getElementById("pick-all").checked;
    document.getElementById("picked-count").textContent = all ? "all selected" : `${some} selected`;
  }

  results.addEventListener("change", ({ target }) => {
    if (target.id === "pick-page") for (const tick of ticks()) picked[target.checked ? "add" : "delete"](tick.value);
    else if (target.matches(".tick")) picked[target.checked ? "add" : "delete"](target.value);
    show();
  });
  document.addEventListener("htmx:afterSettle", show);
  document.addEventListener("htmx:oobAfterSwap", show);
  show();

  // What the page shows follows its address: so do the rows that it asks for when there is news.
  document.addEventListener("htmx:pushedIntoHistory", ({ detail }) => {
    const [, query] = detail.path.split("?");
    results.dataset.live = results.dataset.live.split("?")[0] + (query ? `?${query}` : "");
  });
})();
