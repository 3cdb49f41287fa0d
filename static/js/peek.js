// While the side panel shows a record, j and k show the next and the previous row's.

let row = null;

document.addEventListener("htmx:before:request", (event) => {
  const { sourceElement, target } = event.detail.ctx;
  if (target?.id === "panel") row = sourceElement.closest?.("tr, li") ?? row;
});

document.addEventListener("htmx:after:swap", () => mark());

function mark() {
  const isOpen = Boolean(document.querySelector("[data-panel] [data-peek]"));
  document.querySelectorAll(".is-peeked").forEach((other) => other.classList.remove("is-peeked"));
  if (isOpen && row?.isConnected) row.classList.add("is-peeked");
}

new MutationObserver(mark).observe(document.querySelector("[data-panel]") ?? document.createElement("aside"), { childList: true });

function peekAt(one) {
  return one?.querySelector('[hx-target="#panel"]');
}

document.addEventListener("keydown", (event) => {
  if (!["j", "k"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  if (!row?.isConnected || !document.querySelector("[data-panel] [data-peek]") || document.querySelector("dialog[open], [popover]:popover-open")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const side = event.key === "j" ? "nextElementSibling" : "previousElementSibling";
  let next = row[side];
  while (next && !peekAt(next)) next = next[side];
  if (!next) return;
  next.scrollIntoView({ block: "nearest" });
  peekAt(next).click();
}, true);
