// What is typed into a field with data-draft="key" survives a reload, a crash and a lost session, until its form is sent.

const PREFIX = "opener-draft:";
const KEEP = 14 * 24 * 3600 * 1000;

function restore() {
  for (const field of document.querySelectorAll("[data-draft]")) {
    if (field.dataset.draftReady) continue;
    field.dataset.draftReady = "yes";
    const saved = read(field.dataset.draft);
    if (saved && saved.text !== field.value && saved.base === field.defaultValue) {
      field.value = saved.text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
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
    const value = JSON.stringify({ text: field.value, base: field.defaultValue, at: Date.now() });
    field.value === field.defaultValue ? localStorage.removeItem(PREFIX + field.dataset.draft) : localStorage.setItem(PREFIX + field.dataset.draft, value);
  } catch {
    // No room or not allowed: then there is no draft, and nothing else is lost.
  }
});

function forget(form) {
  for (const field of form?.querySelectorAll?.("[data-draft]") ?? []) localStorage.removeItem(PREFIX + field.dataset.draft);
}

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.request.method !== "GET" && ctx.response.status < 400) forget(ctx.request.form ?? ctx.sourceElement);
});
document.addEventListener("submit", (event) => {
  // A plain form leaves the page: an invalid answer brings the text back by itself.
  if (!event.defaultPrevented && !event.target.matches("[hx-post], [hx-put], [hx-patch]")) forget(event.target);
});
document.addEventListener("htmx:after:swap", restore);
restore();
