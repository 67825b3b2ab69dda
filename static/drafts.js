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
  const isTyped = (input) => input.value !== input.defaultValue;

  function keep(form) {
    const kept = fields(form).some(isTyped) ? fields(form).filter((input) => isTyped(input) || input.matches("[data-context]")) : [];
    const typed = kept.map((input) => [input.name, input.value]);
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
  // Before the answer is taken in: the fields for what comes next are to be empty.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const form = detail.requestConfig.elt;
    if (form.matches("form[data-entry]") && detail.xhr.status === 200) localStorage.removeItem(keyOf(form));
  });
  document.addEventListener("htmx:afterSettle", () => restore(document));
  document.addEventListener("htmx:oobAfterSwap", () => restore(document));
  // What was typed for a trial that has ended, or has gone, meanwhile is told, and not lost.
  function offer() {
    const list = document.getElementById("running-list");
    // In a narrowed list, a trial that is missing may well be running.
    if (!list || new URLSearchParams(location.search).get("run")) return;
    const trials = `${own}${location.pathname}trials/`;
    for (const key of Object.keys(localStorage).filter((each) => each.startsWith(trials))) {
      const number = key.slice(trials.length).split("/")[0];
      const texts = (read(key)?.typed || []).map(([, value]) => value).filter((value) => value.trim());
      if (document.getElementById(`run-${number}`) || !texts.length) continue;
      const note = document.createElement("p");
      note.className = "left-over";
      note.setAttribute("role", "status");
      note.textContent = `What you typed for trial ${number} was not saved: ${texts.join(", ")}. It is not running any more. `;
      const link = document.createElement("a");
      link.href = `${location.pathname}trials/${number}/`;
      link.textContent = `See trial ${number}`;
      const button = document.createElement("button");
      button.className = "quiet";
      button.textContent = "Drop it";
      button.addEventListener("click", () => { localStorage.removeItem(key); note.remove(); });
      note.append(link, " ", button);
      list.before(note);
    }
  }

  window.AxDrafts = { has: (path) => localStorage.getItem(own + path) !== null };
  clear((key) => !(Date.now() - read(key)?.at < days * 86400000));
  restore(document);
  offer();
})();
