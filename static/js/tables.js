// A table that one works in: "p" looks at the row that has the focus; Back finds the place, the scroll and the row as
// they were left; a long list of choices can be narrowed ([data-narrow] names it; with data-narrow-all ticked ones go too).

const PLACE = "opener-place:";

document.addEventListener("keydown", (event) => {
  if (event.key !== "p" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog, [popover]")) return;
  const peek = event.target.closest?.("tr")?.querySelector("[data-peek]");
  if (!peek) return;
  event.preventDefault();
  peek.click();
});

// --- The place ------------------------------------------------------------------------------------------------------

const wrap = () => document.querySelector("[data-place]");
const key = () => PLACE + location.pathname + location.search;

function remember() {
  const table = wrap();
  if (!table) return;
  const row = document.activeElement?.closest?.("[data-place] tr[data-pk]")?.dataset.pk ?? "";
  try {
    sessionStorage.setItem(key(), JSON.stringify([table.scrollTop, table.scrollLeft, scrollY, row]));
  } catch {
    // No room, or not allowed: then Back begins at the top.
  }
}

function restore() {
  const table = wrap();
  const kept = table && sessionStorage.getItem(key());
  if (!kept) return;
  const [top, left, page, row] = JSON.parse(kept);
  table.scrollTop = top;
  table.scrollLeft = left;
  scrollTo(0, page);
  const link = table.querySelector(`tr[data-pk="${CSS.escape(row || "0")}"] .row-link`);
  link?.focus({ preventScroll: true });
}

addEventListener("pagehide", remember);
document.addEventListener("htmx:before:history:update", remember);
if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") restore();
let restoring = false;
document.addEventListener("htmx:before:history:restore", () => { restoring = true; });
document.addEventListener("htmx:after:swap", () => {
  if (restoring) restore();
  restoring = false;
});

// --- Filters --------------------------------------------------------------------------------------------------------

document.addEventListener("input", (event) => {
  const list = event.target.dataset?.narrow && document.getElementById(event.target.dataset.narrow);
  if (!list) return;
  const text = event.target.value.trim().toLowerCase();
  const isKept = (label) => !("narrowAll" in event.target.dataset) && label.querySelector(":checked");
  for (const label of list.children) {
    label.hidden = Boolean(text) && !label.textContent.toLowerCase().includes(text) && !isKept(label);
  }
});

// The form is drawn anew whenever a field changes: the focus goes on to what is to be filled in next.
let changed = "";
document.addEventListener("htmx:before:request", (event) => {
  const source = event.detail.ctx.sourceElement;
  changed = source.closest?.("#builder") ? source.id || "builder" : "";
});
document.addEventListener("htmx:after:swap", () => {
  const form = changed && document.getElementById("builder");
  const line = changed.match(/^[fo](\d+)$/)?.[1];
  changed = "";
  if (!form) return;
  const next = line && (form.querySelector(`[name=v${line}]`) ?? document.getElementById(`o${line}`));
  (next || form.querySelector("[autofocus]") || form.querySelector("[role=alert] ~ *, .builder-field, .btn-primary"))?.focus();
});
