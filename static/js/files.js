// form[data-drop]: files that are chosen in it, or dropped on it, are sent at once. Larger ones than data-limit (bytes) are
// named instead of sent.

function say(form, text) {
  const place = form.querySelector("[data-message]");
  place.textContent = text;
  place.hidden = !text;
}

function send(form, files) {
  const limit = Number(form.dataset.limit);
  const large = [...files].filter((file) => file.size > limit);
  if (large.length) {
    say(form, `${form.dataset.tooLarge} ${large.map((file) => file.name).join(", ")}`);
    form.reset();
    return;
  }
  say(form, "");
  form.requestSubmit();
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-drop]");
  if (form && event.target.type === "file" && event.target.files.length) send(form, event.target.files);
});

const formUnder = (event) => event.dataTransfer?.types.includes("Files") && event.target.closest?.("form[data-drop]");

document.addEventListener("dragover", (event) => {
  const form = formUnder(event);
  document.querySelectorAll("form[data-drop].is-over").forEach((other) => other.classList.toggle("is-over", other === form));
  if (!form) return;
  event.preventDefault();
  form.classList.add("is-over");
});
document.addEventListener("dragleave", (event) => {
  const form = event.target.closest?.("form[data-drop]");
  if (form && !form.contains(event.relatedTarget)) form.classList.remove("is-over");
});
document.addEventListener("drop", (event) => {
  const form = formUnder(event);
  if (!form) return;
  event.preventDefault();
  form.classList.remove("is-over");
  form.elements.files.files = event.dataTransfer.files;
  send(form, event.dataTransfer.files);
});
