"use strict";
// The table of trials: problems beside their fields, further columns that order, the address of news.
(() => {
  const results = document.getElementById("trials-results");
  const filters = document.getElementById("trial-filters");

  // Of the form, an answer brings only what is wrong with it: somebody types there.
  function showProblems() {
    for (const old of filters.querySelectorAll("p.error")) old.remove();
    for (const field of filters.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    const found = document.getElementById("trials-problems")?.content.children || [];
    for (const problem of found) {
      const field = filters.querySelector(`[name="${problem.dataset.for}"]`);
      if (!field) continue;
      const shown = problem.cloneNode(true);
      shown.id = `problem-${problem.dataset.for}`;
      shown.setAttribute("role", "alert");
      field.closest(".field").append(shown);
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", shown.id);
    }
  }
  document.addEventListener("htmx:afterSettle", ({ target }) => { if (target === results) showProblems(); });

  // A column moves at once, however fast somebody presses; the table follows with the last answer.
  filters.addEventListener("click", (event) => {
    const button = event.target.closest(".arrange button");
    if (!button) return;
    event.preventDefault();
    button.removeAttribute("name");  // Or the server would move it once more.
    const row = button.closest("li");
    const shown = [...row.parentElement.children].filter((each) => each.querySelector("input").checked);
    const here = shown.indexOf(row);
    const there = { first: 0, left: here - 1, right: here + 1 }[button.value.split(":")[1]];
    if (there < 0 || there >= shown.length || there === here) return;
    shown[there][there < here ? "before" : "after"](row);
    button.focus();
    const title = row.querySelector("label").textContent.trim();
    document.querySelector("#trial-columns [role=status]").textContent = `${title} is column ${there + 1} of ${shown.length}.`;
    filters.requestSubmit();
  });

  // With Shift, a head orders by its column, too, beside those that do.
  results.addEventListener("click", (event) => {
    const head = event.target.closest("a[data-then]");
    if (!head || !event.shiftKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    location.assign(head.dataset.then);
  });
  // Some browsers open a window upon Shift and Enter, and tell of no click.
  results.addEventListener("keydown", (event) => {
    const head = event.target.closest("a[data-then]");
    if (!head || event.key !== "Enter" || !event.shiftKey) return;
    event.preventDefault();
    location.assign(head.dataset.then);
  });

  // What the page shows follows its address: so do the rows that it asks for when there is news.
  document.addEventListener("htmx:pushedIntoHistory", ({ detail }) => {
    const [, query] = detail.path.split("?");
    results.dataset.live = results.dataset.live.split("?")[0] + (query ? `?${query}` : "");
  });
})();
