// Ticked rows: all at once, a range with Shift, and how many there are. Whether the bulk bar shows is CSS alone.
// .selectable holds the table and the bar; [data-select-all] in the head; [data-selected-count] in the bar, and
// [data-select-matching]: all rows that match, whichever page they are on. It stands only while the whole page is ticked.

let last = null;

const boxes = (scope) => [...scope.querySelectorAll("tbody .cell-select input[type=checkbox]")];

function update(scope) {
  const all = boxes(scope);
  const ticked = all.filter((box) => box.checked).length;
  for (const head of scope.querySelectorAll("[data-select-all]")) {
    head.checked = ticked > 0 && ticked === all.length;
    head.indeterminate = ticked > 0 && ticked < all.length;
  }
  const matching = scope.querySelector("[data-select-matching]");
  if (matching && ticked < all.length) matching.checked = false;
  const total = document.getElementById("total")?.textContent.trim();
  if (total) for (const place of scope.querySelectorAll("[data-matching-total]")) place.textContent = total;
  const number = matching?.checked ? scope.querySelector("[data-matching-total]").textContent : String(ticked);
  for (const place of scope.querySelectorAll("[data-selected-count]")) place.textContent = number;
  for (const box of all) box.closest("tr")?.setAttribute("aria-selected", String(box.checked));
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("tbody .cell-select input[type=checkbox]");
  const scope = box?.closest(".selectable");
  if (!scope) return;
  if (event.shiftKey && last?.isConnected && last !== box) {
    const all = boxes(scope);
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
});

document.addEventListener("change", (event) => {
  const scope = event.target.closest?.(".selectable");
  if (!scope) return;
  if (event.target.matches("[data-select-all]")) for (const box of boxes(scope)) box.checked = event.target.checked;
  if (event.target.closest(".cell-select") || event.target.matches("[data-select-matching]")) update(scope);
});

// Enter on a box would press the first button of the bar.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.(".selectable input[type=checkbox]")) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const clear = event.target.closest?.("[data-select-none]");
  if (!clear) return;
  const scope = clear.closest(".selectable");
  for (const box of boxes(scope)) box.checked = false;
  update(scope);
});

// A page that is put in anew keeps the ticks of its rows, and gives none to the rows that come in place of those gone.
let ticked = null;
document.addEventListener("htmx:before:swap", (event) => {
  const isPage = event.detail.ctx.target?.id === "main";
  ticked = isPage && new Set([...document.querySelectorAll("tbody .cell-select input:checked")].map((box) => box.value));
});
const updateAll = () => document.querySelectorAll(".selectable").forEach(update);
document.addEventListener("htmx:after:swap", () => {
  if (ticked) for (const scope of document.querySelectorAll(".selectable")) for (const box of boxes(scope)) box.checked = ticked.has(box.value);
  ticked = null;
  updateAll();
});
addEventListener("pageshow", updateAll);
updateAll();
