// Cards of a board are dragged between columns with SortableJS; the card's own form (which works without scripts) is
// what is sent. It goes back to where it was when the server says no.
// .board[data-board] > .board-cards[data-column="value"] > .board-card[data-move]; in the card: <form data-move-form>
// with a field named by the board's data-field (default "stage"). Where cards have none, the page has one such form for
// all, and a card says where it goes and what was seen: data-move="action" data-version="3".

function start(board) {
  if (board.dataset.ready || typeof Sortable === "undefined") return;
  board.dataset.ready = "yes";
  for (const column of board.querySelectorAll("[data-column]")) {
    Sortable.create(column, {
      group: "board",
      draggable: "[data-move]",
      filter: "select, button, summary, input",
      preventOnFilter: false,
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      delay: 160,
      delayOnTouchOnly: true,
      sort: false,
      onEnd: (event) => drop(board, event),
    });
  }
}

function shared({ dataset }) {
  const form = document.querySelector("[data-move-form]");
  form.action = dataset.move;
  form.elements.version.value = dataset.version;
  return form;
}

async function drop(board, { item, from, to, oldIndex }) {
  if (from === to) return;
  const form = item.querySelector("[data-move-form]") ?? shared(item);
  const field = form.elements[board.dataset.field || "stage"];
  const before = field.value;
  field.value = to.dataset.column;
  if (form.hasAttribute("hx-post")) {
    form.requestSubmit(); // the answer redraws the columns
    return;
  }
  item.classList.add("is-busy");
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" }, credentials: "same-origin" });
    const lead = response.headers.get("HX-Redirect");
    if (!response.ok) throw new Error(String(response.status));
    lead ? location.assign(lead) : location.reload();
  } catch {
    field.value = before;
    from.insertBefore(item, from.children[oldIndex] ?? null);
    item.classList.remove("is-busy");
    const words = document.getElementById("toasts")?.dataset.failed;
    document.dispatchEvent(new CustomEvent("opener:say", { detail: words }));
  }
}

function revert(event) {
  const form = event.detail.ctx.sourceElement;
  if (event.detail.ctx.response.status >= 400 && form.matches?.("[data-move-form]")) location.reload();
}

const startAll = () => document.querySelectorAll("[data-board]").forEach(start);
document.addEventListener("htmx:after:swap", startAll);
document.addEventListener("htmx:response:error", revert);
startAll();
