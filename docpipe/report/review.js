
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  addEventListener("DOMContentLoaded", () => {
    const body = document.body;
    if (body.dataset.kind !== "review") return;
    const address = `${body.dataset.anchor}.json`;
    const rows = all("tr.field, td.field");
    const keep = (path) => `docpipe-draft ${body.dataset.anchor} ${body.dataset.sha256} ${path}`;
    const store = {  // what is typed and not yet saved outlives the page and the server
      get: (path) => { try { return localStorage.getItem(keep(path)); } catch { return null; } },
      set: (path, text) => { try { localStorage.setItem(keep(path), text); } catch { /* it is still in the page */ } },
      drop: (path) => { try { localStorage.removeItem(keep(path)); } catch { /* as above */ } },
    };
    let active = null;

    function open(row) {
      if (active && active !== row) active.querySelector(".edit").hidden = true;
      active = row;
      row.querySelector(".edit").hidden = false;
    }
    function told(row, text) {
      const place = row.querySelector(".conflict");
      place.textContent = text;
      place.hidden = !text;
    }
    async function send(row, action) {
      const input = row.querySelector("input");
      const taken = row.dataset.line ? { page: Number(row.dataset.linePage), bbox: row.dataset.box.split(",").map(Number),
        line_ids: [row.dataset.line] } : {};
      const wish = { field: row.dataset.path, old: row.dataset.old ?? null, text: input ? input.value : "",
        sha256: body.dataset.sha256, action, ...(action === "correct" ? taken : {}) };
      let answer, said = {};
      try {
        answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" },
          body: JSON.stringify(wish) });
        said = await answer.json();
      } catch {
        told(row, "Not saved: the server does not answer. What you typed is kept in this browser.");
        return;
      }
      if (answer.status === 409 && "now" in said) {
        if (said.now === null) delete row.dataset.old; else row.dataset.old = said.now;
        if (action === "accept" && input) input.value = said.now ?? "";
      }
      if (!answer.ok) {
        told(row, said.message || `Not saved (${answer.status}).`);
        return;
      }
      told(row, "");
      store.drop(row.dataset.path);
      if (said.value === null) delete row.dataset.old; else row.dataset.old = said.value;
      if (input) {
        row.querySelector(".value").textContent = said.value ?? "–";
        input.value = said.value ?? "";
      }
      row.classList.remove("doubtful");
      row.classList.add("done");
      row.querySelector(".mark")?.remove();
      for (const why of all(".why.doubt", row)) why.remove();
      for (const box of all(".box")) if (box.dataset.path === row.dataset.path) box.classList.remove("doubtful");
      row.querySelector(".edit").hidden = true;
      const next = rows.slice(rows.indexOf(row) + 1).concat(rows).find((one) => one.classList.contains("doubtful"));
      (next || row).focus();
    }

    async function change(button) {  // a row is added, removed or put back: the page is made anew, drafts are kept
      const place = document.getElementById("row-conflict");
      const path = button.dataset.path;
      try {
        const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ field: path, sha256: body.dataset.sha256, action: button.dataset.action }) });
        const said = await answer.json();
        place.textContent = answer.ok ? "" : said.message || `Not saved (${answer.status}).`;
        if (answer.ok) {
          try { sessionStorage.setItem("docpipe-row", path); } catch { /* then nothing is in hand */ }
          location.reload();
        }
      } catch {
        place.textContent = "Not saved: the server does not answer.";
      }
      place.hidden = !place.textContent;
      if (!place.hidden) place.scrollIntoView({ block: "center" });
    }
    for (const button of all(".row-change")) button.addEventListener("click", () => change(button));

    for (const row of rows) {
      const input = row.querySelector("input");
      const draft = input && store.get(row.dataset.path);
      if (draft !== null && draft !== undefined && input) { input.value = draft; told(row, "This was typed before and not saved yet."); }
      input?.addEventListener("input", () => { store.set(row.dataset.path, input.value); delete row.dataset.line; });
      input?.addEventListener("keydown", (event) => {
        if (event.key === "Enter") { event.preventDefault(); send(row, "correct"); }
        if (event.key === "Escape") { input.value = row.dataset.old ?? ""; store.drop(row.dataset.path); told(row, ""); row.focus(); }
      });
      row.querySelector(".save")?.addEventListener("click", (event) => { event.stopPropagation(); send(row, "correct"); });
      row.querySelector(".accept").addEventListener("click", (event) => { event.stopPropagation(); send(row, "accept"); });
    }
    document.addEventListener("docpipe-field", (event) => {
      const row = rows.find((one) => one.dataset.path === event.detail);
      if (row) open(row);
    });
    for (const line of all(".line")) {
      line.addEventListener("click", () => {
        const input = active?.querySelector("input");
        if (!input) return;
        input.value = line.dataset.text;
        store.set(active.dataset.path, input.value);
        Object.assign(active.dataset, { line: line.dataset.line, box: line.dataset.box,
          linePage: line.closest(".paper").dataset.page });
        input.focus();
      });
    }
    document.addEventListener("keydown", (event) => {
      if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
      const table = active?.closest(".scroll");  // of the row in hand, else the line items'
      if (event.key === "+") (table?.nextElementSibling ?? document).querySelector(".row-add")?.click();
      if (!active) return;
      if (event.key === "x") active.closest(".rows tr")?.querySelector(".row-change")?.click();
      if (event.key === "a") send(active, "accept");
      if (event.key === "e") {
        event.preventDefault();
        open(active);
        active.querySelector("input")?.select();
      }
    });
    let changed = null;
    try { changed = sessionStorage.getItem("docpipe-row"); sessionStorage.removeItem("docpipe-row"); } catch { /* as above */ }
    const at = changed && rows.find((row) => row.dataset.path.startsWith(`${changed}.`));
    (at || rows.find((row) => row.classList.contains("doubtful")))?.focus();
  });
})();
