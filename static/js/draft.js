// What is typed into a field with data-draft="key" survives a reload, a crash, a lost connection and a lost session, until
// the server has taken its form. Where somebody changed the text meanwhile, the draft comes back with the version that it
// was written on: saving it shows both.

const PREFIX = "opener-draft:";
const KEEP = 14 * 24 * 3600 * 1000;

function restore() {
  for (const field of document.querySelectorAll("[data-draft]")) {
    if (field.dataset.draftReady) continue;
    field.dataset.draftReady = "yes";
    const saved = read(field.dataset.draft);
    if (!saved || saved.text === field.value) continue;
    const version = field.form?.elements.namedItem("version");
    if (saved.base !== field.defaultValue && !(version && saved.version)) continue;
    field.value = saved.text;
    if (saved.base !== field.defaultValue) version.value = saved.version;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
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
}

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
