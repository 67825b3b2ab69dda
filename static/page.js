"use strict";
// What every page shares: keyed lists, copying, times that stay current, and keeping the focus.

const fields = (row) => [...row.querySelectorAll("input:not([type=hidden], [type=checkbox]), textarea")];
const isTyped = (row) =>
  !row.dataset.done &&
  (row.hasAttribute("data-editing") || row.querySelector(".htmx-request") ||
    fields(row).some((input) => input.value !== input.defaultValue));
const isBusy = (row) =>
  isTyped(row) || (!row.dataset.done && fields(row).includes(document.activeElement));

/** Make a list's rows those of `fresh`, by data-key. Rows that did not change, or that somebody
    is busy with, are left where they are: moving one would take the focus from it.
    Returns the rows that were added. */
function mergeRows(list, fresh) {
  const rows = [...fresh.children];
  const wanted = new Map(rows.map((row) => [row.dataset.key, row]));
  const kept = new Map();
  let heir = null;
  for (const row of [...list.children]) {
    const now = wanted.get(row.dataset.key);
    if (now && !row.dataset.done && (row.dataset.version === now.dataset.version || isBusy(row))) {
      kept.set(row.dataset.key, row);
      markBack(row);
      renewBeside(row, now);
    } else if (!now && row.matches(".run") && isTyped(row)) markGone(row);
    else if (now || row.dataset.done || !row.querySelector(".htmx-request")) {
      if (row.contains(document.activeElement)) heir = now ? counterpart(row, now) : fieldAfter(row);
      if (now && row.querySelector(".tick:checked")) now.querySelector(".tick").checked = true;
      const open = row.querySelector(":scope > .steps:not(:empty)");
      if (open && now) {
        if (open.contains(document.activeElement)) heir = document.activeElement;
        now.querySelector(":scope > .steps").replaceWith(open);
      }
      row.remove();
    }
  }
  let place = list.firstElementChild;
  const added = [];
  for (const row of rows) {
    while (place && !kept.has(place.dataset.key)) place = place.nextElementSibling;
    const old = kept.get(row.dataset.key);
    if (old && old === place) place = place.nextElementSibling;
    else list.insertBefore(old || row, place);
    if (!old) added.push(row);
  }
  if (!list.children.length) list.replaceChildren();  // No blanks left: :empty shows the hint.
  heir?.focus({ preventScroll: true });
  return added;
}

/** In a row that stays because somebody is busy with it, what only tells is renewed all the same. */
function renewBeside(row, fresh) {
  const known = row.dataset.beside || row.dataset.version;
  if (known === fresh.dataset.version) return;
  row.dataset.beside = fresh.dataset.version;
  for (const now of fresh.querySelectorAll("[data-tells]")) {
    const old = row.querySelector(`[data-tells="${now.dataset.tells}"]`);
    if (!old || old.contains(document.activeElement)) continue;
    old.replaceChildren(...now.childNodes);
    htmx.process(old);
  }
}

/** Where the cursor goes on when the trial that it was in has been finished by somebody else. */
function fieldAfter(row) {
  const other = row.nextElementSibling || row.previousElementSibling;
  return row.matches(".run") && other ? other.querySelector("input[data-mean]") : null;
}

/** What has the focus in `row`, as it is in the row that takes its place. */
function counterpart(row, fresh) {
  const here = document.activeElement;
  const reached = [...fresh.querySelectorAll("a[href], button, summary, select, [type=checkbox], [tabindex]")];
  const alike = [
    (each) => each.tagName === here.tagName && each.textContent === here.textContent,
    (each) => here.href && each.href === here.href,
    (each) => here.name && each.type === here.type && each.name === here.name,
    (each) => here.getAttribute("aria-label") && each.getAttribute("aria-label") === here.getAttribute("aria-label"),
  ];
  return alike.map((test) => reached.find(test)).find(Boolean) || null;
}

/** Replace, or take away, only the rows whose acts are done. */
function replaceDone(list, fresh) {
  for (const row of list.querySelectorAll(":scope > [data-done]")) {
    const now = [...fresh.children].find(({ dataset }) => dataset.key === row.dataset.key);
    row.replaceWith(...(now ? [now] : []));
    if (now) htmx.process(now);
  }
}

function markGone(row) {
  if (row.classList.contains("is-gone") || row.querySelector(".htmx-request")) return;
  row.classList.add("is-gone");
  const note = document.createElement("p");
  note.className = "gone-note";
  note.setAttribute("role", "status");
  const isFiltered = /[?&]run=/.test(document.querySelector("[data-live]")?.dataset.live);
  note.textContent = isFiltered
    ? "This trial was finished or handed over meanwhile: it is not in this list any more. What you typed is still here. "
    : "Somebody finished this trial meanwhile (see below). What you typed is still here. ";
  const button = document.createElement("button");
  button.className = "quiet";
  button.textContent = "Drop it";
  button.addEventListener("click", () => row.remove());
  note.append(button);
  row.append(note);
}

function markBack(row) {
  row.classList.remove("is-gone");
  row.querySelector(".gone-note")?.remove();
}

htmx.defineExtension("keyed", {
  handleSwap(style, target, fragment) {
    if (style !== "keyed") return false;
    mergeRows(target, fragment).forEach((row) => htmx.process(row));  // At once: somebody types fast.
    return [];
  },
});

// What waits for its answer stays on the page until it has it: htmx looks for the places to fill
// in the document of the element that asked.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target } = event.detail;
  if (!target.matches("[data-merged]") && target.querySelector(".htmx-request")) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt } = event.detail.requestConfig;
  elt.classList.remove("htmx-request");
  const row = elt.closest("[data-key]");
  if (row && !elt.matches("details, [popover], [data-stays]") && event.detail.xhr.status === 200) row.dataset.done = "true";
});

// After an act, the focus goes where the next one is likely; nobody starts again from the top.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, path, formData } = event.detail.requestConfig;
  if (/suggestions\/\d+\/take\//.test(path) && event.detail.xhr.status === 200) setTimeout(focusNewest, 0);
  const undone = /\/undo\/\d+\//.test(path) && elt.closest("form")?.dataset.trial;
  const [, number, act] = undone ? [path, undone, "reopen"] : path.match(/trials\/(\d+)\/(?:curve\/)?(\w+)\//) || [];
  if (!act || event.detail.requestConfig.verb !== "post") return;
  const isStep = elt.matches(".step-entry");
  if (event.detail.xhr.status === 422 || isStep) keepTypedSince(elt, formData);
  if (event.detail.xhr.status !== 200) return;
  const place = isStep ? elt : elt.closest("[data-key], .toast") || elt;
  if (!place.contains(document.activeElement) && document.activeElement !== document.body) return;
  const next = place.nextElementSibling?.matches(".run") ? place.nextElementSibling.id : "";
  setTimeout(() => focusAfter(act, number, next), 0);
});

function focusAfter(act, number, next) {
  const firstField = "#running-list input[data-mean]";
  const wanted = {
    correct: [`#finished-${number} .row-acts a`],
    reopen: [`#steps-${number} input[data-mean]`, `#run-${number} input[data-mean]`],
    step: [`#steps-${number} input[data-mean]`, ".curve .step-entry input[data-mean]"],
  }[act] || [next && `#${next} input[data-mean]`, firstField];
  const places = [...wanted, firstField, "#get-suggestions button"].filter(Boolean);
  places.map((selector) => document.querySelector(selector)).find(Boolean)?.focus();
}

/** Go on in the trial that was just taken: the last one, as they are sorted by number. */
function focusNewest() {
  const newest = document.querySelector("#running-list > :last-child");
  (newest?.querySelector("input[data-mean]") || newest?.querySelector("a"))?.focus();
}

/** What was typed while an answer was on its way is newer than what the answer brings back. */
function keepTypedSince(form, sent) {
  const newer = [...form.querySelectorAll("input:not([type=hidden])")].filter((input) => input.value !== sent.get(input.name));
  if (!newer.length) return;
  const { id, dataset } = form.closest("[data-key]");
  setTimeout(() => {
    for (const { name, value } of newer) {
      const input = document.querySelector(`${id ? `#${id}` : `[data-key="${dataset.key}"]`} input[name="${name}"]`);
      if (!input) continue;  // Not there any more: the metric has gone meanwhile.
      input.value = value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }, 0);
}

/** The field of the same name in the running trial before or after. */
function sameFieldBeside(input, side) {
  let row = input.closest(".run")?.[side];
  while (row && !row.querySelector("[data-entry]")) row = row[side];
  return row?.querySelector(`[data-entry] input[name="${input.name}"]`);
}

// As in a spreadsheet: Shift+Enter goes back, Alt with an arrow up or down, and Escape restores.
document.addEventListener("keydown", (event) => {
  if (event.isComposing || !event.target.matches("[data-entry] input")) return;
  const input = event.target;
  if (event.key === "Escape") {
    input.value = input.defaultValue;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    return;
  }
  const isBack = (event.key === "Enter" && event.shiftKey) || (event.altKey && event.key === "ArrowUp");
  if (!isBack && !(event.altKey && event.key === "ArrowDown")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const goal = sameFieldBeside(input, isBack ? "previousElementSibling" : "nextElementSibling");
  goal?.focus();
  goal?.select();
});

// With several metrics, Enter goes on to the next one that is blank, and sends after the last.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches("[data-entry] input")) return;
  const means = [...event.target.form.querySelectorAll("input[data-mean]")];
  const here = event.target.closest(".measure");
  const next = means.find((input) =>
    !input.value.trim() && here.compareDocumentPosition(input.closest(".measure")) & Node.DOCUMENT_POSITION_FOLLOWING);
  if (!next) return;
  event.preventDefault();
  next.focus();
});

// Nobody asks for suggestions where none are computed; the reason stands beside the button.
document.addEventListener("htmx:oobAfterSwap", (event) => {
  const { target } = event.detail;
  if (target.id !== "stopped") return;
  const button = document.querySelector("#get-suggestions button");
  button.disabled = Boolean(target.textContent.trim());
  button.title = target.textContent.trim();
});

document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-print]")) { window.print(); return; }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await copyText(copy.dataset.copy);
    const name = copy.querySelector("[data-label]") || copy;
    const label = name.textContent;
    if (label !== "Copied") {
      name.textContent = "Copied";
      setTimeout(() => { name.textContent = label; }, 1500);
    }
  }
  const fill = event.target.closest("[data-fill]");
  if (fill) {
    const field = fill.closest(".measure").querySelector("input[data-mean]");
    field.value = fill.dataset.fill;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.removeAttribute("aria-invalid");
    field.focus();
    fill.closest(".error").replaceChildren();
  }
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.parentElement.remove();
  const cancel = event.target.closest("[data-cancel-edit]");
  const live = document.querySelector("[data-live]");
  if (cancel && live) {
    event.preventDefault();
    const row = cancel.closest("[data-key]");
    row.dataset.done = "true";
    document.addEventListener("htmx:afterSettle", () => document.querySelector(`#${row.id} .row-acts a`)?.focus(), { once: true });
    document.dispatchEvent(new CustomEvent("axdash:news"));
  }
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const cancel = event.target.closest("tr")?.querySelector("[data-cancel-edit]");
  if (cancel) cancel.click();
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
});

async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");  // Plain HTTP has no clipboard of its own.
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

// Days and times are those of this browser’s clock, from the next page on.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `axdash_zone=${zone}; path=/; max-age=31536000; samesite=lax`;

// Times: "4 minutes ago" stays true while the page is open.
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
function refreshTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
    const [unit, size] = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]].find(([, s]) => Math.abs(seconds) >= s) || ["second", 1];
    time.textContent = Math.abs(seconds) < 1 ? "now" : relative.format(Math.trunc(seconds / size), unit);
  }
}
setInterval(refreshTimes, 5000);

// A notice leaves by itself, unless somebody is busy with it.
setInterval(() => {
  const toast = document.querySelector("#notice .toast");
  if (!toast || toast.matches(":hover, :focus-within") || toast.querySelector("[role=alert]")) return;
  toast.dataset.age = Number(toast.dataset.age || 0) + 1;
  if (toast.dataset.age > 12) toast.remove();
}, 1000);

// A result that could not be sent waits in its field, unless it is changed, and is sent again.
const unsent = new Map();
const typedIn = (form) => JSON.stringify([...new FormData(form)]);
const offline = () => document.getElementById("offline");
for (const failure of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(failure, (event) => {
  const form = event.detail.requestConfig.elt;
  if (form.matches("[data-entry], [data-correction]")) unsent.set(form, typedIn(form));
  offline().hidden = false;
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.xhr.status) return;
  unsent.delete(event.detail.requestConfig.elt);
  offline().hidden = !unsent.size;
});
function sendAgain() {
  for (const [form, typed] of unsent) {
    if (form.isConnected && typedIn(form) === typed) form.requestSubmit();
    else unsent.delete(form);
  }
}
window.addEventListener("online", sendAgain);
setInterval(sendAgain, 5000);

document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  const reason = page.querySelector("main p")?.textContent;
  showProblem([401, 403, 404].includes(status) ? reason || "This is not open to you." : "AxDash made a mistake. What you typed is still here; try again.");
});
function showProblem(text) {
  const box = document.getElementById("notice");
  if (!box) return;
  const toast = document.createElement("div");
  toast.className = "toast bad";
  toast.setAttribute("role", "alert");
  toast.textContent = text;
  const close = document.createElement("button");
  close.className = "quiet";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", "Dismiss");
  close.textContent = "✕";
  toast.append(close);
  box.replaceChildren(toast);
}
