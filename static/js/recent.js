// The records that this person opened last, kept in this browser only, and forgotten when they sign out.

const PAGES = /^\/(accounts|lists|sequences|opportunities)\/\d+\/$/;
const MOST = 8;
const holder = document.querySelector("[data-search]");
const key = holder ? `opener.recent.${holder.dataset.user}` : "";

export function recent() {
  try {
    const rows = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(rows) ? rows.filter((row) => PAGES.test(row?.path) && typeof row.title === "string") : [];
  } catch {
    return []; // storage that is turned off or was tampered with
  }
}

function remember() {
  const title = document.querySelector("main h1")?.textContent.trim();
  if (!key || !title || !PAGES.test(location.pathname)) return;
  const rows = [{ path: location.pathname, title }, ...recent().filter((row) => row.path !== location.pathname)];
  try {
    localStorage.setItem(key, JSON.stringify(rows.slice(0, MOST)));
  } catch { /* full or turned off: then nothing is remembered */ }
}

// As options, in a group; nothing where nothing was opened yet.
export function recentGroup() {
  const group = document.createElement("div");
  group.className = "option-group";
  const rows = recent().filter((row) => row.path !== location.pathname);
  const source = document.getElementById("recent-row");
  if (!rows.length || !source) return group;
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", source.dataset.label);
  group.append(Object.assign(document.createElement("div"), { className: "menu-label", textContent: source.dataset.label, role: "presentation" }));
  for (const row of rows) {
    const option = source.content.firstElementChild.cloneNode(true);
    option.href = row.path;
    option.querySelector(".list-title").textContent = row.title;
    group.append(option);
  }
  return group;
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches('form[action$="/logout/"]')) return;
  try {
    localStorage.removeItem(key);
  } catch { /* turned off: nothing was kept */ }
});

remember();
