"use strict";
(() => {
  const table = document.getElementById("claims");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const claims = document.querySelectorAll("details.claim");

  // Without a script, all is open and can be read, searched and printed.
  for (const details of document.querySelectorAll("details")) details.open = false;

  // Filter: show the rows of the chosen verdict and kind whose text contains every word.
  const form = document.getElementById("filter");
  const [verdict, kind, text] = ["verdict", "kind", "text"].map((name) =>
    document.getElementById(`filter-${name}`),
  );
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const written = row.textContent.toLowerCase();
      row.hidden =
        (verdict.value !== "" && row.dataset.verdict !== verdict.value) ||
        (kind.value !== "" && row.dataset.kind !== kind.value) ||
        !words.every((word) => written.includes(word));
    }
    const shown = rows.filter((row) => !row.hidden).length;
    document.getElementById("filter-count").value = `${shown} of ${rows.length} claims`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.reset(); // discard what the browser restored from an earlier visit
  form.hidden = false;
  filter();

  // Sort by number if both cells hold one, else by text. Empty cells are last.
  const compare = (a, b, down) => {
    if (a === b) return 0;
    if (a === "" || b === "") return a === "" ? 1 : -1;
    const order = isNaN(a) || isNaN(b) ? a.localeCompare(b, "en") : a - b;
    return down ? -order : order;
  };
  for (const head of table.querySelectorAll("th[data-column]")) {
    const key = ({ cells }) => {
      const cell = cells[head.cellIndex];
      return cell.dataset.value ?? cell.textContent.trim();
    };
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.sort = head.dataset.column;
    button.append(...[...head.childNodes].filter((node) => !node.matches?.("svg")));
    head.prepend(button); // above the axis, if the column has one
    button.addEventListener("click", () => {
      const next = { ascending: "descending", descending: "" }[head.ariaSort] ?? "ascending";
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      if (next) head.setAttribute("aria-sort", next);
      const order = [...rows];
      if (next) order.sort((a, b) => compare(key(a), key(b), next === "descending"));
      body.append(...order);
    });
  }

  // Links: open the target of the hash and every <details> around it.
  const reveal = (event) => {
    let target = null;
    try {
      target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {} // a malformed hash
    if (!target) return;
    for (let node = target; node; node = node.parentElement)
      if (node.matches("details")) node.open = true;
    target.scrollIntoView();
    if (event.type !== "load" && target.matches("details"))
      target.firstElementChild.focus({ preventScroll: true });
  };
  addEventListener("hashchange", reveal);
  addEventListener("load", reveal);
  document.addEventListener("click", (event) => {
    if (event.target.closest("a")?.hash === location.hash) reveal(event); // the same link again
  });

  const folding = document.getElementById("folding");
  folding.hidden = false;
  folding.addEventListener("click", ({ target }) => {
    if (target.matches("button")) for (const claim of claims) claim.open = target.dataset.open !== "";
  });

  // Print everything: open what is collapsed, and close it again afterwards.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });

  // A click enlarges a figure. Without this script, or with a modifier key, the link opens its file.
  const dialog = document.createElement("dialog");
  dialog.ariaLabel = "Enlarged figure";
  document.body.append(dialog);
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.replaceChildren());
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.zoom");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const button = document.createElement("button");
    button.textContent = "Close";
    const hint = document.createElement("span");
    hint.textContent = "Scroll sideways to see all of it.";
    const shown = link.querySelector("img");
    const large = shown.cloneNode();
    large.style.minWidth = `${shown.naturalWidth}px`; // in a narrow window: as drawn, and scrolled
    dialog.replaceChildren(button, hint, large);
    dialog.showModal();
    hint.hidden = dialog.scrollWidth <= dialog.clientWidth;
    dialog.scrollLeft = (dialog.scrollWidth - dialog.clientWidth) / 2; // the data, rather than its labels
  });

  // Each figure is in the file once; its thumbnail reuses it.
  for (const small of document.querySelectorAll(".thumb")) {
    const image = document.getElementById(`figure:${small.dataset.figure}`)?.querySelector("img");
    if (image) small.style.backgroundImage = `url("${image.src}")`;
  }
})();
