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

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt } = event.detail;
    if (elt.matches(".step-entry")) send(event, elt);
    else if (elt.matches("[data-opens-steps]") && place(elt).children.length) toggle(event, place(elt));
  });

  /** Without a value nothing is sent: the second of two clicks asks for no more than the cursor. */
  function send(event, form) {
    const here = document.activeElement;
    if (![...form.querySelectorAll("input[data-mean]")].some((input) => input.value.trim())) {
      event.preventDefault();
      valueIn(form).focus();
    } else if (form.contains(here)) here.select?.();  // What is typed from now on is the next value.
  }

  /** The link leads to fields that are open already; it closes them if nothing was typed. */
  function toggle(event, fields) {
    event.preventDefault();
    const isTyped = [...fields.querySelectorAll("input:not([type=hidden])")].some((input) => input.value !== input.defaultValue);
    const isDouble = event.timeStamp - opened < 700;
    if (isTyped || isDouble) valueIn(fields).focus();
    else close(fields);
  }
  let opened = -Infinity;

  document.addEventListener("htmx:afterSettle", ({ detail: { requestConfig: { elt } } }) => {
    if (!elt.matches("[data-opens-steps]")) return;
    opened = performance.now();
    if (!elt.dataset.restores) valueIn(place(elt))?.focus();
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
