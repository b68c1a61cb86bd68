/* Signed out in the middle of something: sign in on the same page, and what was to be sent is sent. */
"use strict";

(() => {
  const words = document.body.dataset;
  const LOOK_EVERY = 2500;
  const dialog = () => document.getElementById("sign-in-again");
  let pending = null;
  let submitter = null;

  document.addEventListener("submit", (event) => { submitter = event.submitter; }, true);

  async function look() {
    try {
      const answer = await fetch("/session", { headers: { "hx-request": "true" }, cache: "no-store" });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  const tokenHere = () => document.querySelector("[name=_csrf_token]")?.value;

  function renew(token) {
    for (const field of document.querySelectorAll("[name=_csrf_token]")) field.value = token;
    document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrf-token": token }));
  }

  function sendAgain() {
    const { element, button } = pending ?? {};
    pending = null;
    if (!element?.isConnected) return;
    if (element.tagName !== "FORM") {
      element.click();
      return;
    }
    delete element.dataset.sending;
    if (button?.isConnected && button.form === element) {
      if (button.dataset.confirm) button.dataset.confirmed = "1"; // it was answered before
      element.requestSubmit(button);
    } else {
      element.requestSubmit();
    }
  }

  /* Whoever has signed in meanwhile, here or in another window: the same person goes on. */
  async function resume() {
    const now = await look();
    if (!now || now.user !== words.user) return false;
    renew(now.token);
    if (dialog().open) dialog().close("in");
    document.getElementById("messages")?.replaceChildren();
    sendAgain();
    return true;
  }

  function ask() {
    const place = dialog();
    if (!place || place.open) return;
    place.querySelector("[data-refusal]").textContent = "";
    place.querySelector("[type=password]").value = "";
    place.showModal();
    place.querySelector("[type=password]").focus();
    const timer = setInterval(async () => {
      if (!place.open || (document.visibilityState === "visible" && await resume())) clearInterval(timer);
    }, LOOK_EVERY);
  }

  let sentAgain = null;

  document.addEventListener("htmx:responseError", async (event) => {
    const { xhr, requestConfig, elt } = event.detail;
    if (requestConfig?.verb !== "post") return;
    const button = elt.tagName === "FORM" ? submitter : null;
    if (xhr.status === 401) {
      pending = { element: elt, button };
      setTimeout(ask);
    } else if (xhr.status === 403 && sentAgain !== elt) {
      const token = tokenHere();
      const now = await look();
      if (!now || now.user !== words.user || now.token === token) return;
      sentAgain = elt; // once: what is forbidden stays so
      pending = { element: elt, button };
      setTimeout(resume);
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.detail.elt === sentAgain) sentAgain = null;
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-sign-in-again]")) ask();
  });

  document.addEventListener("submit", async (event) => {
    if (event.target.closest?.("dialog") !== dialog() || !dialog()) return;
    event.preventDefault();
    const form = event.target;
    const refusal = dialog().querySelector("[data-refusal]");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
      if (answer.type === "opaqueredirect") {
        await resume();
      } else {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        refusal.textContent = page.querySelector(".message.is-error, .field-error")?.textContent.trim() ?? words.sayFailed;
      }
    } catch {
      refusal.textContent = words.sayOffline;
    } finally {
      delete form.dataset.sending;
      for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    }
  });
})();
