// Sorting and filtering of a list that the service has already rendered, and printing. Without it the pages work too.
"use strict";

function sortable(table) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const falling = head.getAttribute("aria-sort") === "ascending" || (!head.hasAttribute("aria-sort") && head.dataset.sort === "number");
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      const sign = falling ? -1 : 1;
      const key = (row) => head.dataset.sort === "number" ? Number(row.cells[place].dataset.value) : row.cells[place].textContent.trim();
      const compare = head.dataset.sort === "number" ? (a, b) => a - b : (a, b) => a.localeCompare(b);
      body.append(...[...body.rows].sort((a, b) => sign * compare(key(a), key(b))));
    });
  });
}

function filterable(filters, table) {
  const rows = [...table.tBodies[0].rows];
  const texts = new Map(rows.map((row) => [row, `${row.textContent} ${row.dataset.called}`.toLowerCase()]));
  const find = filters.querySelector("input");
  const choices = [...filters.querySelectorAll("[data-filter]")];
  const shown = filters.querySelector("[data-shown]");
  const apply = () => {
    const words = find.value.trim().toLowerCase();
    for (const row of rows) {
      const chosen = choices.every((choice) => !choice.value || row.dataset[choice.dataset.filter] === choice.value);
      row.hidden = !(chosen && texts.get(row).includes(words));
    }
    shown.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} shown`;
  };
  filters.addEventListener("input", apply);
  filters.hidden = false;
  apply();
}

for (const table of document.querySelectorAll("[data-sortable]")) sortable(table);
for (const filters of document.querySelectorAll("[data-filters]")) filterable(filters, document.querySelector("[data-sortable]"));
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
