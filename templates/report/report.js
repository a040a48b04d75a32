/* Replace each chart's picture by the live chart once it comes near the window. The expression
   interpreter of Vega is used, so that the page needs no right to evaluate code. */
"use strict";
(function () {
  const options = { renderer: "svg", actions: { export: true, source: false, compiled: false,
    editor: false }, ast: true, tooltip: { theme: "custom" }, hover: false };
  function draw(figure) {
    const holder = figure.querySelector(".live");
    const picture = figure.querySelector("img");
    const spec = JSON.parse(figure.querySelector("script").textContent);
    window.vegaEmbed(holder, spec, options).then(function () {
      picture.classList.add("drawn");
      figure.classList.add("is-live");
    }).catch(function (error) { console.error(error); });
  }
  function start() {
    const figures = document.querySelectorAll("figure.chart");
    const near = new IntersectionObserver(function (entries) {
      for (const entry of entries) {
        if (entry.isIntersecting) { near.unobserve(entry.target); draw(entry.target); }
      }
    }, { rootMargin: "300px" });
    figures.forEach(function (figure) { near.observe(figure); });
  }
  if (window.matchMedia("print").matches || !window.vegaEmbed) { return; }
  start();
})();
