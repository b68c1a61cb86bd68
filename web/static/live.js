/* Live push: one stream of hints for all windows of a person; pages work without it, by asking slowly. */
"use strict";

(() => {
  const LIVE = "hotline-live";
  const SILENT_MILLISECONDS = 22000; // twice the heartbeat and a little
  const OFFLINE_MILLISECONDS = 30000;
  const FIRST_RETRY = 1000;
  const LONGEST_RETRY = 15000;
  const SLOWLY = 15000;
  const LOG_MILLISECONDS = 120000;
  /* So long lies between two looks of one page at what the whole house changes. */
  const PAUSES = { matter: 5000, rows: 1000, tickets: 2000, orders: 2000, counts: 5000, board: 5000, credit: 10000 };
  /* With many pages open each waits longer; what fetches the list it shows is told what concerns it, the rest is not. */
  const PAUSE_SPREADS = { rows: 3 };
  const MOST_SPREADS = 8;

  const clock = window.hotlineClock;
  const own = Math.random().toString(36).slice(2);
  const publicToken = document.querySelector("[data-live-token]")?.dataset.liveToken ?? "";
  const asIso = (milliseconds) => new Date(milliseconds).toISOString();
  const made = document.querySelector('meta[name="server-time"]')?.content ?? "";
  const seen = () => document.visibilityState === "visible";

  const words = (name) => [...new Set([...document.querySelectorAll(`[data-${name}]`)]
    .flatMap((element) => element.getAttribute(`data-${name}`).split(" ")))].filter(Boolean).sort();
  const topics = () => words("live");
  const here = () => words("here");

  const lists = () => document.querySelectorAll("[data-live-rows]");
  const rowsOf = (list) => [...list.querySelectorAll("[data-row]")];
  const concerned = new WeakSet();
  const attending = new Map();
  let marks = null;

  /* -- looking again -------------------------------------------------------------------------- */

  const pending = new Map();
  const looked = new Map();
  let spread = 0;
  let batch = "";

  const spreads = (topic) => topic in PAUSES || topic.startsWith("ticket:");
  const pause = (topic) => (topic in PAUSES ? PAUSES[topic] + (PAUSE_SPREADS[topic] ?? MOST_SPREADS) * spread : 0);

  function tell(topic) {
    pending.delete(topic);
    // What is asked in a dialog must not be swept away under the hand that confirms it.
    if (document.querySelector("dialog[open]")) {
      pending.set(topic, setTimeout(tell, 500, topic));
      return;
    }
    looked.set(topic, Date.now());
    if (topic === "notices") look(["counts"]);
    document.body.dispatchEvent(new CustomEvent(`live:${topic}`));
  }

  /* Pages that look at the same do not all ask at the same instant, and each asks once for many hints. */
  function look(changed) {
    for (const topic of changed) {
      if (pending.has(topic)) continue;
      const jitter = spreads(topic) ? Math.random() * spread : 0;
      const wait = Math.max(jitter, (looked.get(topic) ?? 0) + pause(topic) - Date.now());
      if (wait <= 0) tell(topic);
      else pending.set(topic, setTimeout(tell, wait, topic));
    }
  }

  function lookAtAll() {
    note({ topics: topics() });
    look([...topics(), "rows"]);
  }

  /* -- how the line is --------------------------------------------------------------------------- */

  let heardAt = Date.now(); // by the clock here
  let heardUntil = made; // by the server's
  let isOpen = false;
  let state = "";

  function show() {
    const place = document.getElementById("live-state");
    if (!place) return;
    const silent = Date.now() - heardAt;
    const found = isOpen && silent < SILENT_MILLISECONDS ? "live"
      : navigator.onLine && silent < OFFLINE_MILLISECONDS ? "reconnecting" : "offline";
    if (found === state && place.dataset.state === found) return;
    state = found;
    place.dataset.state = found;
    const at = new Date(heardAt).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false });
    const text = { live: place.dataset.sayLive, reconnecting: place.dataset.sayReconnecting, offline: place.dataset.sayOffline.replace("{at}", at) }[found];
    place.querySelector("[data-live-words]").textContent = text;
    place.title = text;
  }

  function hear(said) {
    heardAt = Date.now();
    isOpen = true;
    if (said.now) {
      clock.sync(said.now);
      heardUntil = said.now;
    }
    if (said.spread !== undefined) spread = said.spread;
    if (said.batch) batch = said.batch;
    if (said.lines) mend(said.lines);
    if (said.counts) countAgain(said.counts);
    if (said.isNew) attending.clear();
    if (said.attended || said.isNew) attend(said.attended ?? {});
    if (said.topics?.length) {
      note(said);
      const wanted = new Set(topics());
      look(said.topics.filter((topic) => wanted.has(topic)));
      if ([...lists()].some((list) => concerned.has(list))) look(["rows"]);
    }
    show();
  }

  /* -- the stream ----------------------------------------------------------------------------------- */

  const windows = "BroadcastChannel" in window && !publicToken ? new BroadcastChannel(LIVE) : null;
  const members = new Map();
  let log = [];
  let source = null;
  let address = "";
  let release = null;
  let isWaiting = false;
  let retry = FIRST_RETRY;
  let timer = 0;

  function join(id, joined) { members.set(id, joined); }
  const asked = (what) => [...new Set([...members.values()].flatMap((one) => one[what]))].sort();

  function wanted() {
    join(own, { topics: topics(), here: here() });
    if (publicToken) return topics().length ? `/track/live?token=${encodeURIComponent(publicToken)}` : "";
    const [named, attended] = [asked("topics"), asked("here")];
    if (!named.length) return "";
    return `/live?topics=${named.map(encodeURIComponent).join(",")}${attended.length ? `&here=${attended.join(",")}` : ""}`;
  }

  function pass(said) {
    log = log.filter(({ at }) => Date.now() - at < LOG_MILLISECONDS);
    if (said.topics) log.push({ at: Date.now(), said });
    windows?.postMessage({ said });
    hear(said);
  }

  function listen() {
    clearTimeout(timer);
    if (!release) return;
    const next = wanted();
    if (source && next === address && source.readyState !== EventSource.CLOSED) return;
    source?.close();
    source = null;
    address = next;
    if (!next) return;
    const line = new EventSource(`${next}&since=${encodeURIComponent(heardUntil)}`);
    source = line;
    const take = ({ type, data, lastEventId }) => {
      if (source !== line) return;
      retry = FIRST_RETRY;
      pass({ ...JSON.parse(data), batch: lastEventId, isNew: type === "hello" });
    };
    for (const name of ["hello", "changed", "ping"]) line.addEventListener(name, take);
    line.addEventListener("error", () => { if (source === line) lose(); });
  }

  /* The browser would come back with the old address: what was missed has another beginning now. */
  function lose() {
    source?.close();
    source = null;
    isOpen = false;
    windows?.postMessage({ lost: true });
    show();
    clearTimeout(timer);
    timer = setTimeout(listen, retry * (0.5 + Math.random()));
    retry = Math.min(retry * 2, LONGEST_RETRY);
  }

  function close() {
    clearTimeout(timer);
    source?.close();
    source = null;
    isOpen = false;
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
        windows.postMessage({ asks: true });
        listen();
      }));
    } else if (seen()) {
      release = () => {};
      listen();
    }
  }

  function begin() {
    if (!topics().length) return;
    lead();
    if (release) listen();
    else windows?.postMessage({ id: own, joins: { topics: topics(), here: here() }, since: heardUntil });
  }

  windows?.addEventListener("message", ({ data }) => {
    if (data.said) hear(data.said);
    else if (data.lost) { isOpen = false; show(); }
    else if (data.asks) { if (topics().length) windows.postMessage({ id: own, joins: { topics: topics(), here: here() }, since: heardUntil }); }
    else if (data.leaves) { members.delete(data.leaves); if (release) listen(); }
    else if (data.joins && release) {
      join(data.id, data.joins);
      listen();
      // Told since that window's page was made, but before it could hear.
      const since = Date.parse(data.since) - clock.now() + Date.now() - 2000;
      const missed = new Set(log.filter(({ at }) => !(at < since)).flatMap(({ said }) => said.topics));
      windows.postMessage({ said: { now: asIso(clock.now()), topics: [...missed], attended: Object.fromEntries(attending), spread, batch } });
    }
  });
  begin();

  /* What came in later may be the first thing of a page that is alive, as the call beside the intake form. */
  const place = () => [...topics(), "", ...here()].join(" ");
  let known = place();
  document.addEventListener("htmx:afterSettle", () => {
    const now = place();
    if (now !== known) begin();
    known = now;
  });
  window.addEventListener("pagehide", () => {
    windows?.postMessage({ leaves: own });
    close();
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) { begin(); lookAtAll(); } });
  window.addEventListener("online", () => { retry = FIRST_RETRY; if (release) listen(); });
  window.addEventListener("offline", () => { if (release) lose(); else { isOpen = false; show(); } });
  document.addEventListener("visibilitychange", () => {
    if (seen()) begin();
    else if (!navigator.locks || publicToken) close();
  });

  /* A line can die in silence, and a machine can sleep: then it is made anew, and says what was missed. */
  setInterval(() => {
    if (release && source && Date.now() - heardAt > SILENT_MILLISECONDS) {
      lose();
      clearTimeout(timer);
      listen();
    }
    show();
  }, 5000);

  /* Without a stream, look slowly: nothing is lost, it only comes later. */
  setInterval(async () => {
    if (!seen() || !topics().length || Date.now() - heardAt < OFFLINE_MILLISECONDS) return;
    begin();
    try {
      if ((await fetch("/health/live", { cache: "no-store" })).ok) lookAtAll();
    } catch { /* nobody is there to ask */ }
  }, SLOWLY);
  show();

  /* -- lists: lines are put right in place; new ones do not push away what is being read ----------------- */

  function note({ topics: told, lines }) {
    if (!told.includes("tickets")) return;
    for (const list of lists()) {
      const states = list.dataset.liveStates?.split(" ");
      const shown = new Set(rowsOf(list).map((row) => row.dataset.row));
      if (!lines || !states || Object.entries(lines).some(([number, line]) => shown.has(number) || states.includes(line?.state))) concerned.add(list);
    }
  }

  async function readMarks() {
    const answer = await fetch(`/live/marks?for=${document.documentElement.lang}`);
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    return new Map([...parsed.querySelectorAll("[data-mark]")].map((mark) => [mark.dataset.mark, mark.innerHTML]));
  }

  function put(row, name, html) {
    const cell = row.querySelector(`[data-cell="${name}"]`);
    if (cell && html !== undefined && cell.innerHTML !== html) cell.innerHTML = html;
  }

  async function mend(lines) {
    const rows = [...lists()].flatMap(rowsOf).filter((row) => lines[row.dataset.row]);
    if (!rows.length) return;
    try {
      marks ??= await readMarks();
    } catch { return; } // the list itself is fetched in a moment
    for (const row of rows) {
      const line = lines[row.dataset.row];
      if (Number(row.dataset.version) > line.version) continue;
      row.dataset.version = line.version;
      put(row, "state", marks.get(`state:${line.state}`));
      put(row, "level", marks.get(`level:${line.level}`));
      row.className = row.className.replace(/\brow-(green|yellow|orange|red)\b/, `row-${line.level}`);
      const due = row.querySelector("[data-due]");
      if (due && line.due) due.dataset.due = line.due;
      flash(row);
    }
    clock.tick();
  }

  function flash(row) {
    row.classList.remove("is-changed");
    void row.offsetWidth;
    row.classList.add("is-changed");
    setTimeout(() => row.classList.remove("is-changed"), 4000);
  }

  function attend(attended) {
    for (const [number, doing] of Object.entries(attended)) attending.set(number, doing);
    markAttended();
  }

  function markAttended() {
    for (const row of [...lists()].flatMap(rowsOf)) {
      const mark = row.querySelector("[data-attended]");
      if (mark) mark.dataset.attended = attending.get(row.dataset.row) ?? "";
    }
  }

  /* The side bar: a queue counts tickets in its states, or, when it names holds, those that are held so. */
  function countAgain(counts) {
    for (const mark of document.querySelectorAll("[data-places]")) {
      const places = mark.dataset.places.split(" ");
      const here = counts.filter(([state, hold]) => places.includes(hold) || places.includes(state));
      const sum = (at) => here.reduce((total, place) => total + place[at], 0);
      const [count, late] = [sum(2), sum(3)];
      mark.classList.toggle("is-late", late > 0);
      if (mark.firstChild) mark.firstChild.nodeValue = new Intl.NumberFormat(document.documentElement.lang).format(count);
      const words = (mark.dataset.sayLate ?? "").replace("{n}", late);
      mark.title = late ? words : "";
      const hidden = mark.querySelector(".visually-hidden") ?? mark.appendChild(document.createElement("span"));
      hidden.className = "visually-hidden";
      hidden.textContent = mark.title;
    }
  }

  /* A fragment as the server made it: without what ticks, waits or was folded here. */
  function plain(node) {
    const copy = node.cloneNode(true);
    for (const element of [copy, ...copy.querySelectorAll("*")]) {
      if (element.dataset?.due || element.dataset?.since) { element.textContent = ""; element.classList.remove("is-late"); }
      if (element.matches?.("[hx-trigger*=load]")) element.textContent = "";
      element.classList?.remove("is-changed", "is-new", "htmx-request", "htmx-settling", "htmx-swapping", "htmx-added");
      if (element.getAttribute?.("class") === "") element.removeAttribute("class");
      for (const name of ["data-draft-ready", "data-sending", "aria-busy", "data-attended", "data-version"]) element.removeAttribute?.(name);
      if (element.localName === "details") element.removeAttribute("open");
    }
    return copy.outerHTML.replace(/\s+/g, " ");
  }
  const same = (one, other) => plain(one) === plain(other);

  function isRead(list) {
    return list.contains(document.activeElement) || list.getBoundingClientRect().top < -8 || hasSelection(list);
  }

  function hasSelection(element) {
    const selection = document.getSelection();
    return Boolean(selection && !selection.isCollapsed && element.contains(selection.anchorNode));
  }

  /* Whatever has the focus keeps it, when it is there again. */
  function keepingFocus(work) {
    const active = document.activeElement;
    work();
    if (!active || active === document.body || active.isConnected) return;
    const again = active.id ? document.getElementById(active.id)
      : active.getAttribute("href") ? document.querySelector(`main a[href="${CSS.escape(active.getAttribute("href"))}"]`)
      : active.localName === "summary" && active.parentElement?.id ? document.querySelector(`#${CSS.escape(active.parentElement.id)} > summary`) : null;
    again?.focus({ preventScroll: true });
  }

  async function fetchPart(url, kind) {
    const headers = { "x-live": kind };
    if (batch) headers["x-live-after"] = batch;
    const answer = await fetch(url, { headers, cache: "no-store" });
    if (answer.redirected) return { status: 401 };
    const text = await answer.text();
    return { status: answer.status, parsed: answer.ok ? new DOMParser().parseFromString(text, "text/html") : null };
  }

  const busy = new WeakMap();

  /* One look at a time for each element; what is told meanwhile is looked at afterwards, once. */
  async function once(element, work) {
    if (busy.has(element)) { busy.set(element, true); return; }
    busy.set(element, false);
    try {
      await work();
    } catch { /* the line is down: all is looked at again when it is back */ }
    const again = busy.get(element);
    busy.delete(element);
    if (again && element.isConnected) setTimeout(() => once(element, work), PAUSES.rows);
  }

  const freshen = (list) => once(list, async () => {
    const { parsed } = await fetchPart(list.dataset.liveRows, "rows");
    const fresh = parsed?.getElementById(list.id);
    if (fresh && list.isConnected) mergeRows(list, fresh, isRead(list));
    markAttended();
  });

  function replaceAll(list, fresh) {
    keepingFocus(() => {
      const incoming = document.importNode(fresh, true);
      list.replaceChildren(...incoming.childNodes);
      window.htmx?.process(list);
    });
    clock.tick();
  }

  function mergeRows(list, fresh, isBusy) {
    const body = list.querySelector("tbody");
    const incoming = fresh.querySelector("tbody");
    const before = new Map(rowsOf(list).map((row) => [row.dataset.row, row]));
    const after = new Map(rowsOf(fresh).map((row) => [row.dataset.row, row]));
    const added = [...after.keys()].filter((number) => !before.has(number));
    if (!body || !incoming) {
      if (isBusy && added.length) announce(list, added.length);
      else if (!same(list, fresh)) replaceAll(list, fresh);
      return;
    }
    keepingFocus(() => {
      for (const [number, row] of before) {
        const found = after.get(number);
        if (found) blendRow(row, found);
        else if (isBusy && row.contains(document.activeElement)) row.classList.add("is-gone");
        else row.remove();
      }
      if (!isBusy) arrange(body, incoming, before);
      blendRest(list, fresh);
    });
    if (isBusy && added.length) announce(list, added.length);
    else list.querySelector("[data-live-show]")?.remove();
    clock.tick();
  }

  function blendRow(row, found) {
    const isOlder = Number(found.dataset.version) < Number(row.dataset.version);
    if (isOlder || same(row, found)) return;
    const cells = [...found.cells];
    [...row.cells].forEach((cell, at) => {
      if (cells[at] && !same(cell, cells[at]) && !hasSelection(cell)) cell.innerHTML = cells[at].innerHTML;
    });
    row.dataset.version = found.dataset.version;
    row.className = found.className;
    window.htmx?.process(row);
    flash(row);
  }

  function arrange(body, incoming, before) {
    const order = [...incoming.children].map((row) => {
      const own = before.get(row.dataset.row);
      if (own) return own;
      const made = document.importNode(row, true);
      made.classList.add("is-new");
      setTimeout(() => made.classList.remove("is-new"), 4000);
      return made;
    });
    if (order.length === body.children.length && order.every((row, at) => row === body.children[at])) return;
    order.forEach((row, at) => { if (body.children[at] !== row) body.insertBefore(row, body.children[at] ?? null); });
    while (body.children.length > order.length) body.lastElementChild.remove();
    window.htmx?.process(body);
  }

  /* What stands below the table: how many there are, and the way to the next ones. */
  function blendRest(list, fresh) {
    const [mine, theirs] = [list, fresh].map((one) => [...one.children].filter((child) => !child.querySelector("tbody") && child.localName !== "table" && !child.matches("[data-live-show]")));
    if (mine.length !== theirs.length) return;
    mine.forEach((child, at) => {
      if (!same(child, theirs[at]) && !child.contains(document.activeElement)) child.replaceWith(document.importNode(theirs[at], true));
    });
  }

  function announce(list, count) {
    let bar = list.querySelector("[data-live-show]");
    if (!bar) {
      bar = document.createElement("button");
      bar.type = "button";
      bar.className = "btn live-show";
      bar.dataset.liveShow = "";
      bar.setAttribute("aria-live", "polite");
      bar.addEventListener("click", () => once(list, async () => {
        const { parsed } = await fetchPart(list.dataset.liveRows, "rows");
        const fresh = parsed?.getElementById(list.id);
        if (!fresh) return;
        bar.remove();
        mergeRows(list, fresh, false);
        list.scrollIntoView({ block: "start" });
        list.querySelector(".is-new a, [data-row] a")?.focus({ preventScroll: true });
      }));
      list.prepend(bar);
    }
    const pattern = count === 1 ? list.dataset.sayNewOne : list.dataset.sayNew;
    bar.textContent = pattern.replace("{n}", count);
  }

  document.body.addEventListener("live:rows", () => {
    for (const list of lists()) {
      if (!concerned.has(list)) continue;
      concerned.delete(list);
      freshen(list);
    }
  });

  /* -- a page that is put right piece by piece; what is being filled in stays untouched --------------------- */

  function isDirty(form) {
    return [...form.elements].some((field) => {
      if (field.type === "hidden" || field.type === "submit" || field.disabled) return false;
      if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
      if (field.localName === "select") return [...field.options].some((one) => one.selected !== one.defaultSelected && (one.selected ? one.value : one.defaultSelected));
      return "defaultValue" in field && field.value !== field.defaultValue;
    });
  }

  function isInUse(element) {
    const active = document.activeElement;
    if (active && element.contains(active) && active.matches("input, textarea, select, [contenteditable]")) return true;
    if (element.matches("[data-live-keep]") || element.querySelector("[data-live-keep], dialog[open]")) return true;
    const forms = element.localName === "form" ? [element] : [...element.querySelectorAll("form")];
    return forms.some(isDirty) || hasSelection(element);
  }

  /* Parts of the page that look after themselves. */
  const OWN = "[data-live-own], #messages, #call-bar, #was-at, #desk-list";

  const named = (element, at) => element.id || element.getAttribute("aria-labelledby")
    || `${element.localName} ${element.classList[0] ?? ""} ${at}`;

  function keyed(parent) {
    const counts = new Map();
    return new Map([...parent.children].map((child) => {
      const kind = `${child.localName}.${child.classList[0] ?? ""}`;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      return [named(child, counts.get(kind)), child];
    }));
  }

  function unfold(made, old) {
    const open = new Map([...(old.localName === "details" ? [old] : []), ...old.querySelectorAll("details")]
      .map((one) => [one.id || one.querySelector("summary")?.textContent.trim(), one.open]));
    for (const one of [...(made.localName === "details" ? [made] : []), ...made.querySelectorAll("details")]) {
      const was = open.get(one.id || one.querySelector("summary")?.textContent.trim());
      if (was !== undefined) one.open = was;
    }
    // What was fetched after the page is there already.
    for (const part of made.querySelectorAll("[hx-trigger*=load][id]")) {
      const loaded = old.querySelector(`#${CSS.escape(part.id)}`);
      if (loaded) part.replaceWith(loaded);
    }
  }

  function settle(made) {
    window.htmx?.process(made);
    made.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true, detail: { elt: made } }));
  }

  function blend(old, fresh, kept) {
    if (same(old, fresh)) return;
    if (!isInUse(old) && !old.matches("[data-live-parts]")) {
      const made = document.importNode(fresh, true);
      unfold(made, old);
      old.replaceWith(made);
      settle(made);
      return;
    }
    if (old.matches("form, details, [data-live-keep], fieldset, input, p, table") || !old.children.length) kept.push(old);
    else blendChildren(old, fresh, kept);
  }

  function blendChildren(old, fresh, kept) {
    const [mine, theirs] = [keyed(old), keyed(fresh)];
    for (const [key, child] of mine) {
      if (theirs.has(key) || child.matches(OWN)) continue;
      if (isInUse(child)) kept.push(child);
      else child.remove();
    }
    let last = null;
    for (const [key, child] of theirs) {
      const own = mine.get(key);
      if (own) {
        const next = own.nextElementSibling;
        const previous = own.previousElementSibling;
        if (!own.matches(OWN)) blend(own, child, kept);
        last = own.isConnected ? own : (next ? next.previousElementSibling : previous ? previous.nextElementSibling : old.lastElementChild);
      } else {
        const made = document.importNode(child, true);
        if (last) last.after(made);
        else old.prepend(made);
        settle(made);
        last = made;
      }
    }
  }

  const renewPage = (live) => once(live, async () => {
    // Within the list that it is looked at from, without what was said to be done.
    const within = new URLSearchParams(location.search).get("in");
    const { status, parsed } = await fetchPart(location.pathname + (within ? `?${new URLSearchParams({ in: within })}` : ""), "page");
    const other = parsed?.querySelector("[data-live-page]");
    if (status === 404) {
      await say(live);
      return;
    }
    if (!other || !live.isConnected || document.querySelector("dialog[open]")) return;
    const kept = [];
    keepingFocus(() => blendChildren(live.parentElement, other.parentElement, kept));
    clock.tick();
    const { version } = other.dataset;
    if (kept.some((part) => part.closest("form, details") || part.querySelector("form"))) await say(live);
    else if (version) {
      live.dataset.version = version;
      live.querySelector("[data-live-said]")?.replaceChildren();
    }
  });

  /* Parts that are put right from their own page: one look for all of them that heard the same. */
  async function renewParts(parts) {
    await once(document.body, async () => {
      const { parsed } = await fetchPart(location.href, "page");
      if (!parsed || document.querySelector("dialog[open]")) return;
      keepingFocus(() => {
        for (const part of parts) {
          const fresh = parsed.getElementById(part.id);
          if (fresh && part.isConnected) blendChildren(part, fresh, []);
        }
      });
      clock.tick();
    });
  }

  const partTopics = new Set();

  function watchParts() {
    for (const topic of new Set([...document.querySelectorAll("[data-live-part]")].flatMap((part) => part.dataset.live.split(" ")))) {
      if (partTopics.has(topic)) continue;
      partTopics.add(topic);
      document.body.addEventListener(`live:${topic}`, () => {
        const parts = [...document.querySelectorAll("[data-live-part][id]")].filter((part) => part.dataset.live.split(" ").includes(topic));
        if (parts.length) renewParts(parts);
      });
    }
  }
  watchParts();
  document.addEventListener("htmx:afterSettle", watchParts);

  /* A form is being filled in: what has happened is said beside it. */
  async function say(live) {
    const { status, parsed } = await fetchPart(`${live.dataset.livePage}?since=${live.dataset.version}`, "page");
    const said = live.querySelector("[data-live-said]");
    if (!said) return;
    if (status === 404) said.textContent = live.dataset.sayGone;
    else if (parsed) said.replaceChildren(...document.importNode(parsed.body, true).childNodes);
  }

  document.addEventListener("click", (event) => {
    const live = document.querySelector("[data-live-page]");
    if (!live) return;
    if (event.target.closest?.("[data-live-look]")) {
      const timeline = document.getElementById(live.dataset.liveLookAt);
      timeline?.scrollIntoView({ block: "start" });
      timeline?.setAttribute("tabindex", "-1");
      timeline?.focus({ preventScroll: true });
    }
    if (event.target.closest?.("[data-live-hide]")) live.querySelector("[data-live-said]")?.replaceChildren();
  });

  function watchPages() {
    for (const live of document.querySelectorAll("[data-live-page]")) {
      if (live.dataset.watched) continue;
      live.dataset.watched = "1";
      const topic = live.dataset.live.split(" ").find((word) => word.startsWith("ticket:"));
      const renew = () => {
        if (live.isConnected) renewPage(live);
        else document.body.removeEventListener(`live:${topic}`, renew);
      };
      document.body.addEventListener(`live:${topic}`, renew);
    }
  }
  watchPages();
  document.addEventListener("htmx:afterSettle", watchPages);

  /* -- who writes -------------------------------------------------------------------------------------- */

  const PEN_MILLISECONDS = 20000;
  const IDLE_MILLISECONDS = 300000;
  let pen = 0;
  let written = 0;

  function write(isWriting) {
    const number = here()[0];
    if (!number) return;
    pen = isWriting ? Date.now() : 0;
    const body = new FormData();
    body.set("number", number);
    body.set("writing", isWriting ? "true" : "");
    let headers = {};
    try {
      headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
    } catch { /* then the server says no, and nobody is told */ }
    fetch("/live/writing", { method: "POST", body: new URLSearchParams(body), headers, keepalive: true }).catch(() => {});
  }

  document.addEventListener("input", (event) => {
    if (!event.target.closest?.("main form[method=post]") || !here().length) return;
    written = Date.now();
    if (written - pen > PEN_MILLISECONDS) write(true);
  });
  setInterval(() => {
    if (!pen) return;
    const isOver = Date.now() - written > IDLE_MILLISECONDS
      || ![...document.querySelectorAll("main form[method=post]")].some(isDirty);
    if (isOver) write(false);
  }, 5000);
})();
