// Keys, copying, announcing. Everything here only presses what is on the page already: without it, the desk works the same by hand.
"use strict";
(() => {
  const DEFAULTS = {
    "1": "new_or_amended_law", "2": "value_or_date_changed", "3": "new_practice", "4": "court_or_interpretation", "5": "contradicts", "6": "still_valid",
    "0": "not_about_this_claim", r: "wrong_claim", d: "duplicate", l: "later", s: "not_sure", j: "next", k: "previous", o: "open", v: "original",
    a: "archived", c: "cite", n: "note", i: "why", z: "undo", "/": "search", "?": "help",
  };
  const body = document.body;
  const off = body.hasAttribute("data-keys-off");
  const own = JSON.parse(body.dataset.keys || "{}");
  const keys = {};
  for (const [key, name] of Object.entries(DEFAULTS)) keys[own[name] || key] = name;

  const shown = (e) => e && e.offsetParent !== null;
  const find = (name) => [...document.querySelectorAll(`[data-do="${name}"]`)].find(shown) || document.querySelector(`[data-do="${name}"]`);
  const say = (words) => {
    const box = document.getElementById("said");
    box.textContent = "";
    const line = document.createElement("p");
    line.className = "said";
    line.textContent = words;
    box.append(line);
  };

  // Labels follow the user's own keys.
  function label(root) {
    for (const kbd of root.querySelectorAll("[data-key-of]")) kbd.textContent = own[kbd.dataset.keyOf] || kbd.textContent;
    for (const [name, key] of Object.entries(own)) {
      for (const e of root.querySelectorAll(`[data-do="${name}"] > kbd`)) e.textContent = key;
    }
    if (off) for (const e of root.querySelectorAll("kbd")) e.hidden = true;
  }

  const acts = {
    search() {
      const field = document.querySelector('input[type="search"]');
      if (field) field.focus();
      else location.assign("/search");
    },
    help() { document.getElementById("keys").showModal(); },
    cite() {
      const button = find("cite");
      if (button) button.click();
      else if (find("open")) location.assign(`${find("open").href}#cite-euaa-footnote`);
    },
    note() { const field = find("note"); if (field) field.focus(); },
  };

  function act(name) {
    if (acts[name]) return acts[name]();
    const target = find(name);
    if (!target) return;
    if (target.tagName === "SUMMARY") {
      const box = target.parentElement;
      box.open = !box.open;
      if (box.open && box.classList.contains("pop")) box.querySelector(".pop-body button, .pop-body input, .pop-body textarea, .pop-body select")?.focus();
      return;
    }
    target.click();
  }

  // A choice list that is open takes digits for its own buttons first.
  function inOpenList(key) {
    const list = document.querySelector(".decide details.pop[open] .pop-body");
    const buttons = list ? [...list.querySelectorAll("button")].filter((b) => b.querySelector("kbd")) : [];
    const button = buttons.find((b) => b.querySelector("kbd").textContent === key);
    if (button) button.click();
    return Boolean(button);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const box of document.querySelectorAll("details.pop[open], details.menu[open]")) box.open = false;
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      return;
    }
    if (off || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]")) return;
    if (/^\d$/.test(event.key) && inOpenList(event.key)) return event.preventDefault();
    const name = keys[event.key];
    if (!name) return;
    event.preventDefault();
    act(name);
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = document.getElementById(button.dataset.copy).textContent;
    try {
      await navigator.clipboard.writeText(text);
      say("Copied.");
    } catch {
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      say("Marked: copy it with your own keys, the browser did not allow it here.");
    }
  });

  // Bulk buttons say exactly how many they will decide.
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

  // A double click or an impatient key must not decide twice.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

  // The focus follows the work: to the next card's heading after a decision.
  function arrive() {
    label(document);
    recount();
    const on = document.querySelector(".rows .on"); // only the list is scrolled: on a phone, the card comes first
    const list = on?.parentElement;
    if (list && list.scrollHeight > list.clientHeight) list.scrollTop = on.offsetTop - list.offsetTop - list.clientHeight / 3;
    const said = document.querySelector("#said .said");
    if (said) setTimeout(() => said.parentElement.append(said), 150); // moved once, so that screen readers say it
    if (said) document.getElementById("card-title")?.focus({ preventScroll: true });
    document.addEventListener("click", (event) => {
      for (const box of document.querySelectorAll("details.pop[open], details.menu[open]")) if (!box.contains(event.target)) box.open = false;
    });
  }
  arrive();
})();
