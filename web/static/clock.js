/* Time left and time gone, by the server's clock: a wrong clock here, or a sleep of the machine, changes nothing. */
"use strict";

(() => {
  const words = document.body.dataset;
  const JUMP_MILLISECONDS = 2000;
  const RETRY_MILLISECONDS = 10000;

  /* -- what time it is at the server ------------------------------------------------------------- */

  /* The page was made when its answer began, not when this runs. */
  const opened = performance.getEntriesByType?.("navigation")[0]?.responseStart;
  const made = Date.parse(document.querySelector('meta[name="server-time"]')?.content ?? "");
  let drift = Number.isNaN(made) ? 0 : made - (opened ? performance.timeOrigin + opened : Date.now());
  let steady = Date.now() - performance.now();
  let asked = -Infinity;

  /* What the server says is old by the time it is here: of two words the later one is nearer to the truth. */
  function sync(instant) {
    const found = Date.parse(instant) - Date.now();
    if (Number.isNaN(found)) return;
    if (found > drift || drift - found > JUMP_MILLISECONDS) drift = found;
  }

  const now = () => Date.now() + drift;

  /* After a sleep, or when somebody has set the clock, nothing is known: ask. */
  async function ask() {
    if (performance.now() - asked < RETRY_MILLISECONDS) return;
    asked = performance.now();
    try {
      const answer = await fetch("/health/live", { cache: "no-store" });
      const said = Date.parse(answer.headers.get("date") ?? "");
      if (Number.isNaN(said)) return;
      drift = said + 500 - Date.now();
      steady = Date.now() - performance.now();
    } catch { /* no network yet: at the next turn again */ }
  }

  /* -- what is counted ------------------------------------------------------------------------------ */

  const units = [[86400, words.unitDay], [3600, words.unitHour], [60, words.unitMinute], [1, words.unitSecond]];

  function duration(total) {
    let rest = total;
    let first = units.findIndex(([size]) => rest >= size);
    if (first < 0) first = units.length - 1;
    const parts = [];
    for (const [size, pattern] of units.slice(first, first + 2)) {
      const count = Math.floor(rest / size);
      rest -= count * size;
      if (count || !parts.length) parts.push(pattern.replace("{n}", count));
    }
    return parts.join(words.unitJoin);
  }

  function countDown(element, at) {
    const left = Math.ceil((Date.parse(element.dataset.due) - at) / 1000);
    if (Number.isNaN(left)) return;
    const isLate = left <= 0;
    const text = (isLate ? words.unitOverdue : words.unitLeft).replace("{duration}", duration(Math.abs(left)));
    if (element.textContent !== text) element.textContent = text;
    element.classList.toggle("is-late", isLate);
  }

  function countUp(element, at) {
    const total = Math.max(0, Math.floor((at - Date.parse(element.dataset.since)) / 1000));
    if (Number.isNaN(total)) return;
    const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
    const rest = `${hours ? String(minutes).padStart(2, "0") : minutes}:${String(seconds).padStart(2, "0")}`;
    const text = hours ? `${hours}:${rest}` : rest;
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    const elapsed = Date.now() - performance.now();
    if (Math.abs(elapsed - steady) > JUMP_MILLISECONDS) ask();
    const at = now();
    if (words.unitDay) for (const element of document.querySelectorAll("[data-due]")) countDown(element, at);
    for (const element of document.querySelectorAll("[data-since]")) countUp(element, at);
  }

  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", tick);
  window.addEventListener("pageshow", tick);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") tick(); });
  window.hotlineClock = { now, sync, tick };
})();
