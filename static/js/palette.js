// Ctrl K: find anything or do anything. Commands come from the server once, what can be done with the open record is
// read from its page: the buttons of its head and whatever has a key; data-palette gives it other words, "off" leaves it out.

import { Combo, go, plain } from "./combo.js";
import { recentGroup } from "./recent.js";

const dialog = document.getElementById("palette");
const MOST = 7;
const presses = new WeakMap();
let combo = null;
let commands = null;

const words = (element) => {
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd, svg, .visually-hidden").forEach((part) => part.remove());
  return element.dataset.palette || element.getAttribute("aria-label") || (element.labels?.[0] ?? copy).textContent.replace(/\s+/g, " ").trim();
};

function acts() {
  const from = ":is(main, #panel) :is([data-palette], [data-key]), main .page-actions :is(a, button)";
  const named = new Map();
  for (const element of document.querySelectorAll(from)) {
    if (element.disabled || element.dataset.palette === "off" || element.hasAttribute("popovertarget")) continue;
    const label = words(element);
    if (label && !named.has(label)) named.set(label, element);
  }
  return named;
}

function actGroup() {
  const source = document.getElementById("act-row");
  const group = Object.assign(document.createElement("div"), { className: "option-group", role: "group" });
  group.setAttribute("aria-label", source.dataset.label);
  group.append(Object.assign(document.createElement("div"), { className: "menu-label", textContent: source.dataset.label, role: "presentation" }));
  for (const [label, element] of acts()) {
    const option = source.content.firstElementChild.cloneNode(true);
    if (element.href) option.href = element.href;
    option.dataset.words = label;
    option.querySelector(".list-title").textContent = label;
    if (element.dataset.key) option.querySelector("kbd").textContent = element.dataset.key;
    else option.querySelector("kbd").remove();
    presses.set(option, element);
    group.append(option);
  }
  return group;
}

// How well a command fits: 0 each word begins one of its words, 2 and more its letters stand in it in this order.
function misfit(text, label) {
  const has = plain(label);
  const parts = has.split(/\s+/);
  if (plain(text).split(/\s+/).every((word) => parts.some((part) => part.startsWith(word)))) return 0;
  let at = -1;
  let gaps = 0;
  for (const letter of plain(text).replace(/\s+/g, "")) {
    const next = has.indexOf(letter, at + 1);
    if (next < 0 || (at < 0 && next > 0 && has[next - 1] !== " ")) return Infinity;
    if (at >= 0 && next > at + 1) gaps += has[next - 1] === " " ? 1 : 2;
    at = next;
  }
  return gaps > 4 ? Infinity : 2 + gaps;
}

function filter(text) {
  const known = dialog.querySelector("[data-known]");
  const fits = new Map();
  for (const option of known.querySelectorAll("[data-words]")) fits.set(option, text ? misfit(text, option.dataset.words) : 0);
  const all = [...fits].filter(([, misses]) => misses < Infinity).sort((one, other) => one[1] - other[1]);
  const best = all[0]?.[1] === 0 ? all.filter(([, misses]) => misses === 0) : all; // letters with gaps only where no word fits
  const shown = new Set((text ? best.slice(0, MOST) : best).map(([option]) => option));
  for (const option of fits.keys()) option.hidden = !shown.has(option);
  for (const group of known.children) {
    const isRecent = !group.querySelector("[data-words]");
    group.hidden = isRecent ? Boolean(text) : ![...group.querySelectorAll("[role=option]")].some((option) => !option.hidden);
  }
}

function choose(option, tab) {
  const element = presses.get(option);
  if (tab && option.getAttribute("href") !== "#") {
    go(option, true);
    return;
  }
  const press = element ?? (option.dataset.press ? document.querySelector(option.dataset.press) : null);
  if (press) {
    dialog.close();
    press.matches("input, select, textarea") ? press.focus() : press.click();
  } else if (option.dataset.dialogUrl) {
    dialog.close();
    // htmx names the target of its source in the header, so ours is given; the body as source leaves the focus alone.
    htmx.ajax("GET", option.dataset.dialogUrl, { target: "#dialog", source: document.body, headers: { "HX-Target": "div#dialog" } });
  } else if (!option.dataset.press) {
    go(option, false);
  }
}

async function load() {
  if (commands !== null) return;
  try {
    const answer = await fetch(dialog.dataset.commands, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    commands = document.createElement("div");
    commands.innerHTML = await answer.text();
  } catch { /* no connection: what is on the page can be done all the same */ }
}

function fill() {
  const known = dialog.querySelector("[data-known]");
  const groups = [actGroup(), recentGroup()].filter((group) => group.querySelector("[role=option]"));
  known.replaceChildren(...groups, ...(commands ? [...commands.children].map((group) => group.cloneNode(true)) : []));
  combo.ask();
}

async function openPalette() {
  const field = dialog.querySelector("[role=combobox]");
  combo ??= new Combo(field, {
    list: document.getElementById("palette-list"),
    found: dialog.querySelector("[data-found]"),
    nothing: dialog.querySelector(".found-nothing"),
    target: "found",
    choose,
    onText: filter,
  });
  document.querySelectorAll("[popover]:popover-open").forEach((menu) => menu.hidePopover());
  field.value = "";
  dialog.showModal();
  field.focus();
  fill();
  await load();
  if (dialog.open) fill();
}

if (dialog) {
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "k") return;
    if (document.querySelector("dialog[open]:not(#palette)")) return; // what is open has to be finished first
    event.preventDefault();
    dialog.open ? dialog.close() : openPalette();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-palette-open]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    openPalette();
  });
  dialog.addEventListener("close", () => combo?.close());
}
