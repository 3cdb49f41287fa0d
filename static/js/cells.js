// Cells that are edited in place: td[data-edit="address"]. Arrows move from cell to cell, Enter, F2 or a double click
// opens one, Enter saves, Tab saves and goes on to the next, Esc leaves it as it was. What was typed stays in the cell
// until it is saved: a mistake is told there, and so is a server that does not answer. A cell that is not to be changed
// says why (Enter follows the link that it shows, if any).

const former = new Map(); // what an open cell looked like, by its id
const cellOf = (element) => element?.closest?.("[data-edit]");
const isOpen = (cell) => cell?.hasAttribute("data-editing");
const typing = (element) => element?.matches?.("input:not([type=checkbox], [type=radio]), textarea, select");

function formOf(cell) {
  const id = `form-${cell.id.replace(/^cell-/, "")}`;
  const form = document.getElementById(id) ?? document.createElement("form");
  if (!form.isConnected) {
    form.id = id;
    form.hidden = true;
    document.body.append(form);
  }
  return form;
}

function drop(cell) {
  former.delete(cell.id);
  document.getElementById(`form-${cell.id.replace(/^cell-/, "")}`)?.remove();
}

const input = (cell) => cell.querySelector("[aria-invalid=true], input:not([type=hidden]), select, textarea");

// What stays in sight at the edges of a table that scrolls must not cover the cell that one goes to.
function intoView(cell) {
  const wrap = cell.closest(".table-wrap");
  const name = cell.closest("tr").querySelector(".cell-pin");
  if (wrap && name) wrap.style.scrollPaddingInlineStart = cell === name ? "" : `${name.offsetWidth + 44}px`;
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function focusCell(cell) {
  if (!cell) return;
  const link = cell.querySelector(".row-link");
  if (!link) for (const one of cell.closest("table").querySelectorAll('td[tabindex="0"]')) one.tabIndex = -1;
  if (!link) cell.tabIndex = 0;
  (link ?? cell).focus({ preventScroll: true });
  intoView(cell);
}

async function open(cell) {
  if (isOpen(cell)) return;
  for (const other of document.querySelectorAll("[data-editing]")) if (!(await save(other))) return;
  const { id } = cell;
  const before = cell.cloneNode(true);
  await window.htmx.ajax("GET", cell.dataset.edit, { source: formOf(cell), target: cell, swap: "outerHTML" });
  const opened = document.getElementById(id);
  if (!isOpen(opened)) return;
  former.set(id, before);
  begin(opened);
}

function begin(cell) {
  const field = input(cell);
  field?.focus({ preventScroll: true });
  if (field?.matches("input:not([type=checkbox], [type=radio], [type=date])")) field.select();
  intoView(cell);
}

function cancel(cell) {
  const before = former.get(cell.id);
  drop(cell);
  if (!before) return;
  cell.replaceWith(before);
  focusCell(before);
}

// True where the cell is a cell again.
async function save(cell) {
  const { id } = cell;
  const body = cell.querySelector(".cell-form");
  if (body.classList.contains("is-saving")) return false;
  body.classList.add("is-saving");
  await window.htmx.ajax("POST", cell.dataset.edit, { source: formOf(cell), target: cell, swap: "outerHTML" });
  const now = document.getElementById(id);
  if (now === cell) {
    body.classList.remove("is-saving");
    tell(cell);
    return false;
  }
  if (isOpen(now)) {
    begin(now);
    return false;
  }
  if (now) drop(now);
  prepare();
  return true;
}

// The answer did not come: say so where it was typed.
function tell(cell) {
  let place = cell.querySelector(".cell-wrong");
  if (!place) {
    place = document.createElement("div");
    place.className = "cell-wrong";
    place.setAttribute("role", "alert");
    cell.querySelector(".cell-form").append(place);
  }
  place.textContent = cell.dataset.unsaved;
  input(cell)?.focus();
}

async function tellWhy(cell) {
  const row = cell.closest("tr");
  const key = cell.id.slice(`cell-${row.dataset.pk}-`.length);
  const answer = await fetch(`/tables/${cell.closest("table").dataset.table}/${row.dataset.pk}/${key}/?as=why`).catch(() => null);
  if (answer?.ok && !answer.redirected) document.dispatchEvent(new CustomEvent("opener:tell", { detail: await answer.text() }));
}

const CELL = "td[id^=cell-]";

function ring(row) {
  return [...row.querySelectorAll(`.row-link, ${CELL}`)];
}

function step(from, key) {
  const row = from.closest("tr");
  const here = ring(row);
  const at = here.indexOf(from);
  if (key === "ArrowLeft" || key === "ArrowRight") return here[at + (key === "ArrowRight" ? 1 : -1)];
  const to = key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
  if (!to) return null;
  const column = from.closest("td, th").cellIndex;
  return ring(to).find((one) => one.closest("td, th").cellIndex === column) ?? to.querySelector(".row-link");
}

function next(cell, back) {
  const all = [...cell.closest("table").querySelectorAll("tbody [data-edit]")];
  return all[all.indexOf(cell) + (back ? -1 : 1)];
}

async function keyWhileTyping(event, cell) {
  const field = event.target;
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    cancel(cell);
  } else if (event.key === "Enter" && !event.isComposing && !event.shiftKey && !field.matches("button")) {
    event.preventDefault();
    event.stopPropagation();
    if (await save(cell)) focusCell(document.getElementById(cell.id));
  } else if (event.key === "Tab" && typing(field)) {
    event.preventDefault();
    if (!(await save(cell))) return;
    const saved = document.getElementById(cell.id);
    focusCell(next(saved, event.shiftKey) ?? saved);
  }
}

document.addEventListener("keydown", (event) => {
  const cell = cellOf(event.target);
  if (isOpen(cell)) {
    keyWhileTyping(event, cell);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
  const stands = event.target.matches?.(`.row-link, ${CELL}`) && event.target.closest("table[data-table] tbody");
  if (!stands) return;
  if (event.key === "F2" || (event.key === "Enter" && event.target.matches("td"))) {
    event.preventDefault();
    const link = event.key === "Enter" && event.target.querySelector(`a[href^="/"]`);
    if (cell) open(cell);
    else if (link) link.click();
    else tellWhy(event.target.closest("td, th"));
  } else if (event.key.startsWith("Arrow")) {
    const to = step(event.target, event.key);
    if (!to) return;
    event.preventDefault();
    focusCell(to.closest("td, th"));
  }
}, true);

document.addEventListener("dblclick", (event) => {
  const cell = cellOf(event.target);
  if (event.target.closest("a, button, input") || isOpen(cell)) return;
  const other = event.target.closest?.(`table[data-table] tbody :is(${CELL}, th[id^=cell-])`);
  if (cell) open(cell);
  else if (other) tellWhy(other);
});

document.addEventListener("click", async (event) => {
  const cell = cellOf(event.target);
  if (!cell) return;
  if (event.target.closest("[data-cell-save]") && (await save(cell))) focusCell(document.getElementById(cell.id));
  if (event.target.closest("[data-cell-reload]")) {
    // Theirs is what the server holds now: asked for anew, unchanged, and closed again.
    const { id } = cell;
    await window.htmx.ajax("GET", `${cell.dataset.edit}?as=cell`, { source: formOf(cell), target: cell, swap: "outerHTML" });
    const now = document.getElementById(id);
    if (now) drop(now);
    prepare();
    focusCell(now);
  }
});

// Whoever goes on elsewhere means what they typed.
document.addEventListener("focusout", (event) => {
  const cell = cellOf(event.target);
  if (!isOpen(cell) || !document.hasFocus()) return;
  setTimeout(() => {
    if (!cell.isConnected || cell.contains(document.activeElement) || cell.querySelector(".cell-wrong")) return;
    save(cell);
  });
});

// One cell of a table takes the Tab key; from there the arrows lead on.
function prepare() {
  for (const table of document.querySelectorAll(".table")) {
    const cells = table.querySelectorAll("td[data-edit]:not([data-editing])");
    for (const cell of cells) if (!cell.hasAttribute("tabindex")) cell.tabIndex = -1;
    if (cells.length && !table.querySelector('td[tabindex="0"]')) cells[0].tabIndex = 0;
  }
}

addEventListener("beforeunload", (event) => {
  if (document.querySelector("[data-editing] .cell-wrong")) event.preventDefault();
});
document.addEventListener("htmx:after:swap", prepare);
prepare();
