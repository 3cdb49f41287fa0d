// Dialogs, the side panel, and asking before something irreversible.
// data-dialog="id" opens that <dialog>. Whatever HTMX puts into #dialog or #panel opens them; data-close closes the
// dialog or panel that the control stands in. hx-confirm and <form data-confirm="…"> ask in our dialog.

const frame = () => document.getElementById("dialog-frame");
const panel = () => document.querySelector("[data-panel]");
let opener = null; // of the dialog
let looker = null; // of the panel

function closePanel() {
  const open = panel();
  if (!open?.firstElementChild) return false;
  const back = open.querySelector("[data-close]")?.getAttribute("href");
  open.replaceChildren();
  if (back) history.replaceState(history.state, "", back);
  if (looker?.isConnected) (looker.closest("tr")?.querySelector(".row-link") ?? looker).focus();
  return true;
}

function ask(text, yes) {
  const dialog = document.getElementById("confirm");
  if (!dialog) return Promise.resolve(window.confirm(text));
  dialog.querySelector("#confirm-text").textContent = text;
  const go = dialog.querySelector("[data-yes]");
  go.textContent = yes || go.dataset.yes;
  dialog.returnValue = "no";
  dialog.showModal();
  go.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

document.addEventListener("opener:ask", async ({ detail: { text, yes, go } }) => {
  if (await ask(text, yes)) go();
});

document.addEventListener("click", (event) => {
  const trigger = event.target.closest("[data-dialog]");
  if (trigger && !event.ctrlKey && !event.metaKey) {
    const dialog = document.getElementById(trigger.dataset.dialog);
    if (dialog) {
      event.preventDefault();
      dialog.showModal();
    }
    return;
  }
  const close = event.target.closest("[data-close]");
  if (!close) {
    // A click on the backdrop is a click on the dialog itself.
    if (event.target instanceof HTMLDialogElement && event.target.id !== "confirm") {
      const box = event.target.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside && !event.target.querySelector("form[method=post]")) event.target.close();
    }
    return;
  }
  const dialog = close.closest("dialog");
  if (dialog) {
    event.preventDefault();
    dialog.close();
  } else if (close.closest("[data-panel]")) {
    event.preventDefault();
    closePanel();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], [popover]:popover-open")) return;
  if (event.target.matches?.("input, textarea, select")) event.target.blur();
  else closePanel();
});

document.addEventListener("htmx:before:request", (event) => {
  const { target, sourceElement: source } = event.detail.ctx;
  if (target?.id === "dialog") opener = source;
  if (target?.id === "panel" && source !== document.body && !source.closest("[data-panel]")) looker = source;
});

document.addEventListener("htmx:after:swap", (event) => {
  const body = document.getElementById("dialog");
  if (body?.firstElementChild && !frame().open) {
    const heading = body.querySelector("h2[id]");
    if (heading) frame().setAttribute("aria-labelledby", heading.id);
    frame().classList.toggle("dialog-wide", Boolean(body.querySelector("[data-wide]")));
    frame().showModal();
    (body.querySelector("[autofocus]") ?? body.querySelector("input:not([type=hidden]), select, textarea"))?.focus();
  }
  const open = panel();
  if (event.detail.ctx.target === open && open.firstElementChild && !open.contains(document.activeElement)) {
    const heading = open.querySelector("h2");
    if (heading) heading.tabIndex = -1;
    heading?.focus();
  }
  // An answer that says what is wrong takes the focus, so that it is read out and seen.
  document.querySelector("dialog[open] [data-focus], main [data-focus]")?.focus();
});

document.addEventListener("close", (event) => {
  if (event.target.id !== "dialog-frame") return;
  document.getElementById("dialog").replaceChildren();
  if (opener?.isConnected) opener.focus();
}, true);

document.addEventListener("htmx:confirm", async (event) => {
  const { ctx, issueRequest, dropRequest } = event.detail;
  event.preventDefault();
  (await ask(ctx.confirm, ctx.sourceElement.dataset.confirmYes)) ? issueRequest() : dropRequest();
});

document.addEventListener("submit", async (event) => {
  const text = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (!text || event.target.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await ask(text, event.submitter?.dataset.confirmYes ?? event.target.dataset.confirmYes)) {
    event.target.dataset.confirmed = "yes";
    event.target.requestSubmit(event.submitter);
    delete event.target.dataset.confirmed;
  }
}, true);

document.querySelector("main [data-focus]")?.focus();
