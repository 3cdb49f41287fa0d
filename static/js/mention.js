// data-mention="address" on a text field: after "@" and the beginning of a name, colleagues are offered. Arrow keys choose,
// Enter or Tab takes one, Esc leaves what was typed. Without scripts the full name does the same.

const AT = /(^|[^\p{L}\p{N}_])@([\p{L}\p{N}'’.-]{1,40}(?: [\p{L}\p{N}'’.-]{1,40}){0,2})$/u;
let open = null; // { field, list, start }
let asked = 0;

function typed(field) {
  if (field.selectionStart !== field.selectionEnd) return null;
  const found = AT.exec(field.value.slice(0, field.selectionStart));
  return found ? { text: found[2], start: field.selectionStart - found[2].length - 1 } : null;
}

function listOf(field) {
  const id = `${field.id}_people`;
  let list = document.getElementById(id);
  if (!list) {
    list = Object.assign(document.createElement("ul"), { id, className: "mention-list", hidden: true });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", field.labels?.[0]?.textContent.trim() ?? "");
    field.after(list);
  }
  return list;
}

function close() {
  if (!open) return;
  open.list.hidden = true;
  open.list.replaceChildren();
  for (const name of ["aria-activedescendant", "aria-controls", "aria-autocomplete"]) open.field.removeAttribute(name);
  open = null;
}

function point(option) {
  for (const other of open.list.children) other.setAttribute("aria-selected", String(other === option));
  open.field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function take(option) {
  const { field, start } = open;
  close();
  field.setRangeText(`@${option.dataset.name} `, start, field.selectionStart, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

async function offer(field) {
  const here = typed(field);
  const turn = ++asked;
  if (!here) return close();
  let html = "";
  try {
    const response = await fetch(`${field.dataset.mention}?q=${encodeURIComponent(here.text)}`, { headers: { "HX-Request": "true" } });
    if (response.ok && !response.redirected) html = await response.text();
  } catch {
    // No connection: then nobody is offered, and the full name still counts.
  }
  if (turn !== asked || !field.isConnected) return;
  const list = listOf(field);
  list.innerHTML = html;
  for (const child of [...list.children]) if (child.getAttribute("role") !== "option") child.remove();
  if (!list.children.length) return close();
  open = { field, list, start: here.start };
  list.hidden = false;
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-autocomplete", "list");
  point(list.firstElementChild);
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-mention]")) offer(event.target);
});

document.addEventListener("keydown", (event) => {
  if (!open || event.target !== open.field || event.isComposing) return;
  const options = [...open.list.children];
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") point(options.at((at + (event.key === "ArrowDown" ? 1 : -1)) % options.length));
  else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") take(options[at]);
  else if (event.key === "Escape") {
    asked += 1;
    close();
  } else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

document.addEventListener("mousedown", (event) => {
  const option = event.target.closest?.(".mention-list [role=option]");
  if (!option || !open) return close();
  event.preventDefault();
  take(option);
});
document.addEventListener("focusout", (event) => {
  if (open && event.target === open.field) close();
});
