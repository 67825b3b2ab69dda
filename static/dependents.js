"use strict";
// Parameters that apply only under some condition: their fields are shown where it holds. Without
// this script all are shown, with words. What was typed in a field stays when it is hidden; where it
// would be sent although it does not apply ("data-keeps"), it stays in sight.
(() => {
  const fieldOf = (box) => box.querySelector("input:not([type=range]), select");

  function applies(box) {
    const parent = fieldOf(box).form.elements[box.dataset.depends];
    if (!parent || !box.dataset.values.split("\n").includes(parent.value)) return false;
    const outer = parent.closest("[data-depends]");
    return !outer || applies(outer);
  }

  function show() {
    for (const box of document.querySelectorAll("[data-depends]")) {
      box.hidden = !applies(box) && !("keeps" in box.dataset && fieldOf(box).value.trim());
    }
  }

  document.addEventListener("input", show);
  document.addEventListener("htmx:afterSettle", show);
  addEventListener("pageshow", show);  // The browser may have put back what was chosen.
  show();
})();
