/* What a script adds on the public pages: all of it works without. */
"use strict";

(() => {
  const LONGEST = 1600;
  const SMALL_ENOUGH = 400 * 1024;

  for (const element of document.querySelectorAll("[data-needs-script]")) element.hidden = false;

  /* -- photos are made smaller before they are sent ------------------------------------------------ */

  async function smaller(file) {
    if (file.size <= SMALL_ENOUGH || !window.createImageBitmap) return file;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
      if (!blob || blob.size >= file.size) return file;
      return new File([blob], "photo.jpg", { type: "image/jpeg" });
    } catch {
      return file; // the server says what is wrong with it
    }
  }

  document.addEventListener("change", async (event) => {
    const input = event.target.closest?.("input[type=file][data-shrink]");
    if (!input?.files.length) return;
    input.setAttribute("aria-busy", "true");
    const kept = new DataTransfer();
    for (const file of input.files) kept.items.add(await smaller(file));
    input.files = kept.files;
    input.removeAttribute("aria-busy");
  });

  /* -- where somebody stands, if he wants to say ---------------------------------------------------- */

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-place]");
    if (!button) return;
    const said = document.getElementById("place-said");
    const refused = () => {
      button.removeAttribute("aria-busy");
      said.textContent = said.dataset.refused;
    };
    if (!navigator.geolocation) return void refused();
    button.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition((found) => {
      const form = document.getElementById(button.dataset.place);
      form.elements.lat.value = found.coords.latitude.toFixed(6);
      form.elements.long.value = found.coords.longitude.toFixed(6);
      form.elements.address.required = false;
      button.removeAttribute("aria-busy");
      said.textContent = said.dataset.taken.replace("{n}", Math.round(found.coords.accuracy));
    }, refused, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    await navigator.clipboard?.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied;
  });
})();
