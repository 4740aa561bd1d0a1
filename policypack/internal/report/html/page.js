"use strict";
// All that the page needs a script for: filters, the drawing, the theme. Without
// it everything is there, and findings still open and close.
(() => {
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const findings = all(".finding");
  const nodes = all(".node");
  const svg = one("svg");
  let chosen = null; // the node whose findings alone are listed

  const filter = () => {
    const form = one("#filters");
    if (!form) return;
    const severities = new Set(all('[name="severity"]:checked').map((box) => box.value));
    const rule = one("#rule").value;
    const words = one("#text").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const f of findings) {
      const text = f.textContent.toLowerCase();
      f.hidden = !(severities.has(f.dataset.severity) && (!rule || rule === f.dataset.rule) &&
        (!chosen || chosen.dataset.node === f.dataset.node) && words.every((word) => text.includes(word)));
      if (!f.hidden) shown++;
    }
    one("#status").textContent = `${shown} of ${findings.length} shown` + (chosen ? `, on ${chosen.dataset.name}` : "");
    one("#all").hidden = shown === findings.length && !chosen;
  };

  // mark lights a node, its arrows and what they join it to.
  const mark = (node) => {
    if (!svg) return;
    svg.classList.toggle("chosen", Boolean(node));
    for (const near of all("svg .near")) near.classList.remove("near");
    for (const n of nodes) n.setAttribute("aria-pressed", String(n === node));
    if (!node) return;
    node.classList.add("near");
    for (const edge of all(".edge")) {
      const { from, to } = edge.dataset;
      if (from !== node.dataset.node && to !== node.dataset.node) continue;
      edge.classList.add("near");
      for (const id of [from, to]) one(`#node-${id}`).classList.add("near");
    }
  };

  const choose = (node) => {
    chosen = chosen === node ? null : node;
    mark(chosen);
    filter();
    const shown = findings.filter((f) => !f.hidden);
    if (!chosen) return;
    if (shown.length === 1) shown[0].open = true;
    if (shown.length > 0) {
      shown[0].querySelector("summary").focus({ preventScroll: true });
      one("#findings").scrollIntoView({ block: "start" });
    }
  };

  for (const node of nodes) {
    node.addEventListener("click", () => choose(node));
    // On the way up, as the focus moves: what is left of the stroke would open or
    // close what it has moved to.
    const mine = (event) => event.key === "Enter" || event.key === " ";
    node.addEventListener("keydown", (event) => mine(event) && event.preventDefault());
    node.addEventListener("keyup", (event) => mine(event) && choose(node));
  }
  for (const f of findings) {
    f.querySelector("summary").addEventListener("click", () => {
      if (!chosen) mark(f.open ? null : one(`#node-${f.dataset.node}`)); // it is about to turn
    });
  }
  const form = one("#filters");
  if (form) {
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    one("#all").addEventListener("click", () => {
      form.reset();
      chosen = null;
      mark(null);
      filter();
      one("#findings").focus();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && svg && svg.classList.contains("chosen")) {
      const node = chosen;
      chosen = null;
      mark(null);
      filter();
      if (node) node.focus();
    }
  });

  const theme = one("#theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  const label = () => theme.setAttribute("aria-pressed", String(isDark()));
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    label();
  });
  dark.addEventListener("change", label);
  // What is folded would not be printed.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = findings.filter((f) => !f.open);
    for (const f of folded) f.open = true;
  });
  addEventListener("afterprint", () => {
    for (const f of folded) f.open = false;
  });
  label();
  filter();
})();
