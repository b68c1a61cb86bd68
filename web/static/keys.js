/* Keys, the list of them, the palette of commands, and the way back to where one was.
   A key is what an element says of itself: data-key="alt+x", its words in data-key-words. */
"use strict";

(() => {
  const isTyping = (element) => element?.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element?.tagName ?? "");
  const isSeen = (element) => element.checkVisibility();
  const openDialog = () => [...document.querySelectorAll("dialog[open]")].pop() ?? null;

  /* -- which key it is --------------------------------------------------------------------------- */

  function combination(event) {
    const isPlain = !event.altKey && !event.ctrlKey && !event.metaKey;
    const isPlace = /^(Key|Digit)\w$/.test(event.code ?? "") && !(isPlain && event.shiftKey);
    const name = isPlace ? event.code.slice(-1) : event.key;
    return [(event.ctrlKey || event.metaKey) && "ctrl", event.altKey && "alt", !isPlain && event.shiftKey && "shift", name]
      .filter(Boolean).join("+").toLowerCase();
  }

  const keysOf = (element) => element.dataset.key.toLowerCase().split(" ");

  function find(pressed) {
    const scope = openDialog() ?? document;
    const found = [...scope.querySelectorAll("[data-key]:not([data-key-note])")].filter((element) => keysOf(element).includes(pressed));
    return found.find(isSeen) ?? found.find((element) => element.closest("#side"));
  }

  const FIELDS = "input:not([type=hidden]), textarea, select, button[type=submit]";

  function act(target) {
    if (target.tagName === "SUMMARY") {
      target.parentElement.open = true;
      target.scrollIntoView({ block: "nearest" });
      [...target.parentElement.querySelectorAll(`form[method=post] :is(${FIELDS})`)].find(isSeen)?.focus();
    } else if (isTyping(target)) {
      target.focus();
      target.select?.();
    } else {
      target.click();
    }
  }

  /* -- keys before everything is there --------------------------------------------------------------
     Parts that come in with the page, as the bar of calls, may be what a key was meant for. */

  const WAIT_MOST = 3000;
  const begun = performance.now();
  const late = new Set(document.querySelectorAll('[hx-trigger*="load"]'));
  let waiting = [];
  const isSending = () => document.querySelector("form[hx-boost].htmx-request, a[hx-boost].htmx-request") !== null;
  const isWhole = () => !isSending()
    && (performance.now() - begun > WAIT_MOST || (document.readyState === "complete" && !late.size));

  /* What has just come in is seen a moment before it does anything. */
  const isSettling = (target) => target.closest(".htmx-added, .htmx-settling, .htmx-swapping") !== null;

  function again() {
    const left = [];
    for (const { pressed, at } of waiting) {
      const target = Date.now() - at < WAIT_MOST ? find(pressed) : null;
      if (target && !isSettling(target)) act(target);
      else if (target || !isWhole()) left.push({ pressed, at });
    }
    waiting = left;
  }

  const wait = (pressed) => waiting.push({ pressed, at: Date.now() });

  document.addEventListener("htmx:afterSettle", (event) => {
    late.delete(event.detail.elt);
    if (waiting.length) again();
  });
  for (const name of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(name, (event) => late.delete(event.detail.elt));
  }
  window.addEventListener("load", () => setTimeout(again));

  /* -- rows of a list: J and K, or the arrows ---------------------------------------------------------- */

  const STEPS = { j: 1, k: -1, arrowdown: 1, arrowup: -1 };

  function step(pressed, event) {
    const by = STEPS[pressed];
    if (!by || openDialog()) return false;
    const own = event.target.closest?.("[data-steps]");
    const list = own ?? document.querySelector("[data-steps]");
    if (!list || (pressed.startsWith("arrow") && !own)) return false;
    const rows = [...list.querySelectorAll("[data-step]")].filter(isSeen);
    const at = rows.indexOf(document.activeElement);
    const next = at < 0 ? rows[by > 0 ? 0 : rows.length - 1] : rows[at + by];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
    return true;
  }

  /* -- pressing --------------------------------------------------------------------------------------- */

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    const pressed = combination(event);
    const isFree = event.altKey || event.ctrlKey || event.metaKey || /^F\d{1,2}$/.test(event.key);
    if (!isFree && isTyping(event.target)) return;
    const target = find(pressed);
    if (target) {
      event.preventDefault();
      if (isSettling(target)) wait(pressed);
      else act(target);
      return;
    }
    if (step(pressed, event)) event.preventDefault();
    else if ((event.altKey || event.key.length === 1) && !isWhole()) wait(pressed);
  });
  for (const event of window.earlyKeys?.() ?? []) {
    const pressed = combination(event);
    const target = find(pressed);
    if (target && document.readyState === "complete") act(target);
    else wait(pressed);
  }
  document.addEventListener("DOMContentLoaded", () => setTimeout(again));

  /* -- words and caps ------------------------------------------------------------------------------------ */

  function wordsOf(element) {
    if (element.dataset.keyWords) return element.dataset.keyWords;
    const named = element.getAttribute("aria-label") ?? "";
    const source = element.labels?.[0] ?? element;
    const copy = source.cloneNode(true);
    copy.querySelectorAll("kbd, .count, .required, .visually-hidden, svg").forEach((part) => part.remove());
    return (named || copy.textContent).replace(/\s+/g, " ").trim();
  }

  const CAPS = { arrowdown: "↓", arrowup: "↑", arrowleft: "←", arrowright: "→", enter: "Enter", ctrl: "Ctrl", alt: "Alt", shift: "Shift", escape: "Esc" };

  function caps(key) {
    const line = document.createDocumentFragment();
    for (const [nth, one] of key.split(" ").entries()) {
      if (nth) line.append(" / ");
      for (const part of one.split("+")) {
        const cap = document.createElement("kbd");
        cap.textContent = CAPS[part.toLowerCase()] ?? part.toUpperCase();
        line.append(cap, " ");
      }
    }
    return line;
  }

  /* -- the list of keys ------------------------------------------------------------------------------------ */

  const ABOUT_ALL = ".top, .side, #call-bar, #was-at, #keys";

  function listed() {
    const groups = { all: new Map(), here: new Map() };
    for (const element of document.querySelectorAll("[data-key]")) {
      const isNote = element.dataset.keyNote !== undefined;
      if (isNote ? element.closest("[hidden]:not([data-key-note])") : !isSeen(element) && !element.closest(".side")) continue;
      const words = wordsOf(element);
      const group = element.dataset.keyGroup ?? (element.closest(ABOUT_ALL) ? "all" : "here");
      if (words) groups[group].set(`${element.dataset.key.toLowerCase()} ${words}`, { key: element.dataset.key, words });
    }
    return groups;
  }

  function showKeys(dialog) {
    for (const [name, rows] of Object.entries(listed())) {
      const list = dialog.querySelector(`[data-keys="${name}"]`);
      list.replaceChildren();
      for (const { key, words } of rows.values()) {
        const [cap, said] = [document.createElement("dt"), document.createElement("dd")];
        cap.append(caps(key));
        said.textContent = words;
        list.append(cap, said);
      }
      list.closest("section").hidden = !rows.size;
    }
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-show-keys]")) return;
    const dialog = document.getElementById("keys");
    openDialog()?.close();
    showKeys(dialog);
  });

  /* -- the palette of commands --------------------------------------------------------------------------------- */

  const palette = () => document.getElementById("commands");
  let entries = [];
  let shown = [];
  let at = 0;

  const told = (name) => palette().dataset[name];

  function pageEntries() {
    const found = [];
    const all = [...document.querySelectorAll("[data-key]:not([data-key-note])")];
    const ofTicket = (element) => element.closest("#ticket") !== null;
    for (const element of [...all.filter(ofTicket), ...all.filter((one) => !ofTicket(one))]) {
      if (element.closest("dialog, .side, .top") || !isSeen(element) || !wordsOf(element)) continue;
      found.push({ group: told("sayHere"), text: wordsOf(element), key: element.dataset.key, words: wordsOf(element).toLowerCase(), run: () => act(element) });
    }
    return found;
  }

  function menuEntries() {
    return [...document.querySelectorAll(".top .menu-body :is(a, button[type=submit])")]
      .filter((element) => !element.getAttribute("aria-current") && element.getAttribute("aria-pressed") !== "true")
      .map((element) => {
        const menu = element.closest(".menu")?.querySelector("summary")?.textContent ?? "";
        const group = element.closest("[role=group]")?.getAttribute("aria-label");
        const text = group ? `${group}: ${wordsOf(element)}` : wordsOf(element);
        return { group: told("saySettings"), text, words: `${wordsOf(element)} ${text} ${menu}`.toLowerCase(), run: () => element.click() };
      });
  }

  function servedEntries() {
    return [...palette().querySelectorAll("[data-command]")].map((element) => ({
      group: element.dataset.group,
      text: element.textContent.replace(/\s+/g, " ").trim(),
      words: element.dataset.words.toLowerCase(),
      key: element.dataset.shortcut,
      run: () => element.click(),
    }));
  }

  /* How well something asked for is found: the beginning of a word, a part, letters in their order. */
  function letters(wanted, text) {
    let place = 0;
    for (const letter of wanted) {
      place = text.indexOf(letter, place) + 1;
      if (!place) return false;
    }
    return true;
  }

  function worth(wanted, words) {
    const place = words.indexOf(wanted);
    if (place === 0) return 100;
    if (place > 0) return words[place - 1] === " " ? 80 : 60;
    return wanted.length > 1 && words.split(" ").some((word) => word[0] === wanted[0] && letters(wanted, word)) ? 20 : 0;
  }

  function ranked(asked) {
    const wanted = asked.toLowerCase().split(/\s+/).filter(Boolean);
    return entries
      .map((entry, nth) => ({ entry, nth, worth: wanted.map((one) => worth(one, entry.words)) }))
      .filter((row) => row.worth.every(Boolean))
      .sort((a, b) => Math.min(...b.worth, 100) - Math.min(...a.worth, 100) || a.nth - b.nth)
      .map((row) => row.entry)
      .slice(0, wanted.length ? 12 : 60);
  }

  function askedFor(asked) {
    const words = asked.trim();
    const found = [];
    if (!words) return found;
    if (/^\d{13}$/.test(words)) {
      found.push({ group: "", text: told("sayTicket").replace("{number}", words), run: () => location.assign(`/tickets/${words}`) });
    }
    const box = document.getElementById("top-q");
    if (box) {
      const search = () => {
        box.value = words;
        box.form.requestSubmit();
      };
      found.push({ group: "", text: told("saySearch").replace("{words}", words), run: search, isLast: true });
    }
    return found;
  }

  function paint() {
    const dialog = palette();
    const box = dialog.querySelector("[role=combobox]");
    const list = dialog.querySelector("[role=listbox]");
    const own = askedFor(box.value);
    shown = [...own.filter((one) => !one.isLast), ...ranked(box.value), ...own.filter((one) => one.isLast)];
    at = Math.min(at, Math.max(0, shown.length - 1));
    list.replaceChildren(...shown.map((entry, nth) => {
      const row = document.createElement("li");
      row.id = `command-${nth}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(nth === at));
      const text = document.createElement("span");
      text.textContent = entry.text;
      const side = document.createElement("span");
      side.className = "soft small";
      side.append(entry.group ?? "");
      if (entry.key) side.append(" ", caps(entry.key));
      row.append(text, side);
      return row;
    }));
    if (shown.length) box.setAttribute("aria-activedescendant", `command-${at}`);
    else box.removeAttribute("aria-activedescendant");
    dialog.querySelector("[data-none]").hidden = shown.length > 0;
    list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  function move(by) {
    at = (at + by + shown.length) % shown.length;
    paint();
  }

  function run(nth) {
    const entry = shown[nth];
    if (!entry) return;
    palette().close();
    entry.run();
  }

  let served = null;

  async function serve() {
    const ticket = document.querySelector("[data-ticket]")?.dataset.ticket;
    const asks = ticket ? `?ticket=${ticket}` : document.getElementById("intake") ? "?desk=intake" : "";
    if (served === asks) return;
    const answer = await fetch(`/palette${asks}`, { headers: { "hx-request": "true" } }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    palette().querySelector("[data-served]").replaceChildren(...page.body.children);
    served = asks;
  }

  async function showCommands() {
    const dialog = palette();
    const collect = () => { entries = [...pageEntries(), ...servedEntries(), ...menuEntries()]; };
    openDialog()?.close();
    collect();
    dialog.querySelector("[role=combobox]").value = "";
    at = 0;
    paint();
    dialog.showModal();
    await serve();
    collect();
    if (dialog.open) paint();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-show-commands]")) showCommands();
    const row = event.target.closest?.("#commands [role=option]");
    if (row) run(Number(row.id.split("-")[1]));
  });
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("#commands [role=combobox]")) return;
    at = 0;
    paint();
  });
  /* Before others hear of it: the arrows walk through this list, nothing else. */
  window.addEventListener("keydown", (event) => {
    if (!event.target.closest?.("#commands") || event.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (by && shown.length) move(Math.abs(by) > shown.length ? Math.sign(by) : by);
    else if (event.key === "Enter") run(at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  /* -- back to where one was before a call came -------------------------------------------------------------------- */

  const WAS_AT = "was at";
  const AWAY = ["/desk/intake"];
  const isAway = (path) => AWAY.some((one) => path.startsWith(one));

  function remember() {
    if (isAway(location.pathname)) return;
    try {
      sessionStorage.setItem(WAS_AT, JSON.stringify({ href: location.pathname + location.search, title: document.title.split(" · ")[0] }));
    } catch { /* without storage there is the back button */ }
  }

  function wasAt() {
    try {
      return JSON.parse(sessionStorage.getItem(WAS_AT) ?? "null");
    } catch {
      return null;
    }
  }

  const isHere = (was) => was.href.split("?")[0] === location.pathname;

  /* Not with every part that comes in: one who is just leaving is still here. */
  function arrive() {
    const was = wasAt();
    if (was && isHere(was)) sessionStorage.removeItem(WAS_AT);
    wayBack();
  }

  function wayBack() {
    const line = document.getElementById("was-at");
    if (!line) return;
    const was = wasAt();
    line.hidden = !was || isHere(was);
    if (line.hidden) return;
    const link = line.querySelector("a");
    link.href = was.href;
    link.querySelector("[data-title]").textContent = was.title;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (link && link.origin === location.origin && isAway(link.pathname) && !link.target) remember();
    if (event.target.closest?.("#was-at a")) sessionStorage.removeItem(WAS_AT);
    if (event.target.closest?.("[data-forget-back]")) {
      sessionStorage.removeItem(WAS_AT);
      wayBack();
    }
  });
  arrive();
  document.addEventListener("htmx:afterSwap", (event) => (event.detail.boosted ? arrive() : wayBack())); // with what came in, not after it
})();
