/* The intake screen: drafts that outlive everything, keys, and what panels fill in. */
"use strict";

(() => {
  const words = document.body.dataset;
  const prefix = `draft:${words.user ?? ""}:intake:`;
  const intake = () => document.getElementById("intake");
  const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !field.name.startsWith("_") && field.name !== "then");
  const keyOf = (form) => form.elements._idempotency_key.value;
  const show = (selector, is = true) => {
    for (const element of document.querySelectorAll(selector)) element.hidden = !is;
  };
  const tell = (name) => document.body.dispatchEvent(new CustomEvent(name));

  /* Panels hear nothing before htmx has been over the page, which it does when all of it is there. */
  const isThere = new Promise((resolve) => {
    const soon = () => setTimeout(resolve);
    if (document.readyState === "complete") soon();
    else window.addEventListener("load", soon, { once: true });
  });

  /* -- what stands in the form ----------------------------------------------------------------- */

  function typed(form) {
    const kept = {};
    for (const field of fieldsOf(form)) {
      if (["radio", "checkbox"].includes(field.type) ? !field.checked : !field.value) continue;
      kept[field.name] = [...(kept[field.name] ?? []), field.value];
    }
    return kept;
  }

  function put(field, values) {
    if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
    else if (field.tagName !== "SELECT") [field.value] = values;
    else if ([...field.options].some((option) => option.value === values[0])) [field.value] = values;
  }

  /* A list of categories offers "full name code": whoever knows the code alone fills that in. */
  function offered(field, value) {
    const options = field.list ? [...field.list.options] : [];
    return options.find((option) => option.value === value || option.value.split(" ").pop() === value)?.value ?? value;
  }

  function fill(form, values, onlyEmpty) {
    for (const [name, value] of Object.entries(values)) {
      const fields = fieldsOf(form).filter((field) => field.name === name);
      const isEmpty = fields.every((field) => (field.type === "radio" ? !field.checked : !field.value.trim()));
      if (!fields.length || (onlyEmpty && !isEmpty)) continue;
      for (const field of fields) put(field, [offered(field, String(value))]);
      if (name === "phone") fields[0].dispatchEvent(new Event("change", { bubbles: true }));
    }
    changed(form);
  }

  function insert(form, name, text) {
    const field = form.elements[name];
    if (!field) return;
    document.querySelector("dialog[open]")?.close();
    field.value = field.value ? `${field.value.trimEnd()}${/[\w)]$/.test(field.value) ? " " : ""}${text}` : text;
    field.focus();
    field.setSelectionRange?.(field.value.length, field.value.length);
    changed(form);
  }

  function mask(form, numbers) {
    for (const [found, masked] of Object.entries(numbers)) {
      for (const name of ["title", "content"]) {
        form.elements[name].value = form.elements[name].value.split(found).join(masked);
      }
    }
  }

  let category = "";
  function changed(form) {
    count(form);
    keepSoon(form);
    stopShown(form);
    if (form.elements.category.value !== category) {
      category = form.elements.category.value;
      tell("intake:category");
    }
    tell("intake:changed");
  }

  function count(form) {
    for (const name of ["title", "content", "address"]) {
      const field = form.elements[name];
      let note = field.parentElement.querySelector("[data-length]");
      if (!note) {
        note = document.createElement("span");
        note.className = "length";
        note.dataset.length = "";
        note.setAttribute("aria-hidden", "true");
        field.parentElement.prepend(note);
      }
      note.textContent = field.value ? `${[...field.value].length} / ${field.maxLength}` : "";
    }
  }

  /* -- an answer that ends the intake ------------------------------------------------------------ */

  function stopShown(form) {
    const chosen = form.querySelector("#questions input[data-stop]:checked");
    const notice = form.querySelector("#stop");
    if (!notice) return;
    if (chosen) notice.querySelector("[data-stop-words]").textContent = chosen.dataset.stop;
    notice.hidden = !chosen;
  }

  /* -- drafts -------------------------------------------------------------------------------------- */

  let timer = 0;
  let sender = 0;
  let isSent = false;

  function keepSoon(form) {
    clearTimeout(timer);
    timer = setTimeout(() => keepHere(form), 200);
    clearTimeout(sender);
    sender = setTimeout(() => keepThere(form), 900);
  }

  function keepHere(form) {
    timer = 0;
    if (!form.isConnected || isSent) return;
    const fields = typed(form);
    localStorage.setItem(prefix + keyOf(form), JSON.stringify({ at: Date.now(), fields }));
  }

  function named(form) {
    const wanted = `/desk/intake?draft=${keyOf(form)}`;
    if (location.pathname === "/desk/intake" && !location.search.includes("draft=")) history.replaceState(history.state, "", wanted);
  }

  async function keepThere(form) {
    if (!form.isConnected || isSent || form.dataset.sending) return false;
    try {
      const answer = await fetch("/desk/intake/drafts", {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { "x-csrf-token": form.elements._csrf_token.value, "hx-request": "true" },
      });
      show("[data-offline]", false);
      show("[data-saved]", answer.ok);
      if (answer.ok) named(form);
      return answer.ok;
    } catch {
      show("[data-offline]");
      clearTimeout(sender);
      sender = setTimeout(() => keepThere(form), 5000);
      return false;
    }
  }

  function localCopy(key) {
    try {
      return JSON.parse(localStorage.getItem(prefix + key));
    } catch {
      localStorage.removeItem(prefix + key);
      return null;
    }
  }

  async function heldElsewhere() {
    const locks = await navigator.locks?.query();
    return new Set(locks?.held.map((lock) => lock.name));
  }

  function hold(key) {
    navigator.locks?.request(`intake:${key}`, { ifAvailable: true }, (lock) => (lock ? new Promise(() => {}) : undefined));
  }

  /* The draft last touched that no other window has open. */
  async function lastDraft() {
    const held = await heldElsewhere();
    for (const name of Object.keys(localStorage).filter((key) => key.startsWith(prefix))) {
      if (Date.now() - (localCopy(name.slice(prefix.length))?.at ?? 0) > 7 * 86400e3) localStorage.removeItem(name);
    }
    const here = Object.keys(localStorage).filter((name) => name.startsWith(prefix)).map((name) => {
      const key = name.slice(prefix.length);
      return { key, at: localCopy(key)?.at ?? 0, isHere: true };
    });
    const there = [...document.querySelectorAll("#own-drafts [data-draft-key]")].map((link) => ({
      key: link.dataset.draftKey, at: Date.parse(link.dataset.draftAt), isHere: false,
    }));
    return [...here, ...there].filter((draft) => !held.has(`intake:${draft.key}`)).sort((a, b) => b.at - a.at)[0];
  }

  async function restore(form) {
    let key = keyOf(form);
    if (form.dataset.resumes !== undefined) {
      const last = await lastDraft();
      if (last && !localCopy(last.key)) {
        location.replace(`/desk/intake?draft=${last.key}`);
        return;
      }
      if (last) ({ key } = last);
    }
    form.elements._idempotency_key.value = key;
    hold(key);
    const copy = form.dataset.answered === undefined ? localCopy(key) : null;
    if (copy) {
      for (const field of fieldsOf(form)) if (copy.fields[field.name]) put(field, copy.fields[field.name]);
      waiting = copy.fields;
      named(form);
    }
    if (copy || location.search.includes("draft=")) show("[data-draft-note]");
    category = form.elements.category.value;
    count(form);
    stopShown(form);
    await isThere;
    if (copy) tell("intake:category");
    if (form.elements.phone.value) form.elements.phone.dispatchEvent(new Event("change"));
    if (Object.keys(typed(form)).some((name) => ASKED_ABOUT.includes(name))) tell("intake:changed");
  }

  const ASKED_ABOUT = ["phone", "title", "content", "address", "category", "paste"];

  /* Answers come back when their questions are there. */
  let waiting = {};

  function forget(form) {
    clearTimeout(timer);
    timer = 0;
    clearTimeout(sender);
    localStorage.removeItem(prefix + keyOf(form));
  }

  async function discard(form) {
    isSent = true;
    forget(form);
    const headers = { "x-csrf-token": form.elements._csrf_token.value };
    const key = keyOf(form);
    await fetch(`/desk/intake/drafts/${key}/discard`, { method: "POST", headers, redirect: "manual" }).catch(() => {});
    location.assign("/desk/intake?new=1");
  }

  /* -- sending: again by itself, never twice --------------------------------------------------------- */

  let again = null;
  let retry = 0;

  function sendAgain() {
    const form = intake();
    clearTimeout(retry);
    if (!form || !again) return;
    const button = again;
    again = null;
    form.requestSubmit(button.isConnected ? button : document.getElementById("create"));
  }

  function lost(event) {
    const form = intake();
    if (event.detail.elt !== form) return;
    again = submitter ?? document.getElementById("create");
    show("[data-offline]");
    show("[data-offline-sending]");
    show("[data-offline-typing]", false);
    retry = setTimeout(sendAgain, 4000);
  }

  let submitter = null;
  let wanted = "";
  let isRenewed = false;

  /* Signed in again in another window, the page's own token is of yesterday: fetch today's, once. */
  async function renew(form) {
    const answer = await fetch("/desk/intake?new=1").catch(() => null);
    const text = answer?.ok && !answer.redirected ? await answer.text() : "";
    const token = new DOMParser().parseFromString(text, "text/html").querySelector("#intake [name=_csrf_token]")?.value;
    if (!token) return;
    form.elements._csrf_token.value = token;
    document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrf-token": token }));
    isRenewed = true;
    form.requestSubmit(submitter?.isConnected ? submitter : document.getElementById("create"));
  }

  window.addEventListener("submit", (event) => {
    if (event.target === intake()) ({ submitter } = event);
  }, true);
  /* The button that was meant, not the one that happens to have the focus. */
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== intake()) return;
    event.detail.formData.delete("then");
    const meant = wanted || (submitter?.name === "then" ? submitter.value : "");
    wanted = "";
    if (meant) event.detail.formData.append("then", meant);
  });
  document.addEventListener("htmx:sendError", lost);
  document.addEventListener("htmx:timeout", lost);
  window.addEventListener("online", sendAgain);
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.requestConfig?.elt; // may have been replaced by what it led to
    if (form?.id !== "intake") return;
    const { xhr } = event.detail;
    if (xhr.status === 403 && !isRenewed) renew(form);
    if (!xhr.status) return;
    show("[data-offline]", false);
    if (event.detail.successful && !xhr.responseURL.includes("/desk/intake")) {
      isSent = true;
      forget(form);
    }
  });

  /* Urged or joined from a panel, the matter is not written down a second time. */
  document.addEventListener("htmx:beforeSend", (event) => {
    const form = intake();
    if (!form || !event.target.closest?.("#panel-like li")) return;
    const { xhr } = event.detail; // its button may be gone by then: the panel looks again meanwhile
    xhr.addEventListener("load", () => {
      if (!xhr.getResponseHeader("HX-Redirect")) return;
      isSent = true;
      forget(form);
    });
  });

  window.addEventListener("pagehide", () => {
    const form = intake();
    if (form && timer) keepHere(form);
  });

  /* Whoever signs out leaves nothing on this machine; what was kept by the server waits for him. */
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.forgetDrafts === undefined) return;
    clearTimeout(timer);
    clearTimeout(sender);
    timer = 0;
    isSent = true;
  });

  /* A panel that nobody serves, or that fails, is an empty panel. */
  document.body.addEventListener("htmx:responseError", (event) => {
    if (event.target.closest?.("#panels, #questions")) event.stopPropagation();
  });
  document.body.addEventListener("htmx:sendError", (event) => {
    if (event.target.closest?.("#panels, #questions, #phone")) event.stopPropagation();
  });

  /* -- danger ------------------------------------------------------------------------------------------ */

  let before = "p2";

  function urgency(form, value) {
    for (const field of form.querySelectorAll("[name=urgency]")) field.checked = field.value === value;
  }

  function danger(form) {
    const place = document.getElementById("danger");
    const source = document.querySelector("#panel-recognised [data-danger-source]");
    const codes = source?.querySelector("[data-emergency]")?.dataset.emergency ?? "";
    if (codes !== (place.querySelector("[data-emergency]")?.dataset.emergency ?? "")) {
      const before = form.getBoundingClientRect().top;
      place.replaceChildren(...source?.children ?? []);
      window.scrollBy(0, form.getBoundingClientRect().top - before); // what is being typed stays where it is
    }
    source?.remove();
    const { emergency } = form.elements;
    if (codes && !emergency.value) {
      before = form.querySelector("[name=urgency]:checked")?.value ?? "p2";
      urgency(form, "p0");
    } else if (!codes && emergency.value) {
      urgency(form, before);
      form.elements.rescue.value = "";
    }
    if (emergency.value !== codes) {
      emergency.value = codes;
      keepSoon(form);
    }
  }

  function falseAlarm(form) {
    const { emergency, emergency_off: off } = form.elements;
    off.value = [...new Set([...off.value.split(","), ...emergency.value.split(",")])].filter(Boolean).join(",");
    danger(form);
  }

  function noteRescue(form, number) {
    const button = document.querySelector(`#danger [data-rescue="${number}"]`);
    if (!button) return false;
    const called = new Set(form.elements.rescue.value.split(",").filter(Boolean));
    if (button.getAttribute("aria-pressed") === "true") called.delete(number);
    else called.add(number);
    button.setAttribute("aria-pressed", String(called.has(number)));
    form.elements.rescue.value = [...called].join(",");
    keepSoon(form);
    return true;
  }

  document.addEventListener("htmx:afterSettle", (event) => {
    const form = intake();
    if (!form) return;
    if (event.detail.elt.id === "panel-recognised") danger(form);
    if (event.detail.elt.id === "questions") {
      for (const field of event.detail.elt.querySelectorAll("[name^='answer.']")) {
        if (waiting[field.name]) put(field, waiting[field.name]);
      }
      waiting = {};
      stopShown(form);
    }
    begin(); // the form may have come back with what is wrong
  });

  /* -- buttons of panels -------------------------------------------------------------------------------- */

  /* The next call must not be written into the matter of the last. */
  function isOfAnother(form, { call, phone }) {
    const { call: own, phone: number, title, content } = form.elements;
    if (own.value) return own.value !== call;
    return Boolean(number.value && phone && number.value !== phone && (title.value || content.value));
  }

  document.addEventListener("click", async (event) => {
    const form = intake();
    const button = event.target.closest?.("button, a");
    if (!form || !button) return;
    const { fill: values, insert: text, into, mask: numbers, apart } = button.dataset;
    if (apart && isOfAnother(form, JSON.parse(values))) {
      await keepThere(form);
      location.assign(apart);
      return;
    }
    if (numbers) mask(form, JSON.parse(numbers));
    if (values) fill(form, JSON.parse(values), button.dataset.ifEmpty !== undefined);
    if (text) insert(form, into ?? "content", text);
    if (button.dataset.then) {
      wanted = button.dataset.then;
      form.requestSubmit(document.getElementById("create"));
    }
    if (button.dataset.discard !== undefined) discard(form);
    if (button.dataset.falseAlarm !== undefined) falseAlarm(form);
    if (button.dataset.rescue) noteRescue(form, button.dataset.rescue);
    if (button.dataset.batch !== undefined) {
      event.preventDefault();
      const is = Object.keys(typed(form)).some((name) => ["title", "content", "address"].includes(name));
      if (is) await keepThere(form);
      location.assign(is ? `/desk/intake/batch?draft=${keyOf(form)}` : "/desk/intake/batch");
    }
  });

  /* -- keys ------------------------------------------------------------------------------------------------ */

  const TRANSFERS = { F8: "110", F9: "119", F10: "120" };

  function pressed(event) {
    const name = /^(Key|Digit)/.test(event.code) ? event.code.replace(/^(Key|Digit)/, "") : event.key;
    return [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift", name].filter(Boolean).join("+").toLowerCase();
  }

  function atOnce(form) {
    const details = document.getElementById("at-once");
    const department = form.elements.department;
    if (!details) return;
    if (!details.open && department?.tagName === "SELECT" && !department.value) {
      details.open = true;
      department.focus();
      return;
    }
    form.requestSubmit(document.getElementById("dispatch"));
  }

  window.addEventListener("keydown", (event) => {
    const form = intake();
    if (!form || event.isComposing || event.key !== "Enter" || !event.ctrlKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.shiftKey) atOnce(form);
    else form.requestSubmit(document.getElementById("create"));
  }, true);

  document.addEventListener("keydown", (event) => {
    const form = intake();
    if (!form || event.isComposing || document.querySelector("dialog[open]")) return;
    if (TRANSFERS[event.key] && noteRescue(form, TRANSFERS[event.key])) event.preventDefault();
    if (event.defaultPrevented && !TRANSFERS[event.key]) return;
    const key = pressed(event);
    const target = [...document.querySelectorAll("button[data-key], a[data-key]")]
      .find((button) => button.dataset.key.toLowerCase() === key && button.checkVisibility());
    if (!target || (event.defaultPrevented && !TRANSFERS[event.key])) return;
    event.preventDefault();
    press(target);
  });

  /* A button that has just come in is seen a moment before it does anything. */
  function press(button) {
    if (button.closest(".htmx-added, .htmx-settling, .htmx-swapping")) setTimeout(() => press(button), 20);
    else button.click();
  }

  /* -- the beginning --------------------------------------------------------------------------------------- */

  document.addEventListener("input", (event) => {
    const form = intake();
    if (form && event.target.form === form) changed(form);
  });
  document.addEventListener("change", (event) => {
    const form = intake();
    if (form && event.target.form === form) changed(form);
  });

  function begin() {
    const form = intake();
    if (!form || form.dataset.ready) return;
    form.dataset.ready = "1";
    isSent = false;
    category = form.elements.category.value;
    restore(form);
  }
  begin();
})();
