/* The live view: widgets of a kernel of the reader's own, in a frame that takes the place of the
   painted page when everything in it that can be seen is drawn. Until then, and whenever the kernel
   is lost, the page stays as it is. */
"use strict";
(function () {
  const page = window.opsbookPage, $ = page.$, $$ = page.$$, form = page.form;
  const place = $("#live-place"), holder = page.holder, about = place && place.dataset;
  const WAIT = 90000, LOOK = 150, ALIVE = 20000, QUIET = 1500;
  const stays = new URLSearchParams(window.location.search).get("ui") === "page";  // asked for by the address
  let frame = null, touched = 0;

  function start() {
    if (!place || stays || frame || document.hidden || !holder.children.length) { return; }
    frame = document.createElement("iframe");
    frame.title = about.title;
    frame.src = about.notebook + "?" + page.full(page.chosen());
    place.className = "waiting";
    place.append(frame);
    const own = frame, began = Date.now();
    const look = window.setInterval(function () {
      if (frame !== own) { window.clearInterval(look); return; }
      const inside = own.contentDocument;
      fit();
      if (inside && isReady(inside) && Date.now() - touched > QUIET) {
        window.clearInterval(look);
        takeOver(inside);
      } else if (Date.now() - began > WAIT) {
        window.clearInterval(look);
        stop();
        page.tell("live_failed");
      }
    }, LOOK);
  }
  function isReady(inside) {
    const cells = $("#rendered_cells", inside);
    if (!cells || cells.style.display === "none" || !$(".opsbook-fields select", inside)) { return false; }
    if (!$(".opsbook-cell", inside)) { return false; }
    return $$(".opsbook-chart", inside).every(function (chart) {
      const box = chart.getBoundingClientRect(), top = place.getBoundingClientRect().top;
      const isSeen = top + box.bottom > 0 && top + box.top < window.innerHeight;
      return !isSeen || $("svg", chart);
    });
  }
  /* the box around the content is as high as the frame; what is in it says how high that must be */
  function content(inside) {
    const cells = inside && $("#rendered_cells", inside);
    return cells && cells.lastElementChild;
  }
  function fit() {
    const last = frame && content(frame.contentDocument);
    if (last) { frame.style.height = Math.max(last.offsetTop + last.offsetHeight + 60, 200) + "px"; }
  }

  /* what the reader looks at stays where it is */
  function looked(root, shift) {
    let found = null;
    for (const one of $$("[id]", root)) {
      const top = one.getBoundingClientRect().top + shift;
      if (top > 120 && found) { break; }
      if (one.id && one.offsetHeight) { found = { id: one.id, top: top }; }
    }
    return found;
  }
  /* charts further down are not drawn yet: they take the room that they had on the page */
  function keepHeights(inside, heights) {
    for (const [id, height] of heights) {
      const same = inside.getElementById(id), box = same && same.closest(".opsbook-chart");
      if (box) { box.style.minHeight = height + "px"; }
    }
  }
  function takeOver(inside) {
    const at = window.scrollY > 40 ? looked(holder, 0) : null;
    const focus = form.contains(document.activeElement) && document.activeElement.name;
    const heights = $$("figure.chart[id]", holder).map((one) => [one.id, one.offsetHeight]);
    place.className = "";
    holder.hidden = true;
    form.classList.add("taken");
    keepHeights(inside, heights);
    fit();
    new ResizeObserver(fit).observe(content(inside));
    if (focus && $$(".opsbook-fields :is(select, input)", inside).length) {
      $(".opsbook-fields :is(select, input)", inside).focus({ preventScroll: true });
    }
    inside.addEventListener("click", page.clicked);
    const follow = function () { page.tools(inside); page.acknowledge(inside); address(inside); };
    let waiting = 0;
    new MutationObserver(function () {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(follow, 60);
    }).observe($("#rendered_cells", inside), { childList: true, subtree: true, attributes: true, attributeFilter: ["data-query"] });
    follow();  // the tables' tools take room too
    fit();
    if (at) {
      const same = inside.getElementById(at.id);
      const top = same && same.getBoundingClientRect().top + frame.getBoundingClientRect().top;
      if (same) { window.scrollBy(0, top - at.top); }
    }
    stick(inside);
    $$(".asof", page.status).forEach((old) => old.remove());
    page.tell("live");
    document.body.dataset.live = "yes";
    watch(frame, kernel(inside));
  }

  /* the address, the page's own controls and its language follow the live controls */
  let shown = null;
  function address(inside) {
    const told = $(".opsbook-query", inside);
    if (!told || told.dataset.query === shown) { return; }
    const first = shown === null;
    shown = told.dataset.query;
    const query = new URLSearchParams(shown), language = query.get("language") || about.language;
    const here = new URL(window.location);
    query.delete("language");
    if (!first) { here.search = query; }
    if (language !== document.documentElement.lang) {
      here.searchParams.set("language", language);
      window.location.assign(here);
      return;
    }
    window.history.replaceState(null, "", here);
    for (const field of form.elements) {
      if (!field.name) { continue; }
      const value = query.has(field.name) ? query.get(field.name) : field.dataset.default;
      if (field.tagName === "SELECT" && !Array.from(field.options, (o) => o.value).includes(value)) {
        field.add(new Option(value, value));
      }
      field.value = value;
    }
  }

  /* the controls stay in sight: the frame is as high as its content, so it cannot do that itself */
  let controls = null;
  function stick(inside) { controls = $(".opsbook-controls", inside); move(); }
  function move() {
    if (!controls || !frame || window.innerWidth <= 760) { return; }
    const down = Math.max(0, -frame.getBoundingClientRect().top);
    controls.style.transform = down ? "translateY(" + down + "px)" : "";
  }
  window.addEventListener("scroll", move, { passive: true });

  /* a kernel that is gone gives the page back */
  function kernel(inside) {
    const config = $("#jupyter-config-data", inside);
    return config ? JSON.parse(config.textContent).kernelId : "";
  }
  function watch(own, id) {
    const timer = window.setInterval(function () {
      if (frame !== own) { window.clearInterval(timer); return; }
      fetch("/api/kernels/" + id).then(function (answer) {
        if (!answer.ok && frame === own) { restart(); }
      }).catch(function () { page.tell("lost"); });
    }, ALIVE);
  }
  function restart() {
    stop();
    page.tell("updating");
    start();
  }
  function stop() {
    if (!frame) { return; }
    const id = frame.contentDocument ? kernel(frame.contentDocument) : "";
    if (id) { fetch("/voila/api/shutdown/" + id, { method: "POST", headers: { "X-XSRFToken": page.xsrf } }).catch(function () {}); }
    frame.remove();
    frame = controls = shown = null;
    place.className = "waiting";
    holder.hidden = false;
    form.classList.remove("taken");
    delete document.body.dataset.live;
  }

  if (place) {
    for (const kind of ["pointerdown", "keydown", "input"]) {
      form.addEventListener(kind, function () { touched = Date.now(); });
    }
    page.before = stop;
    page.after = function () {
      const idle = window.requestIdleCallback || window.setTimeout;
      idle(function () { window.setTimeout(start, 400); });
    };
    document.addEventListener("visibilitychange", function () {
      if (!document.hidden && !frame) { page.after(); }
    });
  }
})();
