"use strict";
// An import of very many rows takes some seconds: the page says that it is at work.
document.getElementById("import-form")?.addEventListener("submit", ({ target }) => {
  target.querySelector("button").disabled = true;
  document.getElementById("import-progress").hidden = false;
});
