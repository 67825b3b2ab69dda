"use strict";
// A row or term that was removed can be put back, until its list changes again.
(() => {
  const LISTS = "#parameter-rows, #metric-rows, #constraint-rows";
  let kept = null;  // The list, its rows as they were, and the notice that offers them.

  function forget() {
    kept?.toast.remove();
    kept = null;
  }

  function whatIsIn(row, action) {
    if (/-t\d+$/.test(action)) return "The term";
    const name = row.querySelector(".is-name input")?.value.trim();
    return name ? `“${name}”` : row.querySelector("legend").textContent;
  }

  function button(text, label) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "quiet";
    made.textContent = text;
    if (label) made.setAttribute("aria-label", label);
    return made;
  }

  function offer(what) {
    const toast = document.createElement("div");
    const text = document.createElement("span");
    const undo = button("Undo");
    const dismiss = button("✕", "Dismiss");
    toast.className = "toast";
    text.textContent = `${what} is removed.`;
    undo.classList.add("strong");
    undo.addEventListener("click", putBack);
    dismiss.dataset.dismiss = "";
    toast.append(text, undo, dismiss);
    document.getElementById("notice").replaceChildren(toast);
    return toast;
  }

  function putBack() {
    const { list, rows, focus } = kept;
    list.replaceChildren(...rows);
    forget();
    list.dispatchEvent(new Event("change", { bubbles: true }));
    focus?.focus();
  }

  // The rows themselves are kept, with what was typed into them; the answer's rows are others.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const list = detail.target;
    if (!detail.shouldSwap || !list.matches(LISTS)) return;
    forget();
    const pressed = detail.requestConfig.elt;
    if (!pressed.value?.startsWith("remove-")) return;
    const row = pressed.closest("fieldset");
    const focus = row.querySelector(".is-name input, select");
    kept = { list, rows: [...list.childNodes], focus, toast: offer(whatIsIn(row, pressed.value)) };
    list.replaceChildren();
  });

  document.addEventListener("input", (event) => {
    if (kept?.list.contains(event.target)) forget();
  });
})();
