"use strict";
(() => {
  const filter = document.getElementById("filter");
  if (!filter) return;
  const search = document.getElementById("search");
  const operation = document.getElementById("operation");
  const matches = document.getElementById("matches");
  const findings = [...document.querySelectorAll(".finding")];
  const groups = [...document.querySelectorAll("article.broken")];

  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const levels = new Set([...filter.querySelectorAll("[name=severity]:checked")].map((box) => box.value));
    let shown = 0;
    for (const finding of findings) {
      const { severity, operation: of, words: text } = finding.dataset;
      const wanted =
        levels.has(severity) && (!operation.value || of === operation.value) && words.every((word) => text.includes(word));
      finding.hidden = !wanted;
      shown += wanted;
    }
    for (const group of groups) {
      group.hidden = !group.querySelector(".finding:not([hidden])");
    }
    matches.textContent = `${shown} of ${findings.length} shown`;
  };
  const toggle = (open) => {
    for (const finding of findings) if (!finding.hidden) finding.open = open;
  };

  filter.hidden = false;
  filter.addEventListener("input", apply);
  filter.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("expand").addEventListener("click", () => toggle(true));
  document.getElementById("collapse").addEventListener("click", () => toggle(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, select") && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      apply();
    }
  });
  apply();
})();
