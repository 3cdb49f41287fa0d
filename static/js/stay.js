// Writing something down keeps its place. Where the answer to a form of the dialog, or of a form with data-stay, leads to
// the very page that is open (<main data-stays>), the page is not left: what changed in it is put in, and the focus goes
// back to where the hand was. From the side panel the panel is read anew instead, and the page behind it stays.

const PAGE = 20;
let opener = null;
let started = false;

document.addEventListener("htmx:before:request", (event) => {
  const { sourceElement, target } = event.detail.ctx;
  const form = sourceElement.matches?.("form") ? sourceElement : null;
  started = sourceElement.dataset?.refresh === "yes" ? started : Boolean(form?.closest("[data-panel]"));
  if (target?.id === "dialog" && !sourceElement.closest("dialog")) opener = sourceElement;
});

function peek() {
  const open = document.querySelector("[data-panel] [data-peek]");
  return open && (started || opener?.closest("[data-panel]")) ? open : null;
}

// Another query is another page (a view, a filter); only a note that was written is shown where one is.
function staysAt(address) {
  const to = new URL(address, location.href);
  const isHere = to.origin === location.origin && to.pathname === location.pathname;
  return document.querySelector("main[data-stays]") && isHere && (!to.search || to.search === location.search || to.searchParams.has("note"));
}

// Where the hand was, as a selector: in the page, not on the toast that took something back.
let stood = null;
document.addEventListener("focusin", (event) => {
  if (!event.target.closest("#toasts, dialog")) stood = event.target;
});

function where() {
  const dialog = document.getElementById("dialog-frame");
  const now = document.activeElement;
  const last = dialog?.open ? opener : now === document.body || now?.closest("#toasts") ? stood : now;
  if (last?.id) return `#${CSS.escape(last.id)}`;
  const row = last?.closest?.("tr[data-pk]")?.dataset.pk;
  return row ? `tr[data-pk="${CSS.escape(row)}"] .row-link` : "";
}

// Numbers that come after the page, [data-anew], are asked for again; until they are there, those that were known stand.
function recount(numbers) {
  for (const [id, text] of numbers) {
    const place = document.getElementById(id);
    if (place && !place.textContent) place.textContent = text;
  }
  for (const source of document.querySelectorAll("#main [data-anew]")) {
    htmx.ajax("GET", source.getAttribute("hx-get"), { source, target: source, swap: "none" });
  }
}

async function refresh(place) {
  const address = new URL(location.href);
  const pages = Math.ceil(document.querySelectorAll("#timeline [data-entry]").length / PAGE);
  if (pages > 1) address.searchParams.set("pages", String(pages));
  const numbers = [...document.querySelectorAll("#main :is(.count, #total, #total-of)[id]")].map((place) => [place.id, place.textContent]);
  await htmx.ajax("GET", address.pathname + address.search, { target: "#main", select: "#main", swap: "outerMorph", source: document.body });
  (place ? document.querySelector(place) : document.activeElement)?.focus({ preventScroll: true });
  recount(numbers);
}

async function look(address, place) {
  await htmx.ajax("GET", address, { target: "#panel", source: document.body, headers: { "HX-Target": "aside#panel" } });
  if (place) document.querySelector(place)?.focus();
}

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const address = ctx.hx?.redirect;
  const source = ctx.sourceElement;
  if (!address || ctx.request?.method?.toUpperCase() === "GET" || !(source.closest?.("#dialog-frame") || source.closest?.("[data-stay]"))) return;
  const panel = peek();
  if (!panel && !staysAt(address)) return;
  event.preventDefault();
  const place = where();
  const dialog = document.getElementById("dialog-frame");
  if (dialog?.open) dialog.close();
  if (panel) look(panel.dataset.peek, place);
  else {
    source.reset?.();
    refresh(place);
  }
});

// No connection: the form stays as it is, and says so where it is looked at.
document.addEventListener("htmx:error", (event) => {
  const form = event.detail.ctx?.sourceElement;
  if (!form?.matches?.("form") || form.querySelector(":scope > .is-offline") || !(form.closest("#dialog-frame") || form.matches("[data-stay]"))) return;
  const { offline, kept } = document.getElementById("toasts").dataset;
  const note = Object.assign(document.createElement("div"), { className: "banner banner-danger is-offline", textContent: `${offline} ${kept}` });
  note.setAttribute("role", "alert");
  form.prepend(note);
});

document.addEventListener("htmx:before:request", (event) => {
  event.detail.ctx.sourceElement.querySelector?.(":scope > .is-offline")?.remove();
});
