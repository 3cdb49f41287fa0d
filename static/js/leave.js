// Asks before what was typed is thrown away: a dialog that Esc or its cross would close, a form in the page
// (form[data-in-place]) that Esc leaves by its own way out ([data-cancel]). Cancel is an answer already.

const frame = () => document.getElementById("dialog-frame");
let touched = false; // somebody wrote in the dialog
let kept = false; // and it was drawn anew since, holding what was written

function differs(field) {
  if (!field.name || field.type === "hidden" || field.matches("button, fieldset, output")) return false;
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (!field.matches("select")) return field.value !== field.defaultValue;
  const options = [...field.options];
  const first = !field.multiple && !options.some((option) => option.defaultSelected);
  return options.some((option, at) => option.selected !== (first ? at === 0 : option.defaultSelected));
}

const isChanged = (scope) => [...scope.querySelectorAll("input, select, textarea")].some(differs);

function unlessChanged(changed, go) {
  if (!changed) return go();
  const { leave, leaveYes } = document.getElementById("confirm").dataset;
  document.dispatchEvent(new CustomEvent("opener:ask", { detail: { text: leave, yes: leaveYes, go } }));
}

const closeFrame = () => unlessChanged(kept || (touched && isChanged(frame())), () => frame().close());

document.addEventListener("input", (event) => {
  if (event.target.closest?.("#dialog-frame")) touched = true;
});
document.addEventListener("htmx:before:request", (event) => {
  const { sourceElement, target } = event.detail.ctx;
  if (target?.id === "dialog" && sourceElement.closest("dialog")) kept ||= touched && isChanged(frame());
});
document.addEventListener("close", (event) => {
  if (event.target.id === "dialog-frame") touched = kept = false;
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("[popover]:popover-open, #confirm[open]")) return;
  const form = event.target.closest?.("form[data-in-place]");
  if (!frame().open && !form) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (frame().open) closeFrame();
  else unlessChanged(isChanged(form), () => form.querySelector("[data-cancel]").click());
}, true);

// The same for whatever else a browser closes dialogs with: a gesture, a button of the device.
document.addEventListener("cancel", (event) => {
  if (event.target.id !== "dialog-frame") return;
  event.preventDefault();
  closeFrame();
}, true);

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#dialog-frame .dialog-head [data-close]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  closeFrame();
}, true);

// A form that came into the page is gone on with: the cursor stands behind what is there.
document.addEventListener("htmx:after:swap", () => {
  const field = document.activeElement;
  if (field?.matches("textarea[autofocus]") && !field.dataset.entered) {
    field.dataset.entered = "yes";
    field.setSelectionRange(field.value.length, field.value.length);
  }
});
