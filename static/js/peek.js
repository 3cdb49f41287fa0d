// While the side panel shows a record, j and k show the next and the previous row's, p closes it, and its keys come first.

let row = null;
let going = 0;

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
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.key.length !== 1) return;
  if (event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  if (!document.querySelector("[data-panel] [data-peek]") || document.querySelector("dialog[open], [popover]:popover-open")) return;
  const goes = Date.now() - going < 1500; // "g" and a letter leads elsewhere
  going = event.key === "g" ? Date.now() : 0;
  if (goes) return;
  const own = document.querySelector(`[data-panel] [data-key~="${CSS.escape(event.key)}"]`);
  const way = own ?? (event.key === "p" ? document.querySelector("[data-panel] [data-close]") : null);
  if (!way && !(row?.isConnected && ["j", "k"].includes(event.key))) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (way) return way.click();
  const side = event.key === "j" ? "nextElementSibling" : "previousElementSibling";
  let next = row[side];
  while (next && !peekAt(next)) next = next[side];
  if (!next) return;
  next.scrollIntoView({ block: "nearest" });
  peekAt(next).click();
}, true);
