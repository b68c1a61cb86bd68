/* Hot keys pressed before the page is whole wait for it: this alone is not deferred. */
"use strict";

(() => {
  const HANDED_ON = "hotline keys";
  const AGE_MOST = 3000;
  const isTyping = (element) => element?.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element?.tagName ?? "");
  const kept = [];
  let isLeaving = false;

  const plain = ({ key, code, altKey, ctrlKey, metaKey, shiftKey }) => ({ key, code, altKey, ctrlKey, metaKey, shiftKey, at: Date.now() });
  const isHot = (event) => !event.isComposing
    && ((event.altKey && /^(Key|Digit)\w$/.test(event.code)) || /^F([89]|10)$/.test(event.key) || (event.ctrlKey && event.code === "KeyK")
      || (/^[!-~]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !isTyping(event.target)));

  /* What was pressed while the page before was on its way here. */
  try {
    const handed = JSON.parse(sessionStorage.getItem(HANDED_ON) ?? "[]");
    sessionStorage.removeItem(HANDED_ON);
    kept.push(...handed.filter(({ at }) => Date.now() - at < AGE_MOST));
  } catch { /* without storage nothing is handed on */ }

  const keep = (event) => {
    if (!isHot(event)) return;
    event.preventDefault();
    kept.push(plain(event));
  };
  document.addEventListener("keydown", keep, true);

  const handOn = (event) => {
    if (!isLeaving || !isHot(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    try {
      const before = JSON.parse(sessionStorage.getItem(HANDED_ON) ?? "[]");
      sessionStorage.setItem(HANDED_ON, JSON.stringify([...before, plain(event)]));
    } catch { /* as above */ }
  };
  window.addEventListener("beforeunload", () => {
    isLeaving = true;
    setTimeout(() => { isLeaving = false; }, AGE_MOST); // a download leaves nobody
  });
  window.addEventListener("pageshow", () => { isLeaving = false; });
  window.addEventListener("keydown", handOn, true);

  /* Once only: whoever takes them listens himself from now on. */
  window.earlyKeys = () => {
    document.removeEventListener("keydown", keep, true);
    return kept.splice(0).filter(({ at }) => Date.now() - at < AGE_MOST);
  };
})();
