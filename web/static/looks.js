/* Other looks at once, without leaving the page; and a thin bar while the house is asked. Pages work without it. */
"use strict";

(() => {
  const root = document.documentElement;

  /* -- looks: the form is sent beside the page, so nothing that was typed or found is lost -------- */

  function show(name, value) {
    root.dataset[name] = value;
    const scheme = document.querySelector('meta[name="color-scheme"]');
    if (name === "theme" && scheme) scheme.content = value === "auto" ? "light dark" : value;
    for (const button of document.querySelectorAll(`form[data-looks] [name="${name}"]`)) {
      if (button.type === "radio") button.checked = button.value === value;
      else if (button.dataset.otherwise) continue;
      else if (button.value === value) button.setAttribute("aria-pressed", "true");
      else button.setAttribute("aria-pressed", "false");
    }
    for (const button of document.querySelectorAll(`form[data-looks] [name="${name}"][data-otherwise]`)) {
      button.hidden = button.value === value;
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-looks]") || event.defaultPrevented) return;
    event.preventDefault();
    const sent = new FormData(form, event.submitter);
    const done = () => {
      delete form.dataset.sending;
      event.submitter?.removeAttribute("aria-busy");
    };
    fetch(form.action, { method: "POST", body: new URLSearchParams(sent), redirect: "manual" })
      .then((answer) => {
        if (answer.type !== "opaqueredirect" && !answer.ok) throw new Error(String(answer.status));
        for (const name of ["theme", "density", "size"]) {
          if (sent.has(name)) show(name, sent.get(name));
        }
        root.dispatchEvent(new CustomEvent("looks", { bubbles: true }));
        // The button that was pressed may have given way to its opposite.
        if (event.submitter?.hidden) form.querySelector("button:not([hidden])")?.focus();
      })
      .catch(() => {
        // Then the long way, as without scripts; the pressed button has to be said again.
        for (const [name, value] of sent) {
          if (form.elements[name]?.type !== "submit" && form.elements[name]?.length === undefined) continue;
          const said = document.createElement("input");
          Object.assign(said, { type: "hidden", name, value });
          form.append(said);
        }
        form.submit();
      })
      .finally(done);
  });

  /* -- waiting ------------------------------------------------------------------------------------- */

  const bar = document.getElementById("load-bar");
  const asked = new Set();
  let timer = 0;

  function draw() {
    clearTimeout(timer);
    // What comes at once needs no bar: it would only flicker.
    if (asked.size) timer = setTimeout(() => bar?.classList.add("is-shown"), 250);
    else bar?.classList.remove("is-shown");
  }

  const isAnswer = (detail) => detail.requestConfig?.triggeringEvent && detail.requestConfig.triggeringEvent.type !== "load";

  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    // What a page fetches by itself, on load or by a hint, must not disturb its reader.
    if (!isAnswer(detail) || detail.requestConfig.triggeringEvent.type.startsWith("live:")) return;
    asked.add(detail.xhr);
    detail.target?.setAttribute("aria-busy", "true");
    draw();
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!asked.delete(detail.xhr)) return;
    detail.target?.removeAttribute("aria-busy");
    draw();
  });
  window.addEventListener("pagehide", () => { asked.clear(); draw(); });
})();
