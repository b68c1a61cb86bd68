/* Live push: one stream of hints for all windows of a person; pages work without it, by asking slowly. */
"use strict";

(() => {
  const TICK_SECONDS = 10;
  const LIVE = "hotline-live";
  const topics = () => [...new Set([...document.querySelectorAll("[data-live]")]
    .flatMap((element) => element.dataset.live.split(" ")))].filter(Boolean).sort();

  /* -- clocks that count up, by the server's clock ------------------------------------------- */

  const serverTime = Date.parse(document.querySelector('meta[name="server-time"]')?.content ?? "");
  const drift = Number.isNaN(serverTime) ? 0 : serverTime - Date.now();

  function count() {
    const now = Date.now() + drift;
    for (const element of document.querySelectorAll("[data-since]")) {
      const total = Math.max(0, Math.floor((now - Date.parse(element.dataset.since)) / 1000));
      const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
      const rest = `${hours ? String(minutes).padStart(2, "0") : minutes}:${String(seconds).padStart(2, "0")}`;
      const text = hours ? `${hours}:${rest}` : rest;
      if (element.textContent !== text) element.textContent = text;
    }
  }
  count();
  setInterval(count, 1000);
  document.addEventListener("htmx:afterSettle", count);

  /* -- hints ---------------------------------------------------------------------------------- */

  function look(changed) {
    // What is asked in a dialog must not be swept away under the hand that confirms it.
    if (document.querySelector("dialog[open]")) {
      setTimeout(() => look(changed), 500);
      return;
    }
    for (const topic of changed) document.body.dispatchEvent(new CustomEvent(`live:${topic}`));
  }

  const windows = "BroadcastChannel" in window ? new BroadcastChannel(LIVE) : null;
  let heard = 0;
  const hear = (changed) => { heard = Date.now(); look(changed); };
  let source = null;
  let release = null;
  let isWaiting = false;
  const wanted = new Set();

  function open(more = topics()) {
    const before = wanted.size;
    more.forEach((topic) => wanted.add(topic)); // remembered by all: each may lead one day
    if (!release) return;
    if (source && wanted.size === before && source.readyState !== EventSource.CLOSED) return;
    source?.close();
    if (!wanted.size) return;
    source = new EventSource(`/live?topics=${[...wanted].map(encodeURIComponent).join(",")}`);
    source.addEventListener("changed", ({ data }) => {
      const changed = JSON.parse(data);
      windows?.postMessage({ changed });
      hear(changed);
    });
    source.addEventListener("ping", () => {
      heard = Date.now();
      windows?.postMessage({ changed: [] });
    });
  }

  function close() {
    source?.close();
    source = null;
    release?.();
    release = null;
  }

  /* A browser allows six connections to one house: the windows of a person share one stream. */
  function lead() {
    if (release || !topics().length) return;
    if (navigator.locks && windows) {
      if (isWaiting) return;
      isWaiting = true;
      navigator.locks.request(LIVE, () => new Promise((resolve) => {
        isWaiting = false;
        release = resolve;
        open();
      }));
    } else if (document.visibilityState === "visible") {
      release = () => {};
      open();
    }
  }

  function begin() {
    if (!topics().length) return;
    lead();
    if (release) open();
    else windows?.postMessage({ joins: topics() });
  }

  windows?.addEventListener("message", ({ data }) => {
    if (Array.isArray(data.changed)) hear(data.changed);
    if (Array.isArray(data.joins)) open(data.joins);
  });
  begin();
  /* What came in later may be the first thing of a page that is alive, as the call beside the intake form. */
  let known = topics().join(" ");
  document.addEventListener("htmx:afterSettle", () => {
    const now = topics().join(" ");
    if (release) open();
    else if (now !== known) begin();
    known = now;
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => { if (event.persisted) begin(); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      begin();
      look(topics());
    } else if (!navigator.locks) {
      close();
    }
  });

  /* Without a stream, look slowly: nothing is lost, it only comes later. */
  setInterval(() => {
    const isSilent = Date.now() - heard > 2.5 * TICK_SECONDS * 1000;
    if (document.visibilityState === "visible" && isSilent) {
      look(topics());
      begin();
    }
  }, TICK_SECONDS * 1000);
})();
