/* Counterfoil's one script. Pages and forms work without it; it adds keys, the palette, the theme and row clicks.
   Keys are read from data-key attributes ("n", "g t", "shift+enter"), so a template owns its shortcuts. */
(function () {
  "use strict";

  const root = document.documentElement;
  const year = 365 * 24 * 3600;
  let pending = "";
  let pendingTimer = 0;

  function cookie(name, value) {
    document.cookie = name + "=" + value + ";path=/;max-age=" + year + ";samesite=lax" + (location.protocol === "https:" ? ";secure" : "");
  }

  function inField(target) {
    return target instanceof Element && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;
  }

  function isShown(element) {
    return element.getClientRects().length > 0;
  }

  function press(element) {
    if (element.getAttribute("aria-disabled") === "true") { element.focus(); return; }
    if (element.matches("input, select, textarea")) { element.focus(); if (element.select) { element.select(); } return; }
    element.click();
  }

  function keyOf(event) {
    const name = event.key.toLowerCase();
    return (event.shiftKey && event.key.length > 1 ? "shift+" : "") + name;
  }

  function bound(key) {
    const open = document.querySelector("[popover]:popover-open");
    const scope = open || document;
    return Array.from(scope.querySelectorAll("[data-key]")).find(function (element) {
      return element.dataset.key === key && (isShown(element) || element.closest("nav.side") !== null);
    });
  }

  /* ---- rows: j and k walk, Enter opens, x selects */
  function rows() {
    return Array.from(document.querySelectorAll("#main tr[data-href], #main .queue a")).filter(isShown);
  }

  function walk(step) {
    const all = rows();
    if (!all.length) { return; }
    const here = all.findIndex(function (row) { return row === document.activeElement || row.contains(document.activeElement); });
    const next = all[Math.min(all.length - 1, Math.max(0, here + (here < 0 ? 1 : step)))];
    const target = next.matches("a") ? next : next.querySelector("a[href], button, input") || next;
    target.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function selectRow() {
    const current = document.querySelector(".queue a[aria-current]");
    const row = (document.activeElement && document.activeElement.closest("tr, .queue > li")) || (current && current.closest("li"));
    const box = row && row.querySelector("input[type=checkbox]");
    if (box) { box.click(); }
  }

  /* ---- selection bars: sum what is ticked */
  function countSelected(table) {
    const bar = document.getElementById(table.dataset.selection);
    if (!bar) { return; }
    const boxes = Array.from(table.querySelectorAll(table.matches("table") ? "tbody input[type=checkbox]" : "input[type=checkbox]"));
    const ticked = boxes.filter(function (box) { return box.checked; });
    boxes.forEach(function (box) {
      const row = box.closest("tr");
      if (row && box.checked) { row.setAttribute("aria-selected", "true"); } else if (row) { row.removeAttribute("aria-selected"); }
    });
    const count = bar.querySelector("[data-count]");
    if (count) { count.textContent = String(ticked.length); }
    const sum = bar.querySelector("[data-sum]");
    const most = function (element, total) {
      const cap = element.dataset.cap || element.dataset.rest;
      return cap !== undefined && total > BigInt(cap) ? BigInt(cap) : total;
    };
    const total = ticked.reduce(function (sum, box) { return sum + BigInt(box.dataset.minor || "0"); }, 0n);
    if (sum) { sum.textContent = written(most(sum, total), Number(sum.dataset.exponent || "2")); }
    const rest = bar.querySelector("[data-rest]");
    if (rest) {
      rest.textContent = written(BigInt(rest.dataset.rest) - most(rest, total), Number(rest.dataset.exponent || "2"));
    }
    bar.hidden = bar.hasAttribute("data-hides") && ticked.length === 0;
  }

  function written(minor, exponent) {
    const sign = minor < 0n ? "\u2212" : "";
    const digits = String(minor < 0n ? -minor : minor).padStart(exponent + 1, "0");
    const whole = digits.slice(0, digits.length - exponent);
    const parts = new Intl.NumberFormat(root.lang || "en").formatToParts(1234567.5);
    const group = (parts.find(function (part) { return part.type === "group"; }) || { value: "," }).value;
    const point = (parts.find(function (part) { return part.type === "decimal"; }) || { value: "." }).value;
    return sign + whole.replace(/\B(?=(\d{3})+(?!\d))/g, group) + (exponent ? point + digits.slice(-exponent) : "");
  }

  /* ---- invoice lines by hand: one more row from the template row */
  function addLine(button) {
    const source = document.getElementById(button.dataset.adds);
    const list = document.getElementById(button.dataset.to);
    const number = list.children.length + 1;
    const row = source.content.cloneNode(true);
    row.querySelectorAll("[id],[name],[for],[aria-label],[aria-describedby]").forEach(function (element) {
      ["id", "name", "for", "aria-label", "aria-describedby"].forEach(function (attribute) {
        if (element.hasAttribute(attribute)) { element.setAttribute(attribute, element.getAttribute(attribute).replaceAll("__n__", String(number))); }
      });
    });
    list.appendChild(row);
    list.lastElementChild.querySelector("input, select").focus();
  }

  /* ---- palette */
  function openPalette(start) {
    const palette = document.getElementById("palette");
    if (!palette) { return; }
    if (!palette.matches(":popover-open")) { palette.showPopover(); }
    const input = palette.querySelector("input");
    if (start) { input.value = start; }
    input.focus();
    input.select();
  }

  function walkPalette(event) {
    const palette = document.getElementById("palette");
    if (!palette || !palette.matches(":popover-open")) { return false; }
    const links = Array.from(palette.querySelectorAll("a[href]"));
    const here = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown" && links.length) { links[Math.min(links.length - 1, here + 1)].focus(); }
    else if (event.key === "ArrowUp") { if (here <= 0) { palette.querySelector("input").focus(); } else { links[here - 1].focus(); } }
    else if (event.key === "Enter" && here < 0 && links.length && event.target.matches("input")) { links[0].click(); }
    else { return false; }
    event.preventDefault();
    return true;
  }

  document.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(""); return; }
    if (walkPalette(event)) { return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) { return; }
    const key = keyOf(event);
    const field = inField(event.target);
    if (key === "shift+enter") {
      const all = bound("shift+enter");
      if (all) { event.preventDefault(); press(all); }
      return;
    }
    if (field) {
      if (key === "escape") { event.target.blur(); }
      const chosen = key === "enter" && event.target.form && event.target.form.querySelector("button[data-chosen]");
      if (chosen) { event.preventDefault(); chosen.click(); }
      return;
    }
    if (root.dataset.keys === "off") { return; }
    if (key === "escape") {
      const back = bound("escape");
      if (back && !document.querySelector("[popover]:popover-open")) { event.preventDefault(); press(back); }
      return;
    }
    if (key === "enter" && event.target instanceof Element && event.target.closest("a, button, summary, input, tr[data-href]")) { return; }
    const wanted = pending ? pending + " " + key : key;
    clearTimeout(pendingTimer);
    pending = "";
    const target = bound(wanted) || bound(key);
    if (target) { event.preventDefault(); press(target); return; }
    if (key === "g") { pending = "g"; pendingTimer = setTimeout(function () { pending = ""; }, 1200); return; }
    if (key === "j") { event.preventDefault(); walk(1); }
    else if (key === "k") { event.preventDefault(); walk(-1); }
    else if (key === "x") { selectRow(); }
    else if (key === "?") {
      const keys = document.getElementById("keys");
      if (keys) { event.preventDefault(); keys.togglePopover(); }
    }
  });

  document.addEventListener("click", function (event) {
    if (!(event.target instanceof Element)) { return; }
    const theme = event.target.closest("[data-theme-choice]");
    if (theme) {
      event.preventDefault();
      const wanted = theme.dataset.themeChoice;
      const dark = wanted === "toggle"
        ? (root.dataset.theme ? root.dataset.theme !== "dark" : !matchMedia("(prefers-color-scheme: dark)").matches)
        : wanted === "dark";
      root.dataset.theme = dark ? "dark" : "light";
      cookie("theme", root.dataset.theme);
      return;
    }
    const keys = event.target.closest("[data-keys-choice]");
    if (keys) {
      root.dataset.keys = root.dataset.keys === "off" ? "on" : "off";
      keys.setAttribute("aria-pressed", root.dataset.keys === "off" ? "false" : "true");
      cookie("keys", root.dataset.keys);
      return;
    }
    const needs = event.target.closest("button[data-needs]");
    if (needs) {
      const field = document.getElementById(needs.dataset.needs);
      if (field && !field.value.trim()) {
        event.preventDefault();
        field.form.querySelectorAll("button[data-chosen]").forEach(function (other) { delete other.dataset.chosen; });
        needs.dataset.chosen = "yes";
        field.placeholder = needs.firstChild.textContent.trim();
        field.focus();
        return;
      }
    }
    const adds = event.target.closest("[data-adds]");
    if (adds) { event.preventDefault(); addLine(adds); return; }
    const fills = event.target.closest("[data-fills]");
    if (fills) {
      const field = document.getElementById(fills.dataset.fills);
      if (field) { event.preventDefault(); field.value = fills.dataset.value; field.focus(); field.dispatchEvent(new Event("change", { bubbles: true })); }
      return;
    }
    const prints = event.target.closest("[data-prints]");
    if (prints) { event.preventDefault(); window.print(); return; }
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a, button, input, label, select, summary") && !String(getSelection())) {
      const link = row.querySelector("a[href='" + row.dataset.href + "']") || row.querySelector("th a[href]");
      if (link) { link.click(); } else { location.assign(row.dataset.href); }
    }
  });

  document.addEventListener("change", function (event) {
    if (!(event.target instanceof Element)) { return; }
    if (event.target.matches("[data-ticks-all]")) {
      const table = event.target.closest("table");
      table.querySelectorAll("tbody input[type=checkbox]").forEach(function (box) { box.checked = event.target.checked; });
      countSelected(table);
      return;
    }
    const table = event.target.closest("[data-selection]");
    if (table) { countSelected(table); }
    if (event.target.matches("[data-submits]")) { event.target.form.requestSubmit(); }
  });

  document.addEventListener("toggle", function (event) {
    if (event.target.id === "palette" && event.newState === "open") { openPalette(""); }
  }, true);

  /* ---- toast: stays 8 s, waits while it is hovered or focused */
  function armToast() {
    const toast = document.querySelector(".toast.fixed");
    if (!toast || toast.dataset.armed) { return; }
    toast.dataset.armed = "yes";
    let timer = 0;
    const leave = function () { toast.hidden = true; };
    const start = function () { clearTimeout(timer); timer = setTimeout(leave, 8000); };
    const stop = function () { clearTimeout(timer); };
    toast.addEventListener("mouseenter", stop);
    toast.addEventListener("mouseleave", start);
    toast.addEventListener("focusin", stop);
    toast.addEventListener("focusout", start);
    start();
  }

  function focusRefusal() {
    const first = document.querySelector("#main [aria-invalid=true]");
    if (first) { first.focus(); }
  }

  function settle() {
    armToast();
    document.querySelectorAll("[data-selection]").forEach(countSelected);
  }

  document.addEventListener("DOMContentLoaded", function () { settle(); focusRefusal(); });
  document.addEventListener("htmx:afterSettle", function (event) {
    settle();
    if (event.detail && event.detail.boosted) {
      const main = document.getElementById("main");
      // htmx gives the focus back to a field of the same id: after an answer that would be the reason of another case.
      const isAnswered = event.detail.requestConfig && event.detail.requestConfig.verb === "post" && inField(document.activeElement);
      if (main && (isAnswered || !main.contains(document.activeElement))) {
        (isAnswered && main.querySelector("h2[tabindex='-1']") || main).focus({ preventScroll: true });
      }
      focusRefusal();
    }
  });
})();
