/* On the spot: place if its owner agrees, photographs made smaller, entries kept until the network is back.
   An entry has a name of its own, so that it is there once however often it is sent. Without this file the form
   is a form. */
"use strict";

(() => {
  const form = document.getElementById("on-site-form");
  const LONGEST = 1600;
  const QUALITY = 0.8;
  const words = form?.dataset ?? {};

  /* -- what waits, in the browser's own database ------------------------------------------------- */

  const opened = new Promise((resolve, reject) => {
    const asked = indexedDB.open("hotline-on-site", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("entries", { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

  async function entries(mode, work) {
    const database = await opened;
    return new Promise((resolve, reject) => {
      const deal = database.transaction("entries", mode);
      const asked = work(deal.objectStore("entries"));
      deal.oncomplete = () => resolve(asked?.result);
      deal.onerror = () => reject(deal.error);
    });
  }

  const owner = document.body.dataset.user ?? "";
  function newName() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  const waiting = async () => (await entries("readonly", (store) => store.getAll())).filter((one) => one.owner === owner);
  const keep = (entry) => entries("readwrite", (store) => store.put(entry));
  const drop = (id) => entries("readwrite", (store) => store.delete(id));

  async function show() {
    const list = document.getElementById("queue-list");
    if (!list) return;
    const found = await waiting();
    document.getElementById("queue").hidden = !found.length;
    list.replaceChildren(...found.map((entry) => {
      const line = document.createElement("li");
      const head = document.createElement("strong");
      head.textContent = `${entry.number} · ${entry.made_at.slice(11, 16)}`;
      const said = document.createElement("p");
      said.className = "small";
      said.textContent = entry.refusal ? list.dataset.sayRefused.replace("{why}", entry.refusal) : list.dataset.sayWaiting;
      line.append(head, said);
      if (entry.photos.length) {
        const photos = document.createElement("p");
        photos.className = "small soft";
        photos.textContent = list.dataset.sayPhotos.replace("{n}", entry.photos.length);
        line.append(photos);
      }
      if (entry.refusal) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-quiet";
        button.textContent = list.dataset.sayDiscard;
        button.addEventListener("click", async () => { await drop(entry.id); await show(); });
        line.append(button);
      }
      return line;
    }));
  }

  /* -- sending ------------------------------------------------------------------------------------ */

  const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["x-csrf-token"];

  async function send(entry) {
    const body = new FormData();
    for (const name of ["moment", "note", "made_at", "lat", "long", "accuracy_m", "place_refused"]) body.append(name, entry[name] ?? "");
    body.append("entry_id", entry.id);
    entry.photos.forEach((photo, n) => body.append("photos", photo, `${n + 1}.jpg`));
    const answer = await fetch(`/tickets/${entry.number}/on-site`, {
      method: "POST",
      body,
      headers: { accept: "application/json", "x-csrf-token": token() },
    });
    if (answer.ok && answer.headers.get("content-type")?.startsWith("application/json")) return null;
    if (answer.status === 401 || answer.status === 403 || answer.redirected) return document.getElementById("queue-list").dataset.saySignedOut;
    if (answer.status >= 500 || answer.status === 429) throw new Error("later");
    const said = await answer.json().catch(() => ({}));
    return said.refusal ?? String(answer.status);
  }

  let flushing = null;

  async function flush() {
    flushing ??= (async () => {
      let sent = 0;
      for (const entry of await waiting()) {
        try {
          const refusal = await send(entry);
          if (refusal === null) {
            await drop(entry.id);
            sent += 1;
          } else {
            await keep({ ...entry, refusal });
          }
        } catch {
          break; // no network yet: the rest waits too
        }
      }
      await show();
      return sent;
    })().finally(() => { flushing = null; });
    return flushing;
  }

  /* -- the place, if he wants to say ---------------------------------------------------------------- */

  const placeWords = document.getElementById("place-words");

  function say(text) {
    if (placeWords) placeWords.textContent = text;
  }

  function setPlace(found, refused) {
    form.elements.lat.value = found ? found.latitude.toFixed(6) : "";
    form.elements.long.value = found ? found.longitude.toFixed(6) : "";
    form.elements.accuracy_m.value = found ? Math.round(found.accuracy) : "";
    form.elements.place_refused.value = refused ? "true" : "";
  }

  if (form && navigator.geolocation) {
    document.getElementById("place").hidden = false;
    form.querySelector("[data-place]").addEventListener("click", () => {
      say(words.sayFinding);
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        setPlace(coords, false);
        say(words.sayFound.replace("{n}", Math.round(coords.accuracy)));
      }, (error) => {
        setPlace(null, error.code === error.PERMISSION_DENIED);
        say(words.sayDenied);
      }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 });
    });
    form.querySelector("[data-no-place]").addEventListener("click", () => {
      setPlace(null, true);
      say(words.sayDenied);
    });
  }

  /* -- photographs, made smaller ---------------------------------------------------------------------- */

  const input = document.getElementById("photos");
  const list = document.getElementById("photo-list");
  let photos = [];

  async function smaller(file) {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const made = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
      return made ?? file;
    } catch {
      return file; // the server says whether it can be kept
    }
  }

  function showPhotos() {
    list.replaceChildren(...photos.map((photo) => {
      const line = document.createElement("li");
      line.textContent = `${Math.max(1, Math.round(photo.size / 1024))} KB`;
      return line;
    }));
  }

  input?.addEventListener("change", async () => {
    const most = Number(words.mostPhotos);
    const chosen = [...input.files];
    input.value = "";
    form.setAttribute("aria-busy", "true");
    for (const file of chosen) {
      if (photos.length >= most) {
        document.getElementById("entry-said").textContent = words.sayTooMany.replace("{n}", most);
        break;
      }
      photos.push(await smaller(file));
    }
    form.removeAttribute("aria-busy");
    showPhotos();
  });

  /* -- an entry --------------------------------------------------------------------------------------- */

  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = document.getElementById("entry-said");
    const fields = form.elements;
    const entry = {
      id: fields.entry_id.value,
      owner,
      number: words.number,
      moment: form.querySelector("[name=moment]:checked").value,
      note: fields.note.value,
      made_at: new Date().toISOString(),
      lat: fields.lat.value,
      long: fields.long.value,
      accuracy_m: fields.accuracy_m.value,
      place_refused: fields.place_refused.value,
      photos,
    };
    await keep(entry);
    const sent = await flush();
    delete form.dataset.sending;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    const rest = (await waiting()).find((one) => one.id === entry.id);
    if (sent && !rest) {
      location.assign(`/tickets/${words.number}/on-site?done=1`);
      return;
    }
    said.textContent = "";
    photos = [];
    showPhotos();
    fields.note.value = "";
    fields.entry_id.value = newName();
    document.getElementById("queue").scrollIntoView({ block: "center" });
  });

  window.addEventListener("online", flush);
  setInterval(async () => { if ((await waiting()).length) await flush(); }, 15000);
  show().then(flush);
})();
