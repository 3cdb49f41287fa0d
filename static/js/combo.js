// A field whose options stand below it: it asks the server while one types, arrow keys choose, Enter goes there.
// The focus stays in the field (ARIA's combobox). One request at a time; an answer to an older text is dropped.

const WAIT = 120;

export const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

export class Combo {
  // found: where the server's options go; onText(text): fills what is known without the server; choose(option, tab).
  constructor(field, { list, found, nothing, onText = () => {}, choose, target }) {
    Object.assign(this, { field, list, found, nothing, onText, choose, target, active: null, shownFor: null });
    field.addEventListener("input", () => this.ask());
    field.addEventListener("keydown", (event) => this.onKey(event));
    list.addEventListener("pointermove", (event) => {
      const option = event.target.closest("[role=option]");
      if (option && option !== this.active) this.activate(option, false);
    });
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the field
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (!option || event.defaultPrevented || event.button) return;
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // the browser opens a tab or a window
      event.preventDefault();
      this.choose(option, false);
    });
  }

  get options() {
    return [...this.list.querySelectorAll("[role=option]:not([hidden])")].filter((option) => {
      const away = option.parentElement.closest("[hidden]");
      return !away || away === this.list; // the list itself is hidden while it is closed
    });
  }

  get isOpen() {
    return this.field.getAttribute("aria-expanded") === "true";
  }

  ask() {
    clearTimeout(this.timer);
    this.request?.abort();
    const text = this.field.value.trim();
    this.onText(text);
    if (!text) {
      this.found.replaceChildren();
      this.shownFor = "";
      this.show();
      return;
    }
    this.timer = setTimeout(() => this.fetch(text), WAIT);
    this.show();
  }

  async fetch(text) {
    const request = new AbortController();
    this.request = request;
    const url = new URL(this.field.dataset.url, location.href);
    url.searchParams.set("q", text);
    try {
      const headers = { "HX-Request": "true", "HX-Target": this.target, "HX-Current-URL": location.href };
      const answer = await fetch(url, { headers, signal: request.signal });
      const elsewhere = answer.headers.get("HX-Redirect");
      if (elsewhere) location.assign(elsewhere); // signed out meanwhile
      if (!answer.ok || elsewhere) return;
      const html = await answer.text();
      if (this.field.value.trim() !== text) return;
      this.found.innerHTML = html;
      this.shownFor = text;
      this.show();
    } catch (error) {
      if (error.name !== "AbortError") this.show(); // no connection: what is known stays
    }
  }

  show() {
    const options = this.options;
    options.forEach((option, number) => { option.id = `${this.list.id}-${number}`; });
    const text = this.field.value.trim();
    const isAnswered = text === (this.shownFor ?? "");
    if (this.nothing) this.nothing.hidden = !text || !isAnswered || options.some((option) => !("everything" in option.dataset));
    this.list.hidden = !options.length;
    this.field.setAttribute("aria-expanded", String(options.length > 0));
    this.activate(text ? options[0] : null);
    const status = document.getElementById(this.field.dataset.status);
    if (status && isAnswered && text) status.textContent = `${status.dataset.label} ${options.length}`;
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.list.hidden = true;
    if (this.nothing) this.nothing.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
    this.activate(null);
  }

  activate(option, scroll = true) {
    this.active?.removeAttribute("aria-selected");
    this.active = option ?? null;
    if (!option) {
      this.field.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    this.field.setAttribute("aria-activedescendant", option.id);
    if (scroll) option.scrollIntoView({ block: "nearest" });
  }

  onKey(event) {
    if (event.isComposing || event.altKey) return;
    const options = this.options;
    const at = options.indexOf(this.active);
    const isPlain = !event.shiftKey && !event.ctrlKey && !event.metaKey;
    if (event.key === "Enter" && this.active && this.isOpen) {
      event.preventDefault();
      this.choose(this.active, event.ctrlKey || event.metaKey);
    } else if (event.key === "ArrowDown" && !this.isOpen) {
      event.preventDefault();
      this.ask();
    } else if (isPlain && this.isOpen && ["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) {
      event.preventDefault();
      const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
      this.activate(options.at(to >= options.length ? 0 : to));
    }
  }
}

export function go(option, tab) {
  if (tab) open(option.href, "_blank", "noopener");
  else location.assign(option.href);
}
