"use strict";
// An act on very many trials takes some seconds: the page that waits for it says how far it is.
(() => {
  const PAUSE = 400;

  /** A key that nobody else can guess, under which the server says how far the act is. */
  function newKey() {
    return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16)).join("");
  }

  /** Ask again and again how far an act is, and show it in `place`; `atEnd` once nothing is there
      any more. Returns what stops it. */
  function follow(address, key, place, atEnd) {
    const bar = document.createElement("progress");
    const words = document.createElement("span");
    bar.setAttribute("aria-label", "How far it is");
    let timer = setTimeout(ask, PAUSE);
    let furthest = 0;
    async function ask() {
      const answer = await fetch(`${address}?of=${key}`, { cache: "no-store" }).catch(() => null);
      if (!timer) return;
      if (!bar.isConnected) place.replaceChildren(bar, words);
      place.hidden = false;
      if (answer?.status === 200 && !answer.redirected) {
        const { share, words: told } = await answer.json();
        if (!timer) return;
        furthest = Math.max(furthest, share);
        bar.value = furthest;
        words.textContent = told;
      } else if (furthest || atEnd) {
        if (atEnd && answer) return atEnd();
        bar.removeAttribute("value");
        words.textContent = "Almost done…";
      } else words.textContent = "At work…";
      timer = setTimeout(ask, PAUSE);
    }
    return () => { clearTimeout(timer); timer = 0; };
  }

  let stop = null;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.progress || event.defaultPrevented) return;
    if (stop) return event.preventDefault();  // Once is enough.
    if (!form.elements.progress) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "progress", value: newKey() });
      form.append(field);
    }
    const place = form.querySelector(".at-work") || document.createElement("span");
    Object.assign(place, { className: "at-work", hidden: true });
    if (!place.isConnected) form.append(place);
    const end = follow(form.dataset.progress, form.elements.progress.value, place);
    stop = () => { end(); place.hidden = true; stop = null; };
  });
  // Who comes back by the browser’s “Back” finds the form as it was.
  addEventListener("pageshow", ({ persisted }) => { if (persisted) stop?.(); });

  const shown = document.querySelector("[data-following]");
  if (shown) follow(shown.dataset.address, shown.dataset.following, shown, () => location.reload());
})();
