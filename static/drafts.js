"use strict";
// What is half typed into the fields of a result outlives the page: a reload, a closed tab. It is
// kept in this browser, for this person, until it is saved, emptied, or they sign out.
(() => {
  const person = document.body.dataset.person;
  const prefix = "axdash-draft:";
  const own = `${prefix}${person}:`;
  const days = 14;
  const fields = (form) => [...form.querySelectorAll("input:not([type=hidden]):not([type=checkbox])")];
  const keyOf = (form) => own + new URL(form.action).pathname.replace(/(complete|correct)\/$/, "");

  function keep(form) {
    const typed = fields(form).filter((input) => input.value !== input.defaultValue).map((input) => [input.name, input.value]);
    if (!typed.length) { localStorage.removeItem(keyOf(form)); return; }
    try {
      localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), typed }));
    } catch { return; }  // The browser’s room is full, or closed to us: the page itself still has it.
  }

  function restore(root) {
    for (const form of root.querySelectorAll("form[data-entry]:not([data-restored])")) {
      form.dataset.restored = "";
      const kept = read(keyOf(form));
      for (const [name, value] of kept?.typed || []) {
        const input = fields(form).find((each) => each.name === name);
        if (input && input.value === input.defaultValue) input.value = value;
      }
    }
  }

  function read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch { return null; }
  }

  function clear(isOver) {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix) && isOver(key)) localStorage.removeItem(key);
  }

  document.addEventListener("input", ({ target }) => {
    const form = target.closest("form[data-entry]");
    if (form) keep(form);
  });
  document.addEventListener("submit", ({ target }) => {
    if (target.matches("[data-sign-out]")) clear((key) => key.startsWith(own));
    // Without htmx the page is left: what is refused comes back with the answer.
    if (target.matches("form[data-entry]:not([hx-post])")) localStorage.removeItem(keyOf(target));
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const form = detail.requestConfig.elt;
    if (form.matches("form[data-entry]") && detail.xhr.status === 200) localStorage.removeItem(keyOf(form));
  });
  document.addEventListener("htmx:afterSettle", () => restore(document));
  document.addEventListener("htmx:oobAfterSwap", () => restore(document));
  clear((key) => !(Date.now() - read(key)?.at < days * 86400000));
  restore(document);
})();
