// A form is sent once: its button turns and takes no second click until the answer is there.
// data-autosubmit on a select or checkbox of a plain GET form sends it as it changes.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.target === "_blank") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.matches("[hx-post], [hx-get], [hx-put], [hx-patch], [hx-delete]")) return; // htmx says below when it sends
  form.dataset.sent = "yes";
  const button = event.submitter;
  // After the browser has read the form, or the button's own name and value would be left out.
  setTimeout(() => {
    button?.classList.add("is-busy");
    button?.setAttribute("aria-busy", "true");
  });
  if (form.hasAttribute("data-download") || button?.hasAttribute("data-download")) setTimeout(() => release(form), 3000);
});

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll(".is-busy")) {
    button.classList.remove("is-busy");
    button.removeAttribute("aria-busy");
  }
}

// What htmx sends: a second click would be queued, and sent once the first is answered, while the page already leaves.
document.addEventListener("submit", (event) => {
  if (!event.target.dataset.sent) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

document.addEventListener("htmx:before:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  if (sourceElement.matches?.("form") && request.method !== "GET") sourceElement.dataset.sent = "yes";
});

document.addEventListener("htmx:finally:request", (event) => {
  const { sourceElement, keepIndicators } = event.detail.ctx;
  if (sourceElement.matches?.("form") && !keepIndicators) release(sourceElement); // kept: the answer leads elsewhere
});

// Back and forward may show the page as it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit]")) event.target.form?.requestSubmit();
});
