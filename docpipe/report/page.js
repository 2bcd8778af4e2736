"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const PER_PAGE = 48;

  function language() {
    const root = document.documentElement;
    let chosen = null;
    try { chosen = localStorage.getItem("docpipe-language"); } catch { /* a browser may refuse storage to files */ }
    root.lang = chosen || ((navigator.language || "").startsWith("zh") ? "zh" : "en");
    const button = document.getElementById("language");
    const label = () => { button.textContent = root.lang === "zh" ? "English" : "中文"; };
    label();
    button.addEventListener("click", () => {
      root.lang = root.lang === "zh" ? "en" : "zh";
      label();
      try { localStorage.setItem("docpipe-language", root.lang); } catch { /* as above */ }
    });
  }

  function index() {
    const cards = all(".card");
    const search = document.getElementById("search");
    let filter = "", page = 0;
    const wanted = () => cards.filter((card) =>
      (!filter || (filter === "review" ? card.classList.contains("review") : card.dataset.status === filter))
      && card.dataset.text.includes(search.value.trim().toLowerCase()));
    function show() {
      const found = wanted();
      const last = Math.max(Math.ceil(found.length / PER_PAGE) - 1, 0);
      page = Math.min(Math.max(page, 0), last);
      const shown = new Set(found.slice(page * PER_PAGE, (page + 1) * PER_PAGE));
      for (const card of cards) card.hidden = !shown.has(card);
      document.getElementById("where").textContent = `${page + 1} / ${last + 1} (${found.length})`;
      document.getElementById("back").disabled = page === 0;
      document.getElementById("forth").disabled = page === last;
    }
    const turn = (by) => { page += by; show(); window.scrollTo(0, 0); };
    document.getElementById("back").addEventListener("click", () => turn(-1));
    document.getElementById("forth").addEventListener("click", () => turn(1));
    search.addEventListener("input", () => { page = 0; show(); });
    function choose(button) {
      filter = button.dataset.filter;
      for (const other of all(".filter")) other.setAttribute("aria-pressed", String(other === button));
      page = 0;
      show();
    }
    for (const button of all(".filter")) button.addEventListener("click", () => choose(button));
    document.addEventListener("keydown", (event) => {
      if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "/") { event.preventDefault(); search.focus(); }
      if (event.key === "]") turn(1);
      if (event.key === "[") turn(-1);
    });
    function reveal() {
      const card = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (!card || !card.classList.contains("card")) return;
      if (!wanted().includes(card)) {
        search.value = "";
        choose(document.querySelector(".filter"));
      }
      page = Math.floor(wanted().indexOf(card) / PER_PAGE);
      show();
      card.scrollIntoView({ block: "center" });
      card.querySelector("a").focus();
    }
    show();
    addEventListener("hashchange", reveal);
    reveal();
  }

  function documentPage() {
    const tip = document.getElementById("tip");
    const tips = new Map(all("template[data-tip]").map((one) => [one.dataset.tip, one]));
    const rows = all("tr.field, td.field");
    let current = null;
    const marked = (path) => all(".box, tr.field, td.cell").filter((one) => one.dataset.path === path);
    function mark(path) {
      for (const one of all(".on")) one.classList.remove("on");
      for (const one of marked(path)) one.classList.add("on");
      current = path;
    }
    function explain(path, at) {
      const text = tips.get(path);
      if (!text) return;
      tip.replaceChildren(text.content.cloneNode(true));
      tip.hidden = false;
      const box = at.getBoundingClientRect();
      const left = Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - 8);
      tip.style.left = `${Math.max(left, 4) + scrollX}px`;
      tip.style.top = `${box.bottom + 6 + scrollY}px`;
    }
    const hide = () => { tip.hidden = true; };
    function choose(path, jump) {
      mark(path);
      const box = all(".box").find((one) => one.dataset.path === path);
      if (box) {
        if (jump) box.scrollIntoView({ block: "center" });
        explain(path, box);
      } else hide();
      document.dispatchEvent(new CustomEvent("docpipe-field", { detail: path }));
    }
    for (const one of all(".box, tr.field, td.cell")) {
      one.addEventListener("mouseenter", () => { mark(one.dataset.path); explain(one.dataset.path, one); });
      one.addEventListener("mouseleave", hide);
      one.addEventListener("focus", () => choose(one.dataset.path, one.matches("tr")));
      one.addEventListener("click", () => choose(one.dataset.path, !one.matches(".box")));
    }
    const go = (row) => { if (row) row.focus(); };
    function step(by, doubtful) {
      const among = doubtful ? rows.filter((row) => row.classList.contains("doubtful")) : rows;
      const here = rows.findIndex((row) => row.dataset.path === current);
      const next = by > 0 ? among.find((row) => rows.indexOf(row) > here) : among.findLast((row) => rows.indexOf(row) < here);
      go(next || among[by > 0 ? 0 : among.length - 1]);
    }
    document.addEventListener("keydown", (event) => {
      if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
      const link = { "[": "before", "]": "after" }[event.key];
      if (link) document.getElementById(link)?.click();
      if (event.key === "j") step(1, false);
      if (event.key === "k") step(-1, false);
      if (event.key === "n") step(1, true);
      if (event.key === "Escape") hide();
    });
  }

  addEventListener("DOMContentLoaded", () => {
    language();
    if (document.body.dataset.kind === "index") index(); else documentPage();
  });
})();
