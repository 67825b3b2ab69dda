"use strict";
// Small forms open in the page's dialog; without this script their links lead to pages.
(() => {
  const dialog = document.getElementById("dialog");

  if (dialog) {
    document.addEventListener("htmx:afterSwap", ({ detail }) => {
      if (detail.target.id !== "dialog-body") return;
      if (!dialog.open) dialog.showModal();
      (dialog.querySelector("[aria-invalid], [autofocus]") || dialog.querySelector("a.button"))?.focus();
    });
    // What worked is shown on the page; what was refused comes back into the dialog.
    dialog.addEventListener("htmx:afterRequest", ({ detail }) => {
      if (detail.requestConfig.verb === "post" && detail.xhr.status === 200) dialog.close();
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }

  // What was chosen in a menu is under way: the menu is in the way of what it leads to.
  document.addEventListener("htmx:beforeRequest", ({ target }) => {
    const menu = target.closest("details.menu");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-close-dialog]");
    if (close && dialog?.contains(close)) {
      event.preventDefault();
      dialog.close();
    }
    const drop = event.target.closest("[data-close-notes]");
    const shown = document.getElementById("notes-shown");
    if (drop && shown) {
      event.preventDefault();
      document.getElementById("notes-editor").replaceChildren();
      document.querySelector("#notes .edit").focus();
    }
    const tag = event.target.closest("[data-add-tag]");
    if (tag) {
      const field = document.getElementById("id_tags");
      const typed = field.value.split(",").map((text) => text.trim()).filter(Boolean);
      if (!typed.includes(tag.dataset.addTag)) field.value = [...typed, tag.dataset.addTag].join(", ");
      tag.remove();
      field.focus();
    }
  });
})();
