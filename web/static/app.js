/* Small comforts for the desk. Every page works without them. */
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const words = document.body.dataset;

  /* -- the menu: where one is, is seen in it, however long it is --------------------------- */

  // Its counts and views come once the page is there; afterwards it is left where somebody moves it.
  document.addEventListener("htmx:afterSettle", function filled({ target }) {
    if (!target.classList.contains("side-inner")) return;
    document.removeEventListener("htmx:afterSettle", filled);
    const here = target.querySelector("[aria-current='page']");
    const below = here ? here.getBoundingClientRect().bottom - target.getBoundingClientRect().bottom : 0;
    if (below > 0) target.scrollTop += below + target.clientHeight / 4;
  });

  /* -- messages ---------------------------------------------------------------------------- */

  function say(text, kind = "is-error") {
    const area = document.getElementById("messages");
    if (!area) return;
    const line = document.createElement("div");
    line.className = `message ${kind}`;
    line.setAttribute("role", kind === "is-error" ? "alert" : "status");
    line.textContent = text;
    area.replaceChildren(line);
    line.scrollIntoView({ block: "nearest" });
  }

  function offerDoor() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-quiet";
    button.dataset.signInAgain = "";
    button.textContent = words.saySignIn;
    document.querySelector("#messages .message")?.append(button);
  }

  document.addEventListener("htmx:sendError", () => say(words.sayOffline));
  document.addEventListener("htmx:timeout", () => say(words.sayOffline));
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    if (status === 401) {
      say(words.saySignedOut);
      offerDoor();
    } else if (status === 403) {
      say(words.sayForbidden);
    } else {
      say(words.sayFailed);
    }
  });

  /* -- the side bar stays folded as its reader left it -------------------------------------------- */

  const side = () => document.getElementById("side"); // the way back brings in another one

  document.addEventListener("click", (event) => {
    const fold = event.target.closest?.("#side summary")?.parentElement;
    if (!fold?.dataset.fold) return;
    try {
      sessionStorage.setItem(`fold ${fold.dataset.fold}`, fold.open ? "" : "open");
    } catch { /* without storage it is folded as the house thinks */ }
  });

  function refold() {
    for (const fold of side()?.querySelectorAll("details[data-fold]") ?? []) {
      let kept = null;
      try {
        kept = sessionStorage.getItem(`fold ${fold.dataset.fold}`);
      } catch { /* as above */ }
      if (kept !== null) fold.open = kept === "open" || fold.querySelector("[aria-current]") !== null;
    }
  }

  let scrolled = 0;

  function reveal() {
    const inner = side()?.firstElementChild;
    const present = inner?.querySelector('[aria-current="page"]');
    if (!present) return;
    const below = present.getBoundingClientRect().bottom - inner.getBoundingClientRect().bottom;
    if (below > 0) inner.scrollTop += below + inner.clientHeight / 3;
  }

  refold();
  reveal();
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.closest?.("#side")) scrolled = side().firstElementChild.scrollTop;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!event.target.closest?.("#side")) return;
    refold();
    side().firstElementChild.scrollTop = scrolled;
  });

  /* -- drafts: what was typed outlives a reload and a crash ---------------------------------- */

  const draftKey = (form) => `draft:${words.user ?? ""}:${form.dataset.draft}`;
  const isKept = (field) => field.name && !field.name.startsWith("_") && field.type !== "password" && field.type !== "file" && field.type !== "hidden";

  function readForm(form) {
    const kept = {};
    for (const field of form.elements) {
      if (!isKept(field)) continue;
      if (field.type === "radio" || field.type === "checkbox") {
        if (field.checked) kept[field.name] = [...(kept[field.name] ?? []), field.value];
      } else if (field.value) {
        kept[field.name] = [field.value];
      }
    }
    return kept;
  }

  function fillForm(form, kept) {
    for (const field of form.elements) {
      if (!isKept(field)) continue;
      const values = kept[field.name];
      if (field.type === "radio" || field.type === "checkbox") {
        if (values) field.checked = values.includes(field.value);
      } else if (values) {
        [field.value] = values;
      }
    }
  }

  function prepareDraft(form) {
    if (form.dataset.draftReady) return;
    form.dataset.draftReady = "1";
    const note = form.querySelector("[data-draft-note]");
    const stored = localStorage.getItem(draftKey(form));
    if (stored && !form.hasAttribute("data-answered")) {
      try {
        fillForm(form, JSON.parse(stored));
        if (note) note.hidden = false;
      } catch {
        localStorage.removeItem(draftKey(form));
      }
    }
    let timer = 0;
    const keep = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (!form.isConnected) return; // sent and replaced meanwhile: its draft is over
        const kept = readForm(form);
        if (Object.keys(kept).length) localStorage.setItem(draftKey(form), JSON.stringify(kept));
      }, 250);
    };
    form.addEventListener("input", keep);
    form.addEventListener("change", keep);
    form.querySelector("[data-draft-discard]")?.addEventListener("click", () => {
      clearTimeout(timer);
      localStorage.removeItem(draftKey(form));
      form.reset();
      if (note) note.hidden = true;
      form.querySelector("[autofocus]")?.focus();
    });
  }

  function forgetDrafts(prefix) {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(prefix)) localStorage.removeItem(key);
    }
  }

  /* -- one submission per press --------------------------------------------------------------- */

  function release(form) {
    delete form.dataset.sending;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.forgetDrafts !== undefined) forgetDrafts("draft:");
    // Another language, other looks: of the very page, with the list or the filters that it shows.
    if (/^\/(language|looks)$/.test(form.getAttribute("action") ?? "") && form.elements.next) {
      form.elements.next.value = location.pathname + location.search;
    }
    if (form.method !== "post") return;
    if (form.dataset.sending) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const question = event.submitter?.dataset.confirm;
    if (question && !event.submitter.dataset.confirmed) {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(question, event.submitter);
      return;
    }
    if (event.submitter) delete event.submitter.dataset.confirmed;
    form.dataset.sending = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  }, true);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt?.matches?.("form")) release(event.detail.elt);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach(release));

  /* -- a question before what cannot be undone -------------------------------------------------- */

  function ask(question, submitter) {
    const dialog = document.getElementById("confirm");
    if (!dialog?.showModal) {
      if (window.confirm(question)) go();
      return;
    }
    if (dialog.open) return;
    dialog.querySelector("[data-question]").textContent = question;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "yes") go();
      else submitter.focus();
    }, { once: true });
    dialog.showModal();

    function go() {
      submitter.dataset.confirmed = "1";
      submitter.form.requestSubmit(submitter);
    }
  }

  /* -- where somebody stands, if he wants to say --------------------------------------------------- */

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-locate]");
    if (!button || !navigator.geolocation) return;
    button.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition((found) => {
      const form = document.getElementById(button.dataset.locate);
      form.elements.lat.value = found.coords.latitude.toFixed(5);
      form.elements.long.value = found.coords.longitude.toFixed(5);
      button.removeAttribute("aria-busy");
      form.elements.lat.focus();
    }, () => button.removeAttribute("aria-busy"), { timeout: 15000 });
  });

  /* -- keys ------------------------------------------------------------------------------------- */

  const isTyping = (element) => element?.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element?.tagName ?? "");

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    if (event.key === "F1") {
      const help = document.getElementById(`${event.target.id}-help`)?.closest("details");
      if (!help) return;
      event.preventDefault();
      help.open = !help.open;
      return;
    }
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details.menu[open]")) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
      return;
    }
    if (event.key === "Enter" && event.ctrlKey) {
      const form = document.activeElement?.closest?.("form");
      const button = form?.querySelector("[type=submit]");
      if (form && button) {
        event.preventDefault();
        form.requestSubmit(button);
      }
    }
  });

  /* -- a script read out: digits choose the answer to the first question that has none --------------- */

  document.addEventListener("keydown", (event) => {
    if (!/^[1-9]$/.test(event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
    const form = document.querySelector("form[data-digits]");
    if (!form || (isTyping(event.target) && event.target.type !== "radio")) return;
    const own = event.target.closest?.("fieldset");
    const open = own && form.contains(own) ? own
      : [...form.querySelectorAll("fieldset")].find((set) => !set.querySelector("input:checked"));
    const choice = open?.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
    if (!choice) return;
    event.preventDefault();
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    const following = [...form.querySelectorAll("fieldset")].find((set) => !set.querySelector("input:checked"));
    (following?.querySelector("input") ?? form.querySelector("textarea"))?.focus();
  });

  /* -- the year of a calendar: arrows walk from day to day ---------------------------------------- */

  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    const grid = event.target.closest?.("[data-year-grid]");
    if (!step || !grid || event.altKey || event.ctrlKey || event.metaKey) return;
    const days = [...grid.querySelectorAll("a.day")];
    const next = days[days.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  /* -- small things -------------------------------------------------------------------------------- */

  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-toggle-nav]");
    if (toggle) {
      const nav = document.getElementById(toggle.getAttribute("aria-controls"));
      toggle.setAttribute("aria-expanded", String(nav.classList.toggle("is-open")));
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog").close();
  });

  /* -- unfolding what something leads to, with a value filled in where it brings one ---------------- */

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-unfold]");
    const details = opener && document.getElementById(opener.dataset.unfold);
    if (!details) return;
    event.preventDefault();
    details.open = true;
    const field = document.getElementById(opener.dataset.intoField);
    if (field) {
      field.value = opener.dataset.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    details.scrollIntoView({ block: "nearest" });
    (field ?? details.querySelector("form[method=post] :is(input:not([type=hidden]), textarea, select, button)"))?.focus();
  });

  /* -- what is offered for a while only goes when the while is over --------------------------------- */

  setInterval(() => {
    for (const element of document.querySelectorAll("[data-gone-at]")) {
      if (Date.parse(element.dataset.goneAt) < window.hotlineClock.now()) element.remove();
    }
  }, 1000);

  /* -- the list beside the ticket: whoever came by a key goes on by keys ------------------------------- */

  const ticketHere = () => document.getElementById("ticket")?.dataset.ticket;
  let ticketBefore = ticketHere();

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt?.id !== "work") return;
    const isOther = ticketHere() !== ticketBefore;
    ticketBefore = ticketHere();
    const isDone = document.querySelector("#messages .is-done") !== null;
    // A field of the same name on the next ticket must not take what was meant for the last.
    if (!isOther && !isDone && document.activeElement !== document.body) return;
    const row = document.querySelector('#desk-list [aria-current="true"]');
    (row?.checkVisibility() ? row : document.getElementById("main")).focus({ preventScroll: true });
  });
  function showRow() {
    const row = document.querySelector('#desk-list [aria-current="true"]');
    const list = row?.closest("ol");
    if (list) list.scrollTop = row.offsetTop - list.offsetTop - list.clientHeight / 3;
  }
  showRow();
  document.addEventListener("htmx:afterSwap", showRow);

  // Where a strip of tabs is wider than the screen, the tab that one is on is shown.
  for (const tab of document.querySelectorAll('.tabs [aria-current="page"]')) {
    const strip = tab.parentElement;
    strip.scrollLeft = tab.offsetLeft - strip.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
  }

  function settle(scope) {
    scope.querySelectorAll("form[data-draft]:not([data-own-draft])").forEach(prepareDraft);
    const done = document.querySelector("[data-draft-done]");
    if (done) localStorage.removeItem(`draft:${words.user ?? ""}:${done.dataset.draftDone}`);
    const invalid = scope.querySelector('[aria-invalid="true"]');
    if (invalid) {
      const details = invalid.closest("details");
      if (details) details.open = true;
      invalid.focus();
    }
  }
  settle(document);
  document.addEventListener("htmx:afterSettle", (event) => settle(event.detail.elt ?? document));
})();
