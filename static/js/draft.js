// What is typed into a field with data-draft="key" survives a reload, a crash, a lost connection and a lost session, until
// the server has taken its form. Where somebody changed the text meanwhile, the draft comes back with the version that it
// was written on: saving it shows both. It is each user's own, says that it came back, and is forgotten where its form is
// left on purpose.

const PREFIX = `opener-draft:${document.querySelector("[data-search]")?.dataset.user ?? ""}:`;
const KEEP = 14 * 24 * 3600 * 1000;

function restore() {
  for (const field of document.querySelectorAll("[data-draft]")) {
    if (field.dataset.draftReady) continue;
    field.dataset.draftReady = "yes";
    const saved = read(field.dataset.draft);
    if (!saved || saved.text === field.value) continue;
    const version = field.form?.elements.namedItem("version");
    if (saved.base !== field.defaultValue && !(version && saved.version)) continue;
    const newest = version?.value;
    field.value = saved.text;
    if (saved.base !== field.defaultValue) version.value = saved.version;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    tell(field, () => {
      if (version) version.value = newest;
    });
  }
}

// Below the field: that this is a draft, and a way back to what the server holds.
function tell(field, undo) {
  const words = document.getElementById("toasts")?.dataset;
  if (!words) return;
  const note = Object.assign(document.createElement("p"), { className: "draft-note" });
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn-link", textContent: words.discard });
  note.setAttribute("role", "status");
  note.append(words.draft, " ", button);
  button.addEventListener("click", () => {
    undo();
    field.value = field.defaultValue;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    note.remove();
    field.focus();
  });
  field.after(note);
}

function read(key) {
  try {
    const saved = JSON.parse(localStorage.getItem(PREFIX + key));
    return saved && Date.now() - saved.at < KEEP ? saved : null;
  } catch {
    return null;
  }
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.matches?.("[data-draft]")) return;
  try {
    const key = PREFIX + field.dataset.draft;
    if (field.value === field.defaultValue) return localStorage.removeItem(key);
    const version = field.form?.elements.namedItem("version")?.value;
    const earlier = read(field.dataset.draft);
    const base = earlier && earlier.version === version ? earlier.base : field.defaultValue;
    localStorage.setItem(key, JSON.stringify({ text: field.value, base, version, at: Date.now() }));
  } catch {
    // No room or not allowed: then there is no draft, and nothing else is lost.
  }
});

function forget(form) {
  for (const field of form?.querySelectorAll?.("[data-draft]") ?? []) localStorage.removeItem(PREFIX + field.dataset.draft);
  for (const note of form?.querySelectorAll?.(".draft-note") ?? []) note.remove();
}

// Cancel, or a dialog that is closed.
document.addEventListener("click", (event) => {
  if (!event.ctrlKey && !event.metaKey) forget(event.target.closest?.(".form-actions a[href]")?.closest("form"));
}, true);
addEventListener("close", (event) => {
  if (event.target.id === "dialog-frame") forget(event.target);
}, true);

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const form = ctx.request.form ?? ctx.sourceElement;
  // A button within the form (a preview) sends it somewhere else: nothing is kept by that.
  if (form === ctx.sourceElement && ctx.request.method !== "GET" && ctx.response.status < 400) forget(form);
});

// A plain form leaves the page. Where the next page comes, the server has answered; where the browser comes back instead,
// or the page is loaded again, it has not.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.matches("[hx-post], [hx-put], [hx-patch]")) return;
  const keys = [...event.target.querySelectorAll("[data-draft]")].map((field) => field.dataset.draft);
  if (keys.length) sessionStorage.setItem(PREFIX, JSON.stringify(keys));
});
if (performance.getEntriesByType("navigation")[0]?.type === "navigate") {
  for (const key of JSON.parse(sessionStorage.getItem(PREFIX) ?? "[]")) localStorage.removeItem(PREFIX + key);
}
sessionStorage.removeItem(PREFIX);

document.addEventListener("htmx:after:swap", restore);
restore();
