/* The day of a department: many chosen at once, forms in their rows. Everything works without it. */
"use strict";

(() => {
  /* -- choosing many ------------------------------------------------------------------------- */

  const bulk = document.querySelector("[data-bulk]");
  let last = null;
  const picks = () => [...document.querySelectorAll("[data-bulk-pick]")];

  function count() {
    const line = bulk?.querySelector("[data-bulk-count]");
    if (!line) return;
    const all = bulk.querySelector("[data-bulk-all]").checked;
    const chosen = picks().filter((box) => box.checked).length;
    line.dataset.none ??= line.textContent;
    line.textContent = all ? "✓" : chosen ? `${chosen} / ${picks().length}` : line.dataset.none;
  }

  function reach(box) {
    const boxes = picks();
    const from = boxes.indexOf(last);
    const to = boxes.indexOf(box);
    if (from < 0) return;
    for (const one of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = box.checked;
  }

  document.addEventListener("click", (event) => {
    const box = event.target.closest?.("[data-bulk-pick]");
    if (!box) return;
    if (event.shiftKey) reach(box);
    last = box;
    count();
  });
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("[data-bulk-pick]");
    if (!box || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === " " && event.shiftKey) {
      event.preventDefault();
      box.checked = !box.checked;
      reach(box);
      last = box;
      count();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = step && picks()[picks().indexOf(box) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
  bulk?.addEventListener("change", count);
  window.addEventListener("pageshow", count);

  /* -- forms in their rows --------------------------------------------------------------------- */

  document.addEventListener("click", (event) => {
    const close = event.target.closest?.("[data-close-panel]");
    if (close) {
      const row = close.closest(".today-row");
      close.closest(".today-panel").replaceChildren();
      row?.focus();
      return;
    }
    const phrase = event.target.closest?.("[data-put]");
    if (!phrase) return;
    const form = phrase.closest("form");
    const active = form.querySelector("textarea[data-last]") ?? form.querySelector("textarea");
    if (!active) return;
    const gap = active.value && !active.value.endsWith("\n") ? "\n" : "";
    active.value += gap + phrase.dataset.put;
    active.dispatchEvent(new Event("input", { bubbles: true }));
    active.focus();
  });
  document.addEventListener("focusin", (event) => {
    if (!event.target.matches?.("[data-inline] textarea")) return;
    for (const area of event.target.form.querySelectorAll("textarea[data-last]")) delete area.dataset.last;
    event.target.dataset.last = "";
  });

  // A refused form stays in its panel: only what was done takes the place of the row.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig?.elt?.closest?.("[data-inline]");
    if (!form || event.detail.xhr.status < 400) return;
    event.detail.target = document.getElementById(form.dataset.panel) ?? event.detail.target;
    event.detail.swapOverride = "innerHTML";
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const panel = event.detail.target;
    if (panel?.classList?.contains("today-panel")) {
      panel.querySelector("textarea, select, input:not([type=hidden]):not([type=radio])")?.focus();
      for (const menu of document.querySelectorAll(".today-more[open]")) menu.open = false;
    } else if (panel?.id?.startsWith?.("row-")) {
      const row = document.getElementById(panel.id);
      (row?.querySelector(".today-panel textarea") ?? row)?.focus();
    }
    count();
  });

  // A row that somebody writes in is not taken from under his hands.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const row = event.detail.elt;
    if (row.classList?.contains("today-row") && row.querySelector(".today-form")) event.preventDefault();
  });
})();
