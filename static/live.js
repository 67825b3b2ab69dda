"use strict";
// Keeps an open experiment page current: the server says that there is news, the page asks for it.
(() => {
  const head = document.querySelector("[data-events]");
  let source = null;
  let asking = false;
  let again = false;
  let patience = 3000;

  async function refresh() {
    if (asking) { again = true; return; }
    asking = true;
    again = false;
    // A failure has been shown by then (page.js); the stream asks again once it is back.
    await htmx.ajax("GET", head.dataset.live, { target: "#notice", swap: "none" }).catch(() => {});
    asking = false;
    if (again) refresh();
  }

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
    let opened = false;
    source.addEventListener("open", () => { patience = 3000; if (opened) refresh(); opened = true; });
  }
  function disconnect() {
    if (source) { source.close(); source = null; }
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) disconnect();
    else { connect(); refresh(); }
  });
  document.addEventListener("axdash:news", refresh);
  window.addEventListener("pagehide", disconnect);
  window.addEventListener("pageshow", (event) => { if (event.persisted) { connect(); refresh(); } });
  connect();
})();
