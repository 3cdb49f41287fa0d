// Rows are dragged into another order with SortableJS; their up and down buttons do the same without scripts.
// <tbody data-sort-form="id of a form"> <tr data-id="7"> …; the form has a field `order`, which gets the ids: "7,3,9".

function start(rows) {
  if (rows.dataset.ready || typeof Sortable === "undefined") return;
  rows.dataset.ready = "yes";
  Sortable.create(rows, {
    draggable: "[data-id]",
    filter: "a, button, input",
    preventOnFilter: false,
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
    delay: 160,
    delayOnTouchOnly: true,
    onEnd: ({ oldIndex, newIndex }) => oldIndex === newIndex || send(rows),
  });
}

async function send(rows) {
  const form = document.getElementById(rows.dataset.sortForm);
  form.elements.order.value = [...rows.querySelectorAll("[data-id]")].map((row) => row.dataset.id).join(",");
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin" });
    if (!response.ok) throw new Error(String(response.status));
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-sort-form]");
    if (fresh) rows.replaceChildren(...fresh.children); // which buttons can be pressed depends on the order
  } catch {
    const words = document.getElementById("toasts")?.dataset.failed;
    document.dispatchEvent(new CustomEvent("opener:say", { detail: words }));
    location.reload();
  }
}

document.querySelectorAll("[data-sort-form]").forEach(start);
