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

function focusId() {
  const dialog = document.getElementById("dialog-frame");
  const last = dialog?.open ? opener : document.activeElement;
  return last?.id ?? "";
}

async function refresh(id) {
  const address = new URL(location.href);
  const pages = Math.ceil(document.querySelectorAll("#timeline [data-entry]").length / PAGE);
  if (pages > 1) address.searchParams.set("pages", String(pages));
  await htmx.ajax("GET", address.pathname + address.search, { target: "#main", select: "#main", swap: "outerMorph", source: document.body });
  (document.getElementById(id) ?? document.activeElement)?.focus({ preventScroll: true });
}

async function look(address, id) {
  await htmx.ajax("GET", address, { target: "#panel", source: document.body, headers: { "HX-Target": "aside#panel" } });
  document.getElementById(id)?.focus();
}

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const address = ctx.hx?.redirect;
  const source = ctx.sourceElement;
  if (!address || ctx.request?.method?.toUpperCase() === "GET" || !(source.closest?.("#dialog-frame") || source.closest?.("[data-stay]"))) return;
  const panel = peek();
  if (!panel && !staysAt(address)) return;
  event.preventDefault();
  const id = focusId();
  const dialog = document.getElementById("dialog-frame");
  if (dialog?.open) dialog.close();
  if (panel) look(panel.dataset.peek, id);
  else {
    source.reset?.();
    refresh(id);
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
