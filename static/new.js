"use strict";
// The form in which an experiment is defined. It works without this; here is what makes it quicker.

const rowOf = (element) => element.closest("fieldset.parameter");
const fieldOf = (row, name) => row?.querySelector(`[id$="-${name}"]:is(input, select, textarea)`);
const keyOf = (row) => row.querySelector("input[name$='-key']").value;
const kindOf = (row) => fieldOf(row, "kind").value;
const titleOf = (row) => fieldOf(row, "name").value.trim() || row.querySelector("legend").textContent.toLowerCase();

// Lists of parameters: the names as they are now, of those that can be chosen.
const OFFERED = { parent: ["choice", "bool", "fixed"], parameter: ["float", "int", "choice", "fixed"] };
function offer(select) {
  const own = rowOf(select);
  const rows = [...document.querySelectorAll("fieldset.parameter")].filter(
    (row) => row !== own && OFFERED[select.dataset.reference].includes(kindOf(row)));
  const wanted = rows.map((row) => [keyOf(row), titleOf(row)]);
  if (select.value && !wanted.some(([key]) => key === select.value))
    wanted.push([select.value, select.selectedOptions[0].textContent]);
  const chosen = select.value;
  const options = wanted.map(([key, title]) => new Option(title, key, false, key === chosen));
  select.replaceChildren(select.options[0], ...options);
}
for (const kind of ["pointerdown", "focusin"])
  document.addEventListener(kind, (event) => {
    if (event.target.matches?.("select[data-reference]")) offer(event.target);
  });

// A name that changes is shown at once where it was chosen.
document.addEventListener("input", (event) => {
  const row = event.target.matches("fieldset.parameter .is-name input") && rowOf(event.target);
  if (!row) return;
  for (const option of document.querySelectorAll(`select[data-reference] option[value="${keyOf(row)}"]`))
    option.textContent = titleOf(row);
  for (const title of document.querySelectorAll("#parameter-rows .when")) {
    const { parent, values } = conditionOf(title.nextElementSibling);
    if (parent === keyOf(row)) title.textContent = whenTitle(row, values);
  }
});

const conditionOf = (row) => ({
  parent: fieldOf(row, "parent").value,
  values: fieldOf(row, "parent_values").value.split(/\s+/).filter(Boolean).join(" "),
});
const whenTitle = (parent, values) => `when ${titleOf(parent)} is ${values.replaceAll(", ", " or ") || "…"}`;

// Dependent parameters stand beneath the value that switches them on, as the server arranges them.
function arrange() {
  const list = document.getElementById("parameter-rows");
  const number = (row) => Number(fieldOf(row, "name").name.match(/\d+/)[0]);
  const rows = [...list.querySelectorAll("fieldset.parameter")].sort((a, b) => number(a) - number(b));
  const parents = new Map(rows.map((row) => [keyOf(row), fieldOf(row, "parent").value]));
  const leadsSomewhere = (key) => {
    const seen = new Set();
    for (; parents.get(key); key = parents.get(key)) {
      if (seen.has(key) || !parents.has(parents.get(key))) return false;
      seen.add(key);
    }
    return true;
  };
  const groups = new Map();
  for (const row of rows) {
    const parent = leadsSomewhere(keyOf(row)) ? parents.get(keyOf(row)) : "";
    const values = parent && conditionOf(row).values;
    if (!groups.has(parent)) groups.set(parent, new Map());
    if (!groups.get(parent).has(values)) groups.get(parent).set(values, []);
    groups.get(parent).get(values).push(row);
  }
  const place = (row, box) => {
    box.append(row);
    for (const [values, group] of groups.get(keyOf(row)) || []) {
      const title = document.createElement("p");
      title.className = "when";
      title.textContent = whenTitle(row, values);
      const inner = document.createElement("div");
      inner.className = "dependents";
      inner.append(title);
      group.forEach((dependent) => place(dependent, inner));
      box.append(inner);
    }
  };
  const focused = document.activeElement;
  const fresh = document.createDocumentFragment();
  for (const group of groups.get("")?.values() || []) group.forEach((row) => place(row, fresh));
  list.replaceChildren(fresh);
  if (focused !== document.activeElement) focused.focus({ preventScroll: true });
}

// What is typed while rows are on their way from the server stands in the new rows too.
const typed = (form) => [...form.elements].filter((field) => field.name && field.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=hidden])"));
const sent = new WeakMap();
document.addEventListener("htmx:beforeSend", ({ detail }) => {
  const form = detail.elt.closest("#new-form");
  if (form) sent.set(detail.xhr, new Map(typed(form).map((field) => [field.name, field.value])));
});

// A field that is replaced while it has the focus says that it changed, in the middle of the swap.
let isSwapping = false;
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  isSwapping = true;
  queueMicrotask(() => { isSwapping = false; });
  const before = sent.get(detail.xhr);
  const form = before && detail.target.closest("#new-form");
  if (!form) return;
  const since = typed(form).filter((field) => before.has(field.name) && before.get(field.name) !== field.value).map((field) => [field.name, field.value]);
  document.addEventListener("htmx:afterSwap", () => {
    for (const [name, value] of since)
      for (const field of typed(form)) if (field.name === name && field.value === before.get(name)) field.value = value;
  }, { once: true });
});

// A derived parameter begins with a term, and a condition with the values that can be chosen.
document.addEventListener("change", (event) => {
  const { target } = event;
  if (isSwapping) return;
  if (target.matches(".parameter .is-kind select")) {
    const row = rowOf(target);
    if (target.value === "derived" && !row.querySelector(".linear .is-parameter")) row.querySelector(".add-term").click();
    showOrdering(row);
  }
  if (target.matches(".is-is_ordered select, .is-values textarea")) showOrdering(rowOf(target));
  if (target.matches("select[data-reference=parent]")) showParentValues(rowOf(target));
  if (target.matches(".is-parent select, .is-parent_values input")) arrange();
});
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.more") && event.target.open && rowOf(event.target)) showParentValues(rowOf(event.target));
}, true);

/** The values in a list: one a line, or separated by commas; what has quotes is left alone. */
function splitValues(text) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  if (lines.some((line) => line.includes('"'))) return null;
  const isByLine = lines.length > 1 && !lines.some((line) => line.endsWith(","));
  return (isByLine ? lines : lines.flatMap((line) => line.split(","))).map((value) => value.trim()).filter(Boolean);
}

function valuesOf(row) {
  if (kindOf(row) === "bool") return ["yes", "no"];
  if (kindOf(row) === "fixed") return [fieldOf(row, "value").value.trim()].filter(Boolean);
  return splitValues(fieldOf(row, "values").value);
}

/** Boxes for the values of the parameter that a dependent one depends on. */
function showParentValues(row) {
  const text = fieldOf(row, "parent_values");
  text.parentElement.querySelector(".parent-values")?.remove();
  text.hidden = false;
  const key = fieldOf(row, "parent").value;
  const parent = key && [...document.querySelectorAll("fieldset.parameter")].find((other) => keyOf(other) === key);
  const values = parent && valuesOf(parent);
  const chosen = splitValues(text.value);
  if (!values?.length || values.length > 30 || !chosen || values.some((value) => value.includes(",")) ||
      chosen.some((value) => !values.includes(value))) return;
  const box = document.createElement("div");
  box.className = "parent-values";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", `when ${titleOf(parent)} is`);
  for (const value of values) {
    const label = document.createElement("label");
    const tick = document.createElement("input");
    tick.type = "checkbox";
    tick.value = value;
    tick.checked = chosen.includes(value);
    label.append(tick, value);
    box.append(label);
  }
  box.addEventListener("change", () => {
    text.value = [...box.querySelectorAll(":checked")].map((tick) => tick.value).join(", ");
    text.dispatchEvent(new Event("input", { bubbles: true }));
    arrange();
  });
  text.hidden = true;
  text.after(box);
}

// Ordered values can be dragged, or moved with buttons; the typed list follows.
function showOrdering(row) {
  const text = fieldOf(row, "values");
  let box = text.parentElement.querySelector(".reorder");
  const isWanted = kindOf(row) === "choice" && fieldOf(row, "is_ordered").value === "on";
  const values = isWanted && splitValues(text.value);
  if (!values || values.length < 2) return box?.remove();
  if (!box) {
    box = document.createElement("details");
    box.className = "reorder";
    box.id = `${keyOf(row)}-order`;
    box.append(document.createElement("summary"), document.createElement("ol"));
    box.firstElementChild.textContent = "Change the order";
    box.lastElementChild.className = "ordering";
    box.lastElementChild.setAttribute("aria-label", "Values in order");
    text.after(box);
  }
  box.lastElementChild.replaceChildren(...values.map(orderingItem));
}

function orderingItem(value) {
  const item = document.createElement("li");
  item.draggable = true;
  const what = document.createElement("span");
  what.className = "what";
  what.textContent = value;
  item.append(what);
  for (const [way, sign, word] of [["previous", "↑", "Move up"], ["next", "↓", "Move down"]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.dataset.way = way;
    button.textContent = sign;
    button.setAttribute("aria-label", `${word} ${value}`);
    item.append(button);
  }
  return item;
}

function takeOrder(list) {
  const values = [...list.children].map((item) => item.querySelector(".what").textContent);
  const text = list.closest(".field").querySelector("textarea");
  text.value = values.join(values.some((value) => value.includes(",")) || text.value.includes("\n") ? "\n" : ", ");
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".ordering button");
  if (!button) return;
  const item = button.closest("li");
  const isUp = button.dataset.way === "previous";
  const other = isUp ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  if (isUp) other.before(item);
  else other.after(item);
  button.focus();
  takeOrder(item.parentElement);
});

let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".ordering li") || null;
  dragged?.classList.add("is-dragged");
});
document.addEventListener("dragover", (event) => {
  const item = event.target.closest?.(".ordering li");
  if (!dragged || !item || item.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  if (item === dragged) return;
  const { top, height } = item.getBoundingClientRect();
  if (event.clientY < top + height / 2) item.before(dragged);
  else item.after(dragged);
});
document.addEventListener("dragend", () => {
  if (!dragged) return;
  dragged.classList.remove("is-dragged");
  takeOrder(dragged.parentElement);
  dragged = null;
});

// Rows that come from the server: what was open stays open, and their meaning is asked for again.
let open = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  open = [...event.detail.target.querySelectorAll("details:is(.more, .reorder)[open]")].map((details) => details.id);
});
document.addEventListener("htmx:afterSwap", (event) => {
  const { target } = event.detail;
  if (!target.matches("#parameter-rows, #metric-rows, #constraint-rows")) return;
  const reopen = () => open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  reopen();
  enhance(target);
  reopen();  // What enhancing has added.
  target.dispatchEvent(new Event("change", { bubbles: true }));
});

// A link to a field in a closed part opens it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#id_']");
  const field = link && document.querySelector(link.hash);
  if (!field) return;
  field.closest("details").open = true;
  field.focus();
  event.preventDefault();
});

function enhance(root) {
  for (const select of root.querySelectorAll(".is-is_ordered select")) if (select.value === "on") showOrdering(rowOf(select));
  for (const details of root.querySelectorAll(".parameter > details.more[open]")) showParentValues(rowOf(details));
}
enhance(document);
