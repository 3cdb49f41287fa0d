// Work mode.

// data-copy="id": copies the text of that element, and says so in place of the button's words for a moment.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    getSelection().selectAllChildren(source); // not allowed: then it is selected, for Ctrl+C
    return;
  }
  const words = button.querySelector("span");
  const before = words.textContent;
  words.textContent = button.dataset.copied;
  setTimeout(() => { words.textContent = before; }, 1500);
});

// What a key unfolds takes the focus where there is something to write.
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".work-more[open]")) event.target.querySelector("[data-first]")?.focus();
}, true);
