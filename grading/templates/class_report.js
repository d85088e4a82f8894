
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const ascending = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      sort(table.tBodies[0], place, head.classList.contains("number"), ascending);
    });
  });
}

function sort(body, place, numeric, ascending) {
  const key = (row) => row.cells[place].dataset.key ?? row.cells[place].textContent.trim();
  const compare = (a, b) => (numeric ? a - b : a.localeCompare(b, "en", { numeric: true }));
  const rows = [...body.rows].map((row) => [key(row), row]);
  const known = rows.filter(([value]) => value !== ""); // what is missing stays below, in either direction
  known.sort(([a], [b]) => (ascending ? compare(a, b) : compare(b, a)));
  body.append(...known.concat(rows.filter(([value]) => value === "")).map(([, row]) => row));
}
