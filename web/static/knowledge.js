/* Answers read out large, and phrases picked by a key. Every page works without them. */
"use strict";

(() => {
  const isWriting = (element) => element?.matches?.("textarea, input[type=text], input:not([type])");
  let last = null; // where somebody wrote last

  document.addEventListener("focusin", (event) => {
    if (isWriting(event.target) && !event.target.closest("dialog")) last = event.target;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "phrase-list") event.target.querySelector("button")?.focus();
    const dialog = event.target.querySelector?.("dialog[data-open]");
    if (dialog && !dialog.open) dialog.showModal();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-open-palette]");
    if (opener) document.getElementById(opener.dataset.openPalette)?.showModal();
  });

  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const list = step && event.target.closest?.("dialog.palette");
    if (!list) return;
    event.preventDefault();
    const phrases = [...list.querySelectorAll("[data-insert]")];
    phrases[(phrases.indexOf(event.target) + step + phrases.length) % phrases.length]?.focus();
  });

  /* The palette of a ticket's page: into the field that was written in last, else the open form's first. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("dialog.palette [data-insert]");
    if (!button || document.getElementById("intake")) return;
    button.closest("dialog").close();
    const field = last?.isConnected ? last : document.querySelector("details[open] textarea");
    if (!field) return;
    const at = field.selectionStart ?? field.value.length;
    const before = field.value.slice(0, at);
    const gap = before && !/\s$/.test(before) ? "\n" : "";
    field.setRangeText(gap + button.dataset.insert, at, field.selectionEnd ?? at, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
})();
