"use strict";
// What was chosen beside “Copy” is what “Copy” copies from now on, in this browser.
document.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-carry]");
  if (!chosen) return;
  document.cookie = `axdash_copy=${chosen.dataset.carry}; path=/; max-age=31536000; samesite=lax`;
  setTimeout(() => {
    const menu = chosen.closest("[popover]");
    if (menu?.matches(":popover-open")) menu.hidePopover();
    document.dispatchEvent(new CustomEvent("axdash:news"));
  }, 1000);
});
