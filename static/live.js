"use strict";
// Keeps an open experiment page current: the server says that there is news, the page asks for it.
// Each stream, when it opens, says so once: nobody knows what happened before.
(() => {
  const head = document.querySelector("[data-events]");
  let source = null;
  let asking = false;
  let again = false;
  let patience = 3000;
  let shown = Number(head.dataset.revision);
  let isOld = false;
  let state = head.dataset.state || "";  // What the page shows, by the server’s name for it.

  async function refresh() {
    if (asking) { again = true; return; }
    asking = true;
    again = false;
    // A failure has been shown by then (page.js).
    const request = htmx.ajax("GET", head.dataset.live, {
      target: "#notice", swap: "none", headers: state ? { "AxDash-State": state } : {},
    });
    const hasFailed = await request.then(() => false, () => true);
    asking = false;
    if (hasFailed) setTimeout(refresh, 5000);
    else if (again) refresh();
  }

  // Somebody has filtered meanwhile: these are other rows than the page now speaks of.
  function isAnswerToOther({ requestPath }) {
    const isNews = requestPath.split("?")[0] === head.dataset.live.split("?")[0];
    return isNews && requestPath !== head.dataset.live;
  }

  // Answers overtake each other. One that was made before what the page shows would bring back what
  // is over: only what concerns its own act is taken from it, and what there is by now is asked for.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (isAnswerToOther(detail.pathInfo)) {
      detail.shouldSwap = false;
      again = true;
      return;
    }
    const made = Number(detail.xhr.getResponseHeader("AxDash-Revision") || shown);
    isOld = made < shown;
    if (detail.xhr.status === 200) state = isOld ? "" : detail.xhr.getResponseHeader("AxDash-State") || "";
    shown = made;  // Even if it is less: nobody asks for ever once a database was put back.
    if (isOld) refresh();
  });
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    if (!isOld || detail.target.matches("#notice, #count-error, #request-key, #notes-editor")) return;
    detail.shouldSwap = false;
    if (detail.target.matches("[data-merged]")) replaceDone(detail.target, detail.fragment);
  });

  // Only a page that is looked at holds a connection: browsers allow six to one server.
  function connect() {
    if (source || document.hidden) return;
    source = new EventSource(head.dataset.events);
    for (const topic of (head.dataset.topics || "news").split(" ")) source.addEventListener(topic, refresh);
    source.addEventListener("error", () => {
      if (source && source.readyState === EventSource.CLOSED) {
        source = null;
        setTimeout(connect, patience);
        patience = Math.min(patience * 2, 60000);
      }
    });
    source.addEventListener("open", () => { patience = 3000; });
  }
  function disconnect() {
    if (source) { source.close(); source = null; }
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) disconnect();
    else { connect(); refresh(); }
  });
  // The page itself wants to be shown anew, as after a correction that was cancelled: whole, even
  // if the server has nothing new to tell.
  document.addEventListener("axdash:news", () => { state = ""; refresh(); });
  window.addEventListener("pagehide", disconnect);
  window.addEventListener("pageshow", (event) => { if (event.persisted) { connect(); refresh(); } });
  connect();
})();
