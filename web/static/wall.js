/* The wall lives by itself: it hears that something has changed, asks slowly when it hears nothing, and says
   when its figures are old. One figure is fetched at a time, and never more often than every few seconds. */
"use strict";

(() => {
  const place = document.getElementById("wall");
  const stale = document.querySelector("[data-stale]");
  const LEAST = Number(place.dataset.least ?? 5) * 1000;
  const SLOWEST = Number(place.dataset.slowest ?? 30) * 1000;
  const OLD = Number(place.dataset.old ?? 120) * 1000;
  const serverTime = Date.parse(document.querySelector('meta[name="server-time"]').content);
  const drift = Number.isNaN(serverTime) ? 0 : serverTime - Date.now();
  const now = () => Date.now() + drift;

  let asked = Date.now();
  let timer = 0;
  let isAsking = false;

  /* -- the clock, and whether what hangs here is still true ------------------------------------------ */

  const hours = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const days = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: "Asia/Shanghai", dateStyle: "full" });
  const clock = document.querySelector("[data-clock]");
  const day = document.querySelector("[data-day]");

  const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  function tick() {
    const at = now();
    put(clock, hours.format(at));
    put(day, days.format(at));
    const asOf = Date.parse(place.querySelector("[data-as-of]")?.dataset.asOf ?? "");
    const age = at - asOf;
    stale.hidden = !(age > OLD);
    if (!stale.hidden) put(stale, stale.dataset.words.replace("{minutes}", Math.floor(age / 60000)));
  }

  /* -- figures ------------------------------------------------------------------------------------------- */

  async function look() {
    timer = 0;
    if (isAsking) return;
    isAsking = true;
    asked = Date.now();
    try {
      const answer = await fetch(place.dataset.wall, { headers: { "hx-request": "true" }, signal: AbortSignal.timeout(20000) });
      if (answer.ok) {
        const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = parsed.querySelector("[data-as-of]");
        if (fresh) {
          place.replaceChildren(document.adoptNode(fresh));
          document.dispatchEvent(new CustomEvent("charts:look"));
        }
      }
    } catch { /* the house cannot be reached: what hangs here grows old, and the wall says so */ }
    isAsking = false;
    tick();
  }

  function soon() {
    if (!timer) timer = setTimeout(look, Math.max(0, asked + LEAST - Date.now()));
  }

  /* -- hearing -------------------------------------------------------------------------------------------- */

  let source = null;
  function listen() {
    if (source && source.readyState !== EventSource.CLOSED) return;
    source?.close();
    source = new EventSource(place.dataset.stream);
    source.addEventListener("changed", soon);
  }

  tick();
  listen();
  setInterval(tick, 1000);
  setInterval(() => {
    if (Date.now() - asked >= SLOWEST) soon();
    listen();
  }, 5000);
  window.hotlineWall = { look };
})();
