// Building the document. Strings always become text nodes: no text of the report is read as HTML.
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(
      ...children.flat(2).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

let lastId = 0;
const newId = (prefix) => `${prefix}-${++lastId}`;

const kProvenanceHelp = {
  measured: "measured in this run, or counted",
  estimated: "computed from assumptions, not measured",
  quoted: "taken from elsewhere",
};
const badge = (provenance) => provenance ?
    element(
        "span", {class: `badge ${provenance}`, title: kProvenanceHelp[provenance]}, provenance) :
    null;

// A figure's text in a <data> element that carries the exact value.
function figureNode(given, scale) {
  const {main, interval} = figureText(given, scale);
  if (given.value === null) return element("span", {class: "missing"}, main);
  return element(
      "span", {}, element("data", {value: given.value}, main),
      interval ? element("span", {class: "interval"}, ` ${interval}`) : null);
}
const figureWithBadge = (given, scale) => element(
    "span", {}, figureNode(given, scale), " ",
    given.value === null ? null : badge(given.provenance));

// A table with a caption. columns: [{title, words}], words for those that hold text; rows: lists of
// strings or nodes, the first one heading its row. At most `shown` rows are open, the rest one
// click away. Explicit roles, because stacked cells on a phone lose the implied ones.
function makeTable({caption, columns, rows, shown = 40, stack = false, captionShown = false}) {
  const cellOf = (column, cell, first) => element(
      first ? "th" : "td", {
        role: first ? "rowheader" : "cell",
        scope: first ? "row" : null,
        "data-column": column.title,
        class: column.words || first ? "words" : "number"
      },
      cell);
  const headOf = () => element(
      "thead", {role: "rowgroup"},
      element(
          "tr", {role: "row"},
          columns.map(
              (column, i) => element(
                  "th", {
                    role: "columnheader",
                    scope: "col",
                    class: column.words || i === 0 ? "words" : "number"
                  },
                  column.head ?? column.title))));
  const tableOf = (part, name) => {
    const table = element(
        "table", {
          role: "table",
          class: joined(
              stack && "stack", !stack && columns.length <= 3 && "small",
              part.length <= 10 && "whole")
        },
        element("caption", {class: captionShown ? null : "hidden"}, name), headOf(),
        element(
            "tbody", {role: "rowgroup"},
            part.map(
                (row) => element(
                    "tr", {role: "row"},
                    row.map((cell, i) => cellOf(columns[i], cell, i === 0))))));
    return element("div", {class: "scroll", role: "region", "aria-label": name}, table);
  };
  if (rows.length <= shown + 5) return tableOf(rows, caption);
  const more = disclosure(
      `${count(rows.length - shown)} more rows`,
      tableOf(rows.slice(shown), `${caption}, continued`));
  more.classList.add("printed");
  return element("div", {}, tableOf(rows.slice(0, shown), caption), more);
}

const disclosure = (summary, ...children) =>
    element("details", {}, element("summary", {}, summary), children);

// Names and values.
const definitions = (pairs) => element(
    "dl", {},
    pairs.filter(([, value]) => value !== "" && value !== null)
        .map(([name,
               value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));

// What can be scrolled sideways must be reachable by keyboard, and only that.
function markScrollable() {
  for (const region of document.querySelectorAll(".scroll")) {
    if (region.scrollWidth > region.clientWidth + 1)
      region.setAttribute("tabindex", "0");
    else
      region.removeAttribute("tabindex");
  }
}

// A section with a heading that the navigation leads to. Contents that are null are left out; a
// section without any is null itself.
function section(title, ...contents) {
  const present = contents.flat(2).filter((content) => content !== null && content !== undefined);
  if (present.length === 0) return null;
  const id = newId("section");
  return element("section", {"aria-labelledby": id}, element("h2", {id}, title), present);
}

const paragraph = (...children) => element("p", {}, children);

// A control under its name.
function labelled(name, control) {
  const label = element("label", {}, name);
  label.htmlFor = control.id;
  return element("div", {}, label, control);
}
