// Keyboard shortcuts, copying, status messages. The script only presses elements of the page, so that the desk works without it.
"use strict";
(() => {
  const DEFAULTS = {
    "1": "new_or_amended_law", "2": "value_or_date_changed", "3": "new_practice", "4": "court_or_interpretation", "5": "contradicts", "6": "still_valid",
    q: "claim_1", w: "claim_2", e: "claim_3", b: "together", "0": "not_about_this_claim", r: "wrong_claim", d: "duplicate", l: "later", s: "not_sure", t: "second_reading", j: "next", k: "previous", o: "open", v: "original",
    a: "archived", c: "cite", n: "note", i: "why", z: "undo", x: "audit_no", u: "audit_update", y: "audit_unsure", "/": "search", "?": "help",
  };
  const body = document.body;
  const off = body.hasAttribute("data-keys-off");
  const own = JSON.parse(body.dataset.keys || "{}");
  const keys = {};
  for (const [key, name] of Object.entries(DEFAULTS)) keys[own[name] || key] = name;
  Object.assign(keys, JSON.parse(document.querySelector("[data-page-keys]")?.dataset.pageKeys || "{}")); // keys of one page

  const shown = (e) => e && e.offsetParent !== null;
  const find = (name) => [...document.querySelectorAll(`[data-do="${name}"]`)].find(shown) || document.querySelector(`[data-do="${name}"]`);
  const announce = (text) => {
    const box = document.getElementById("messages");
    box.textContent = "";
    const line = document.createElement("p");
    line.className = "message";
    line.textContent = text;
    box.append(line);
  };

  // Show the keys that the user chose.
  function label(root) {
    for (const kbd of root.querySelectorAll("[data-key-of]")) kbd.textContent = own[kbd.dataset.keyOf] || kbd.textContent;
    for (const [name, key] of Object.entries(own)) {
      for (const e of root.querySelectorAll(`[data-do="${name}"]`)) {
        const kbd = e.tagName === "INPUT" ? e.closest("label")?.querySelector("kbd") : e.querySelector(":scope > kbd");
        if (kbd) kbd.textContent = key;
      }
    }
    if (off) for (const e of root.querySelectorAll("kbd")) e.hidden = true;
  }

  const actions = {
    search() {
      const field = document.querySelector('input[type="search"]');
      if (field) field.focus();
      else location.assign("/search");
    },
    help() { document.getElementById("keys").showModal(); },
    cite() {
      const button = find("cite");
      if (button) button.click();
    },
    together() {
      const boxes = [...document.querySelectorAll("[data-with]")];
      const on = !boxes.every((b) => b.checked);
      for (const b of boxes) b.checked = on;
    },
    note() { const field = find("note"); if (field) field.focus(); },
  };

  function run(name) {
    if (actions[name]) return actions[name]();
    const target = find(name);
    if (!target) return;
    if (target.tagName === "TEXTAREA") return target.focus();
    if (target.tagName === "SUMMARY") {
      const box = target.parentElement;
      box.open = !box.open;
      if (box.open && box.classList.contains("pop")) (box.querySelector("input[name=other_claim], input[name=into]") || box.querySelector(".pop-body button, .pop-body input, .pop-body textarea, .pop-body select"))?.focus();
      return;
    }
    target.click();
  }

  // In an open choice list the key of a button presses it.
  function pressIn(list, key) {
    const button = [...(list?.querySelectorAll("button") || [])].find((b) => b.querySelector("kbd")?.textContent === key);
    button?.click();
    return Boolean(button);
  }
  const inOpenList = (key) => pressIn(document.querySelector(".decide details.pop[open] .pop-body"), key);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const box of document.querySelectorAll("details.pop[open], details.menu[open]")) box.open = false;
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      return;
    }
    const field = event.target.closest(".pop-body input[name=other_claim], .pop-body input[name=into]");
    if (event.key === "Enter" && field && !event.isComposing) { // the field's own button, not the first one of the form
      event.preventDefault();
      if (field.value) field.closest(".pop-body").querySelector("button[value=wrong_claim], button[value=duplicate]").click();
      return;
    }
    if (field && !field.value && !event.ctrlKey && !event.metaKey && !event.altKey && pressIn(field.closest(".pop-body"), event.key)) return event.preventDefault();
    if (off || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog[open]")) return;
    if (/^\d$/.test(event.key) && inOpenList(event.key)) return event.preventDefault();
    const name = keys[event.key];
    if (!name) return;
    event.preventDefault();
    run(name);
  });

  document.addEventListener("click", async (event) => {
    if (event.target.closest('button[data-do="together"]')) return actions.together();
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const shown = document.getElementById(button.dataset.copy);
    const plain = shown.dataset.plain || shown.textContent;
    try {
      if (shown.dataset.plain && window.ClipboardItem) { // word processors take the rich text, plain editors the other
        const blob = (type, text) => new Blob([text], { type });
        await navigator.clipboard.write([new ClipboardItem({ "text/html": blob("text/html", shown.innerHTML), "text/plain": blob("text/plain", plain) })]);
      } else {
        await navigator.clipboard.writeText(plain);
      }
      announce("Copied.");
    } catch {
      shown.hidden = false;
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      announce("Selected. The browser did not allow copying: copy it yourself.");
    }
  });

  // Bulk buttons show the number of selected flags.
  function recount() {
    const bar = document.getElementById("bulk-bar");
    if (!bar) return;
    const n = document.querySelectorAll('input[name="pick"]:checked').length;
    bar.hidden = n === 0;
    for (const button of bar.querySelectorAll("[data-says]")) button.textContent = `${button.dataset.says}: ${n}`;
  }
  document.addEventListener("change", (event) => {
    if (event.target.name === "pick") recount();
    if (event.target.name !== "also") return;
    const box = event.target.closest("details");
    const n = box.querySelectorAll(":checked").length;
    box.querySelector("summary").textContent = n ? `Also ${n} more` : "Also …";
  });

  // A second click or key must not submit the form twice.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

  // After a decision the heading of the next card gets the focus.
  function init() {
    label(document);
    recount();
    const on = document.querySelector(".rows .on"); // scroll only the list: on a phone the card comes first
    const list = on?.parentElement;
    if (list && list.scrollHeight > list.clientHeight) list.scrollTop = on.offsetTop - list.offsetTop - list.clientHeight / 3;
    const beside = document.querySelector(".beside"), mark = beside?.querySelector("mark"); // the sentence of a draft
    if (mark && beside.scrollHeight > beside.clientHeight) beside.scrollTop = mark.offsetTop - beside.offsetTop - beside.clientHeight / 3;
    const message = document.querySelector("#messages .message");
    if (message) setTimeout(() => message.parentElement.append(message), 150); // moved after loading, so that screen readers read it
    if (message) document.getElementById("card-title")?.focus({ preventScroll: true });
    document.addEventListener("click", (event) => {
      for (const box of document.querySelectorAll("details.pop[open], details.menu[open]")) if (!box.contains(event.target)) box.open = false;
    });
  }
  init();
})();
