// Menus are native popovers: this places them beside their button where the browser cannot, and moves with arrow keys.

const anchored = CSS.supports("position-area", "block-end span-inline-end");

function place(menu, button) {
  const box = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = menu.classList.contains("menu-end") ? box.right - width : box.left;
  const below = box.bottom + 4 + height <= innerHeight;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, below ? box.bottom + 4 : box.top - height - 4)}px`;
}

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.(".menu-list[popover]")) return;
  const button = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]:not([popovertargetaction])`);
  if (event.newState !== "open" || !button) return;
  if (!anchored) place(menu, button);
  menu.querySelector("[aria-current], .menu-item, input, select")?.focus({ preventScroll: true });
}, true);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu-list[popover]");
  if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key) || !event.target.matches(".menu-item")) return;
  const items = [...menu.querySelectorAll(".menu-item:not(:disabled)")];
  const at = items.indexOf(event.target);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  event.preventDefault();
  items.at(to % items.length)?.focus();
});
