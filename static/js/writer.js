// [data-writer]: a text in Markdown is written, or looked at as it will be. data-preview asks the server for the look.

function show(writer, previews) {
  const field = writer.querySelector("textarea");
  const look = writer.querySelector(".writer-preview");
  if (previews) look.style.minBlockSize = `${field.offsetHeight}px`;
  field.hidden = previews;
  look.hidden = !previews;
  writer.querySelector("[data-write]").setAttribute("aria-pressed", String(!previews));
  writer.querySelector("[data-preview]").setAttribute("aria-pressed", String(previews));
  (previews ? look : field).focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-write]");
  if (button) show(button.closest("[data-writer]"), false);
});

document.addEventListener("htmx:after:swap", (event) => {
  const button = event.detail.ctx.sourceElement;
  if (button.matches?.("[data-preview]") && event.detail.ctx.response.status < 400) show(button.closest("[data-writer]"), true);
});
