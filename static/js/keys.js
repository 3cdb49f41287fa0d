// The keyboard. "/" and Ctrl/Cmd-K: search. "g" and a letter: go there (data-go). "?": the list of keys.
// data-key="e" on a link or button: that key presses it ("d k": either of them). j, k: next and previous row; x: tick it; Enter follows its link.

const typing = (element) => element?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const shown = (element) => element.checkVisibility(); // false in a closed <details> too
let going = 0;

function focusSearch() {
  const field = document.querySelector("[data-search]");
  field?.focus();
  field?.select();
}

function rows() {
  return [...document.querySelectorAll("main :is(.table[data-rows] tbody tr, .queue-item, [data-row])")].filter(shown);
}

function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const row = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by))];
  const target = row?.matches("a") ? row : row?.querySelector(".row-link, a[href]");
  target?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

function showKeys() {
  const dialog = document.getElementById("key-list");
  const list = dialog?.querySelector("[data-page-keys]");
  if (!list) return;
  list.replaceChildren();
  const named = new Set();
  for (const element of document.querySelectorAll("[data-key]")) {
    const [name] = element.dataset.key.split(" ");
    if (!shown(element) || named.has(name)) continue; // the first one is what the key presses
    named.add(name);
    const key = document.createElement("dt");
    key.append(Object.assign(document.createElement("kbd"), { textContent: name }));
    const words = document.createElement("dd");
    const copy = element.cloneNode(true);
    copy.querySelectorAll("kbd").forEach((kbd) => kbd.remove());
    words.textContent = element.getAttribute("aria-label") ?? copy.textContent.trim();
    list.append(key, words);
  }
  list.hidden = !list.children.length;
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  // A form that asks is sent from any of its fields; the boxes of a table's rows belong to the bar below them.
  const form = event.target.matches?.("input, textarea, select") && !event.target.closest(".cell-select, .bulk-bar") && event.target.form;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && form) {
    event.preventDefault();
    form.requestSubmit(form.querySelector(".btn-primary[type=submit], .btn-primary:not([type])"));
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("[popover]:popover-open")) return;
  const scope = document.querySelector("dialog[open]") ?? document;
  if (scope === document && going && Date.now() - going < 1500) {
    going = 0;
    const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  const own = [...scope.querySelectorAll(`[data-key~="${CSS.escape(event.key)}"]`)].find(shown);
  if (own) {
    event.preventDefault();
    own.matches("input, select, textarea") ? own.focus() : own.click();
    return;
  }
  if (scope !== document) return;
  const act = { "/": focusSearch, "?": showKeys, j: () => step(1), k: () => step(-1), g: () => { going = Date.now(); } }[event.key];
  if (act) {
    event.preventDefault();
    act();
  } else if (event.key === "x") {
    document.activeElement?.closest("tr")?.querySelector(".cell-select input")?.click();
  }
});
