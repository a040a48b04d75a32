/* The chapter page: controls that answer cell by cell, charts drawn live when they come near,
   tables that sort, filter and download, decisions written back. No library but the Vega bundle,
   which is fetched from this server after the first paint. */
"use strict";
(function () {
  const $ = (query, from) => (from || document).querySelector(query);
  const $$ = (query, from) => Array.from((from || document).querySelectorAll(query));
  const holder = $("#cells"), form = $("#controls"), status = $("#status"), said = $("#said");
  const words = holder ? JSON.parse(holder.dataset.words) : {};
  const xsrf = $('meta[name="xsrf"]').content;
  const version = new URL($('link[rel="stylesheet"]').href).search;

  function say(text) {
    said.textContent = text;
    window.clearTimeout(say.timer);
    say.timer = window.setTimeout(function () { said.textContent = ""; }, 6000);
  }

  /* charts */
  let bundle = null;
  function vega() {
    if (!bundle) {
      bundle = new Promise(function (done, failed) {
        const script = document.createElement("script");
        script.type = "module";
        script.src = "/static/opsbook/vega.js" + version;
        script.onload = done;
        script.onerror = failed;
        document.head.append(script);
      });
    }
    return bundle;
  }
  const options = { renderer: "svg", actions: false, ast: true, tooltip: { theme: "custom" }, hover: false };
  function draw(figure) {
    if (figure.dataset.drawn) { return Promise.resolve(); }
    figure.dataset.drawn = "yes";
    const place = $(".drawing", figure), picture = $("svg", place);
    return vega().then(function () {
      const live = document.createElement("div");
      if (picture) { live.style.display = "none"; }
      place.append(live);
      return window.vegaEmbed(live, JSON.parse($("script.spec", figure).textContent), options)
        .then(function () { if (picture) { picture.remove(); } live.style.display = ""; });
    }).catch(function (error) { console.error(error); delete figure.dataset.drawn; });
  }
  const near = new IntersectionObserver(function (entries) {
    for (const entry of entries) {
      if (entry.isIntersecting) { near.unobserve(entry.target); draw(entry.target); }
    }
  }, { rootMargin: "200px" });
  function watch(part, soon) {
    for (const figure of $$("figure.chart", part)) {
      const box = figure.getBoundingClientRect();
      if (soon && box.top < window.innerHeight + 200) { draw(figure); } else { near.observe(figure); }
    }
  }

  /* tables: the tools appear when a table is first touched or seen */
  function value(cell) {
    return cell.dataset.v !== undefined ? Number(cell.dataset.v) : cell.textContent.trim();
  }
  function sort(button) {
    const head = button.closest("th"), table = head.closest("table"), body = table.tBodies[0];
    const at = head.cellIndex, up = head.getAttribute("aria-sort") !== "ascending";
    const shown = $$("tr", body).filter((row) => !row.hidden).length;
    const rows = $$("tr", body).sort(function (a, b) {
      const x = value(a.cells[at]), y = value(b.cells[at]);
      const both = typeof x === "number" && typeof y === "number";
      if (typeof x !== typeof y) { return typeof x === "number" ? -1 : 1; }
      const order = both ? x - y : String(x).localeCompare(String(y), document.documentElement.lang);
      return up ? order : -order;
    });
    $$("th", table).forEach((th) => th.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    rows.forEach(function (row, i) { row.hidden = i >= shown; body.append(row); });
  }
  function tools(part) {
    for (const table of $$(".table", part)) {
      if ($$("tbody tr", table).length < 4 || $(".tools", table)) { continue; }
      const bar = document.createElement("div"), input = document.createElement("input");
      const button = document.createElement("button");
      bar.className = "tools";
      input.type = "search";
      input.placeholder = words.filter;
      input.setAttribute("aria-label", words.filter);
      button.type = "button";
      button.className = "plain download";
      button.textContent = words.download;
      bar.append(input, button);
      table.prepend(bar);
      input.addEventListener("input", function () {
        const wanted = input.value.toLowerCase();
        $$("tbody tr", table).forEach(function (row) {
          row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
        });
      });
      button.addEventListener("click", function () { download(table); });
    }
  }
  function download(table) {
    const quote = (text) => {
      const safe = /^[=+\-@\t]/.test(text) && Number.isNaN(Number(text)) ? "'" + text : text;
      return '"' + safe.replaceAll('"', '""') + '"';
    };
    const lines = $$("tr", table).map((row) => Array.from(row.cells, (cell) =>
      quote(cell.dataset.v !== undefined ? cell.dataset.v : cell.textContent.trim())).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n")], { type: "text/csv" }));
    link.download = (table.id || "table") + ".csv";
    link.click();
    URL.revokeObjectURL(link.href);
  }
  function clicked(event) {
    const button = event.target.closest("button");
    if (!button) { return; }
    if (button.classList.contains("sort")) { sort(button); }
    if (button.classList.contains("all")) {
      $$("tbody tr", button.closest(".table")).forEach((row) => { row.hidden = false; });
      button.remove();
    }
    if (button.dataset.write) { write(JSON.parse(button.dataset.write), button).catch(function () {}); }
  }
  document.addEventListener("click", clicked);

  /* decisions */
  function write(about, from) {
    if (from) { from.disabled = true; }
    return fetch("/api/write", {
      method: "POST", headers: { "Content-Type": "application/json", "X-XSRFToken": xsrf },
      body: JSON.stringify(about),
    }).then((answer) => answer.json().then(function (told) {
      say(told.message || answer.statusText);
      if (!answer.ok) { if (from) { from.disabled = false; } throw new Error(told.message); }
      window.setTimeout(function () { if (!form) { window.location.reload(); } }, 700);
      return told;
    }));
  }
  for (const one of $$("form.write")) {
    one.addEventListener("submit", function (event) {
      event.preventDefault();
      const about = Object.fromEntries(new FormData(one));
      about.kind = one.dataset.kind;
      write(about, $("button", one)).catch(function () {});
    });
  }
  for (const one of $$("select[data-label]")) {
    one.addEventListener("change", function () {
      write(Object.assign(JSON.parse(one.dataset.label), { label: one.value })).catch(function () {});
    });
  }
  let acknowledged = {};
  function acknowledge(part) {
    for (const article of $$(".finding[data-finding]", part)) {
      const about = acknowledged[article.dataset.finding];
      $$(".done, button", article).forEach((old) => old.remove());
      if (about) {
        const note = document.createElement("p");
        note.className = "note done";
        note.textContent = words.acknowledged.replace("{by}", about.by).replace("{at}", about.at);
        article.append(note);
      } else if (form.dataset.role === "editor") {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = words.acknowledge;
        button.addEventListener("click", function () {
          write({ kind: "finding", finding_id: article.dataset.finding }, button)
            .then(function () { return offers(); }).catch(function () {});
        });
        article.append(button);
      }
    }
  }

  /* controls */
  function chosen() {
    const query = new URLSearchParams();
    for (const field of form.elements) {
      if (field.name && field.value !== field.dataset.default) { query.set(field.name, field.value); }
    }
    return query;
  }
  function tell(key) { $(".now", status).textContent = status.dataset[key]; }
  function panel(text) {
    const box = $("#broken") || document.createElement("div");
    box.id = "broken";
    box.className = "panel failed";
    box.setAttribute("role", "alert");
    box.textContent = text;
    holder.before(box);
  }
  let running = null;
  function refresh(query) {
    if (running) { running.abort(); }
    const own = running = new AbortController();
    const seen = new Set();
    let last = null;
    holder.classList.add("busy");
    $$(".cell", holder).forEach((cell) => cell.classList.remove("fresh"));
    if ($("#broken")) { $("#broken").remove(); }
    tell(holder.children.length ? "updating" : "computing");
    const address = "/chapter/" + form.dataset.number + "/live?" + query;
    function take(line) {
      if (line.cell !== undefined) {
        let cell = $('.cell[data-cell="' + CSS.escape(line.cell) + '"]', holder);
        if (!cell) {
          cell = document.createElement("div");
          cell.className = "cell";
          cell.dataset.cell = line.cell;
          if (last) { last.after(cell); } else { holder.prepend(cell); }
        }
        const tall = cell.offsetHeight;
        cell.style.minHeight = tall ? tall + "px" : "";
        cell.innerHTML = line.html;
        cell.classList.add("fresh");
        last = cell;
        seen.add(line.cell);
        ready(cell, true);
        window.setTimeout(function () { cell.style.minHeight = ""; }, 400);
      } else if (line.end) {
        $$(".cell", holder).forEach((cell) => { if (!seen.has(cell.dataset.cell)) { cell.remove(); } });
        tell(line.errors ? "failed" : "updated");
        $$(".asof", status).forEach((old) => old.remove());
      } else if (line.broken) {
        tell("lost");
        panel(line.broken);
      }
    }
    return fetch(address, { signal: own.signal }).then(async function (answer) {
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const part = await reader.read();
        if (part.done) { break; }
        const lines = (rest + part.value).split("\n");
        rest = lines.pop();
        lines.filter(Boolean).forEach((line) => take(JSON.parse(line)));
      }
    }).catch(function (error) {
      if (error.name !== "AbortError") { tell("lost"); console.error(error); }
    }).finally(function () { if (running === own) { holder.classList.remove("busy"); } });
  }
  function changed() {
    const query = chosen(), address = new URL(window.location);
    address.search = query;
    window.history.replaceState(null, "", address);
    page.before();
    refresh(full(query)).then(() => page.after());
  }
  function full(query) {
    const all = new URLSearchParams(query);
    all.set("language", document.documentElement.lang);
    return all;
  }
  function ready(part, soon) { watch(part, soon); tools(part); acknowledge(part); }
  function offers() {
    return fetch("/api/offers").then((answer) => answer.json()).then(function (found) {
      acknowledged = found.acknowledged;
      acknowledge(holder);
      const lists = {
        period: found.periods.map((p) => [p, p]),
        platform: found.platforms.map((p) => [p.id, p.name]),
        account: found.accounts.map((a) => [a.id, a.name || a.id]),
      };
      for (const select of $$("select[data-fill]", form)) {
        const have = new Set(Array.from(select.options, (o) => o.value));
        for (const [id, name] of lists[select.dataset.fill]) {
          const old = Array.from(select.options).find((o) => o.value === id);
          if (old) { old.textContent = name; continue; }
          if (!have.has(id)) { select.add(new Option(name, id)); }
        }
      }
    }).catch(console.error);
  }

  /* what live.js, the live view, shares; it sets before (a change) and after (its answer) */
  const page = window.opsbookPage = {
    $: $, $$: $$, form: form, holder: holder, status: status, xsrf: xsrf, say: say, tell: tell,
    clicked: clicked, tools: tools, acknowledge: acknowledge, chosen: chosen, full: full,
    before: function () {}, after: function () {},
  };

  if (form && holder) {
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", changed);
    form.addEventListener("reset", function () {
      window.setTimeout(function () {
        for (const field of form.elements) { if (field.name) { field.value = field.dataset.default; } }
        changed();
      });
    });
    const share = $("#share");
    if (share) {
      share.addEventListener("click", function () {
        const address = new URL(window.location);
        address.search = full(chosen());
        navigator.clipboard.writeText(address.href).then(() => say(share.dataset.done))
          .catch(() => say(address.href));
      });
    }
    // live.js comes after this script, and may still be on its way at the first paint
    const loaded = new Promise((done) => document.addEventListener("DOMContentLoaded", done));
    // after the first paint: the rest may take its time
    window.requestAnimationFrame(function () {
      window.setTimeout(function () {
        ready(holder, false);
        offers();
        const answered = form.dataset.current === "yes" ? Promise.resolve() : refresh(full(chosen()));
        Promise.all([answered, loaded]).then(() => page.after());
        if (window.location.hash) {
          const target = document.getElementById(window.location.hash.slice(1));
          if (target) { target.scrollIntoView(); }
        }
      });
    });
  }
})();
