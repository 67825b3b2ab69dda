"use strict";
// While a result is typed: what AxDash reads, where that is not what stands there.
(() => {
  const waiting = new Map();

  async function show(input, output) {
    const text = input.value;
    let said = "";
    if (text.trim()) {
      try {
        const answer = await fetch(`${output.dataset.url}&text=${encodeURIComponent(text)}`);
        if (answer.ok && !answer.redirected) said = await answer.text();
      } catch { said = ""; }  // Without a connection nothing is said; saving tells that there is none.
    }
    if (input.value !== text) return;  // A newer question is on its way.
    output.textContent = said;
    output.hidden = !said;
  }

  function ask(input) {
    const output = input.closest(".measure")?.querySelector("output.reading");
    if (!output) return;
    clearTimeout(waiting.get(input));
    // A number that computers write is what it is.
    if (/^\s*[+-]?\d*\.?\d*\s*$/.test(input.value)) { output.hidden = true; return; }
    waiting.set(input, setTimeout(() => { waiting.delete(input); show(input, output); }, 250));
  }

  document.addEventListener("input", ({ target }) => { if (target.matches("input[data-mean]")) ask(target); });
})();
