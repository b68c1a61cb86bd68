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
      catchUp(row);
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

  /* -- rows that change by themselves ------------------------------------------------------------ */

  const isLive = (detail) => /^(live:|again$)/.test(detail.requestConfig?.triggeringEvent?.type ?? "");
  const inHand = (row) => row.querySelector(".today-form, .today-more[open], .htmx-request") !== null;

  // A row that somebody writes in, whose menu stands open or which is being sent is not taken from under his hands.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const row = event.detail.elt;
    if (!row.classList?.contains("today-row") || !inHand(row)) return;
    event.preventDefault();
    row.dataset.isOld = "";
  });

  function catchUp(row) {
    if (!row || !("isOld" in row.dataset) || inHand(row)) return;
    delete row.dataset.isOld;
    window.htmx?.trigger(row, "again");
  }

  document.addEventListener("toggle", (event) => {
    if (!event.target.open && event.target.matches?.(".today-more")) catchUp(event.target.closest(".today-row"));
  }, true);

  // What was chosen, what was said to be done and where the focus is outlive the change.
  const kept = new Map();
  const places = "a[href], button, summary, input[type=checkbox]";
  document.addEventListener("htmx:beforeSwap", (event) => {
    const row = event.detail.target;
    if (!row?.classList?.contains("today-row") || !isLive(event.detail)) return;
    if (inHand(row)) {
      event.detail.shouldSwap = false;
      row.dataset.isOld = "";
      return;
    }
    const focus = [...row.querySelectorAll(places)].indexOf(document.activeElement);
    const isChosen = row.querySelector("[data-bulk-pick]")?.checked;
    const done = row.querySelector(":scope > .message.is-done");
    kept.set(row.id, { focus, isChosen, done, hasFocus: row === document.activeElement });
  });

  function putBack(row, { focus, isChosen, done, hasFocus }) {
    const pick = row.querySelector("[data-bulk-pick]");
    if (pick && isChosen) pick.checked = true;
    if (done && !row.querySelector(":scope > .message")) row.prepend(done);
    if (hasFocus) row.focus({ preventScroll: true });
    else if (focus >= 0) ([...row.querySelectorAll(places)][focus] ?? row).focus({ preventScroll: true });
  }

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
    } else if (kept.has(panel?.id)) {
      const row = document.getElementById(panel.id);
      if (row) putBack(row, kept.get(panel.id));
      kept.delete(panel.id);
    } else if (panel?.id?.startsWith?.("row-")) {
      const row = document.getElementById(panel.id);
      (row?.querySelector(".today-panel textarea") ?? row)?.focus();
    }
    count();
  });
})();
