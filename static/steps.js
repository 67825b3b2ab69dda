"use strict";
// The fields for a step in the row of a running trial: opened and closed, with the cursor where one
// goes on typing. What is half typed opens them again after a reload (drafts.js keeps it).
(() => {
  const valueIn = (place) => place?.querySelector("input[data-mean]");
  const place = (link) => document.querySelector(link.getAttribute("hx-target"));

  function close(fields) {
    const row = fields.closest(".run");
    fields.replaceChildren();
    row.querySelector("[data-opens-steps]")?.focus();
  }

  // What is typed before the answer is there is the next value: it goes in the place of this one.
  document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
    const here = document.activeElement;
    if (elt.matches(".step-entry") && elt.contains(here)) here.select?.();
  });

  // The link leads to the fields that are open already, and closes them if nothing was typed.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt } = event.detail;
    if (!elt.matches("[data-opens-steps]") || !place(elt).children.length) return;
    event.preventDefault();
    const isTyped = [...place(elt).querySelectorAll("input:not([type=hidden])")].some((input) => input.value !== input.defaultValue);
    if (isTyped) valueIn(place(elt)).focus();
    else close(place(elt));
  });

  document.addEventListener("htmx:afterSettle", ({ detail: { requestConfig: { elt } } }) => {
    if (elt.matches("[data-opens-steps]") && !elt.dataset.restores) valueIn(place(elt))?.focus();
    delete elt.dataset.restores;
  });

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-close-steps]");
    if (!button) return;
    const form = button.closest("form");
    for (const input of form.querySelectorAll("input:not([type=hidden])")) input.value = input.defaultValue;
    valueIn(form).dispatchEvent(new Event("input", { bubbles: true }));  // No draft is left of it.
    close(form.closest(".steps"));
  });

  document.addEventListener("keydown", (event) => {
    const fields = event.target.closest(".steps");
    if (event.key === "Escape" && fields && !event.isComposing) fields.querySelector("[data-close-steps]")?.click();
  });

  // Rows with a draft open once htmx is there.
  document.addEventListener("htmx:load", function open() {
    document.removeEventListener("htmx:load", open);
    for (const link of document.querySelectorAll("[data-opens-steps]")) {
      if (!window.AxDrafts?.has(link.getAttribute("hx-get"))) continue;
      link.dataset.restores = "true";
      htmx.trigger(link, "click");
    }
  });
})();
