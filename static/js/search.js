// The search box of the top bar: results while typing, and what was opened last where nothing was typed.

import { Combo, go } from "./combo.js";
import { recentGroup } from "./recent.js";

const field = document.querySelector("[data-search]");
const box = field?.closest("form");

if (field) {
  const list = document.getElementById("found-list");
  const found = list.querySelector("[data-found]");
  const known = list.querySelector("[data-known]");
  const combo = new Combo(field, {
    list,
    found,
    nothing: box.querySelector(".found-nothing"),
    target: "found",
    choose: go,
    onText: (text) => known.replaceChildren(...(text ? [] : recentGroup().children.length ? [recentGroup()] : [])),
  });
  field.addEventListener("focus", () => combo.ask());
  field.addEventListener("click", () => { if (!combo.isOpen) combo.ask(); });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || (list.hidden && box.querySelector(".found-nothing").hidden)) return;
    event.preventDefault();
    combo.close();
  });
  box.addEventListener("focusout", (event) => { if (!box.contains(event.relatedTarget)) combo.close(); });
}
