// The columns of a table: which ones, in which order, how wide. They stand in the address ("name.240,tier.80").
// The chooser (#columns-form) works as a plain form too; here each change is shown at once. The edge of a head is
// dragged, or moved with the arrow keys.

const NARROWEST = 56;
const WIDEST = 800;
const STEP = 16;

const list = () => document.querySelector("[data-columns]");

function chosen() {
  const boxes = [...(list()?.querySelectorAll("input[name=col][type=checkbox]") ?? [])];
  return boxes.filter((box) => box.checked).map((box) => box.value);
}

function withColumns(address) {
  const url = new URL(address, location.href);
  url.searchParams.set("columns", chosen().join(","));
  return url;
}

function show() {
  const url = withColumns(location.href);
  url.searchParams.delete("cursor");
  const address = url.pathname + url.search;
  htmx.ajax("GET", address, { target: "#rows", swap: "outerHTML", push: address, headers: { "HX-Target": "div#rows" } });
}

function move(item, by) {
  const other = by < 0 ? item.previousElementSibling : item.nextElementSibling;
  if (!other || other.classList.contains("is-first")) return;
  by < 0 ? other.before(item) : other.after(item);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-move]");
  if (!button?.closest("[data-columns]")) return;
  event.preventDefault();
  move(button.closest("li"), button.dataset.move === "up" ? -1 : 1);
  button.focus();
  show();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("#columns-form input[type=checkbox]")) show();
});

function arm() {
  const items = list();
  if (!items || items.dataset.armed || !window.Sortable) return;
  items.dataset.armed = "yes";
  window.Sortable.create(items, {
    handle: ".columns-grip", filter: ".is-first", animation: 120, onMove: (event) => !event.related.classList.contains("is-first"), onEnd: show,
  });
}

document.addEventListener("toggle", (event) => {
  if (event.target.id === "columns-menu") arm();
}, true);

// --- Widths ---------------------------------------------------------------------------------------------------------

const columnOf = (edge) => edge.closest("table").querySelector(`col[data-col="${CSS.escape(edge.dataset.edge)}"]`);

function setWidth(edge, width) {
  const table = edge.closest("table");
  const column = columnOf(edge);
  const now = Math.round(Math.max(NARROWEST, Math.min(WIDEST, width)));
  table.width = Number(table.getAttribute("width")) + now - Number(column.width);
  column.width = now;
  edge.setAttribute("aria-valuenow", now);
}

// What was resized stands in the address without drawing the rows anew: whatever of the page carries the columns is told
// too, and the bar of the filter, which may now offer to save them, is asked for again.
let asking = 0;

function told(address) {
  const url = new URL(address, location.href);
  if (url.pathname === location.pathname) return withColumns(url);
  if (url.searchParams.has("columns")) url.searchParams.set("columns", chosen().join(","));
  const to = url.searchParams.get("to") && new URL(url.searchParams.get("to"), location.href);
  if (to?.search && to.pathname === location.pathname) url.searchParams.set("to", to.pathname + withColumns(to).search);
  return url;
}

function askForBar(address) {
  clearTimeout(asking);
  asking = setTimeout(async () => {
    const total = document.getElementById("total");
    const number = total?.textContent;
    await htmx.ajax("GET", address, { target: "#rows .filter-bar", select: ".filter-bar", swap: "outerHTML", headers: { "HX-Target": "div#rows" } });
    if (total) total.textContent = number;
  }, 400);
}

function keep(edge) {
  const key = edge.dataset.edge;
  const box = [...(list()?.querySelectorAll("input[name=col]") ?? [])].filter((input) => input.value.split(".")[0] === key);
  for (const input of box) input.value = `${key}.${columnOf(edge).width}`;
  const here = withColumns(location.href);
  history.replaceState(history.state, "", here.pathname + here.search);
  for (const link of document.querySelectorAll("#rows :is(a, [hx-get])")) {
    for (const name of ["href", "hx-get"]) {
      const address = link.getAttribute(name);
      if (!address || link.closest(".selectable tbody")) continue;
      const url = told(address);
      if (url.origin === location.origin) link.setAttribute(name, url.pathname + url.search);
    }
  }
  for (const form of document.querySelectorAll("#filters, #rows-state")) {
    const field = form.querySelector("input[name=columns]") ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "columns" }));
    field.value = chosen().join(",");
  }
  for (const field of document.querySelectorAll("#rows input[name=columns]")) field.value = chosen().join(",");
  for (const field of document.querySelectorAll("#rows input[name=next]")) field.value = here.pathname + here.search;
  askForBar(here.pathname + here.search);
}

document.addEventListener("pointerdown", (event) => {
  const edge = event.target.closest?.("[data-edge]");
  if (!edge || event.button !== 0) return;
  event.preventDefault();
  edge.setPointerCapture(event.pointerId);
  const from = event.clientX;
  const width = Number(columnOf(edge).width);
  const way = getComputedStyle(edge).direction === "rtl" ? -1 : 1;
  const drag = (moved) => setWidth(edge, width + way * (moved.clientX - from));
  edge.addEventListener("pointermove", drag);
  edge.addEventListener("lostpointercapture", () => {
    edge.removeEventListener("pointermove", drag);
    keep(edge);
  }, { once: true });
});

// One Tab stop for all edges: up and down go from one to the other.
function another(edge, step) {
  const edges = [...edge.closest("tr").querySelectorAll("[data-edge]")];
  const next = edges[edges.indexOf(edge) + step];
  if (!next) return;
  for (const one of edges) one.tabIndex = one === next ? 0 : -1;
  next.focus();
}

document.addEventListener("keydown", (event) => {
  const edge = event.target.closest?.("[data-edge]");
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (edge && step) {
    event.preventDefault();
    another(edge, step);
    return;
  }
  const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
  if (!edge || !by) return;
  event.preventDefault();
  setWidth(edge, Number(columnOf(edge).width) + by);
  keep(edge);
});
