// data-insert="text": puts the text where the cursor stands, in the text field used last, else in data-insert-into.

let last = null;

document.addEventListener("focusin", (event) => {
  if (event.target.matches("textarea, input[type=text], input:not([type])")) last = event.target;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-insert]");
  if (!button) return;
  const form = button.closest("form");
  const field = last && form.contains(last) && last.name !== "q" ? last : document.getElementById(button.dataset.insertInto);
  field.focus();
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
