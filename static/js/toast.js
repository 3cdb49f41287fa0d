// Toasts leave by themselves, wait while somebody points at them or stands on them, and tell of failed requests.

const LIFE = 6000;
const LIFE_WITH_UNDO = 12000;

function arm(toast) {
  if (toast.dataset.armed) return;
  toast.dataset.armed = "yes";
  if (toast.classList.contains("toast-error")) return;
  let left = toast.querySelector("form") ? LIFE_WITH_UNDO : LIFE;
  let since = 0;
  let timer = 0;
  const run = () => {
    since = Date.now();
    timer = setTimeout(() => dismiss(toast), left);
  };
  const hold = () => {
    clearTimeout(timer);
    left = Math.max(1500, left - (Date.now() - since));
  };
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, hold);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, run);
  run();
}

function dismiss(toast) {
  toast.classList.add("is-leaving");
  setTimeout(() => toast.remove(), 160);
}

function say(text, tone = "error") {
  const region = document.getElementById("toasts");
  if (!region) return;
  const toast = document.createElement("div");
  toast.className = `toast toast-${tone}`;
  toast.dataset.toast = "";
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.className = "toast-button toast-close";
  close.type = "button";
  close.dataset.toastClose = "";
  close.setAttribute("aria-label", region.dataset.dismiss);
  close.textContent = "×";
  toast.append(words, close);
  region.append(toast);
  arm(toast);
}

// "z", or Ctrl/Cmd+Z where nothing is typed: the newest Undo.
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || event.altKey || event.shiftKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
  const undo = [...document.querySelectorAll(".toast:not(.is-leaving) .toast-undo")].at(-1);
  if (!undo) return;
  event.preventDefault();
  undo.click();
});

const armAll = () => document.querySelectorAll("[data-toast]").forEach(arm);

document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-toast-close]");
  if (close) dismiss(close.closest("[data-toast]"));
});
document.addEventListener("htmx:after:swap", armAll);
// An Undo that was pressed is not offered again.
document.addEventListener("htmx:after:request", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  const toast = sourceElement.closest?.("[data-toast]");
  if (toast && response.status < 400) dismiss(toast);
});
document.addEventListener("opener:say", (event) => say(event.detail));
document.addEventListener("opener:tell", (event) => say(event.detail, "info"));
document.addEventListener("htmx:response:error", (event) => {
  const status = event.detail.ctx.response.status;
  const region = document.getElementById("toasts");
  if (!region) return;
  if (status === 403) say(region.dataset.forbidden);
  else if (status === 404) say(region.dataset.gone);
  else if (status >= 500 || status === 429) say(region.dataset.failed);
});
document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx) say(document.getElementById("toasts")?.dataset.offline ?? "");
});
armAll();
