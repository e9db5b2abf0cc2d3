// The samples that changed, where the constants come from, notes, and what was measured where.

function drawSamples(report) {
  if (!isRecord(report.comparison)) return null;
  const comparison = report.comparison;
  const changed = record(comparison.changed_samples);
  const difference = figure(comparison.accuracy_difference);
  const [lost, won] = [number(changed.only_before_right), number(changed.only_after_right)];
  const p = number(comparison.mcnemar_p);
  const facts = definitions([
    ["became wrong", lost === null ? "" : plural(lost, "sample")],
    ["became right", won === null ? "" : plural(won, "sample")],
    [
      "McNemar's test",
      p === null ? "" : `p = ${p < 0.0001 ? p.toExponential(1).replace("-", "−") : short(p)}`
    ],
    [
      "difference",
      difference.value === null || difference.unit !== "proportion" ?
          "" :
          figureWithBadge(scaled(difference, 100, "points"))
    ],
    ["judged", accuracyRemark(comparison)],
  ]);
  const classes = classTable(comparison);
  return facts.childElementCount || classes ?
      section("Samples that changed", facts.childElementCount ? facts : null, classes) :
      null;
}

// Worst first: what was lost hides in the mean.
function classTable(comparison) {
  const rows = records(comparison.per_class).map((row) => {
    const [total, before, after] = [row.total, row.before_right, row.after_right].map(number);
    const difference =
        total > 0 && before !== null && after !== null ? (100 * (after - before)) / total : null;
    return {
      name: number(row.class) === null ? text(row.class) || "unknown" : String(row.class),
      total,
      before,
      after,
      difference
    };
  });
  if (rows.length === 0) return null;
  rows.sort((a, b) => (a.difference ?? Infinity) - (b.difference ?? Infinity));
  const right = (part, total) =>
      (part === null ? "unknown" : `${count(part)} (${percent(part, total) || "unknown"})`);
  return makeTable({
    caption: "Classes, the greatest loss first",
    captionShown: true,
    shown: 20,
    columns: [
      {title: "class"}, {title: "samples"}, {title: "before right"}, {title: "after right"},
      {title: "points"}
    ],
    rows: rows.map(
        (row) =>
            [row.name, count(row.total), right(row.before, row.total), right(row.after, row.total),
             row.difference === null ?
                 "unknown" :
                 `${row.difference > 0 ? "+" : ""}${withDecimals(row.difference, 1)}`]),
  });
}

function drawProvenance(report) {
  const rows = records(record(report.footprint).constants)
                   .map(
                       (constant) =>
                           [text(constant.name) || "unnamed",
                            number(constant.value) === null ? "unknown" : short(constant.value),
                            text(constant.unit), text(constant.source),
                            number(constant.year) === null ? "" : String(constant.year)]);
  if (rows.length === 0) return null;
  return section("Where the constants come from", makeTable({
                   caption: "Constants",
                   stack: true,
                   rows,
                   columns: [
                     {title: "constant"}, {title: "value"}, {title: "unit", words: true},
                     {title: "source", words: true}, {title: "year"}
                   ]
                 }));
}

// What a reader might look for and not find.
function missingParts(report, models) {
  const missing =
      [
        ["accuracy", models.some((model) => accuracyOf(model).value !== null)],
        ["latency", models.some((model) => records(model.latency).length > 0)],
        ["memory", models.some((model) => isRecord(model.memory))],
        ["energy", models.some((model) => isRecord(model.energy))],
        ["paired windows", records(report.experiments).length > 0],
        [
          "the energy of compressing",
          records(report.stages).some((stage) => figure(stage.energy).value !== null)
        ],
        ["the footprint", isRecord(report.footprint)],
      ].filter(([, present]) => !present)
          .map(([name]) => name);
  return missing.length ? `Not measured: ${missing.join(", ")}.` : "";
}

function drawNotes(report, models) {
  const notes = [...new Set(texts(report.notes)), missingParts(report, models)].filter(Boolean);
  return notes.length ?
      section("Notes", element("ul", {}, notes.map((note) => element("li", {}, note)))) :
      null;
}

function drawHost(report, models) {
  const host = record(report.host);
  const files = models.filter((model) => text(model.path) || text(model.sha256))
                    .map(
                        (model) => [
                            ["stage", "rival"].includes(model.role) || !model.name ||
                                    model.name === model.role ?
                                model.label :
                                `${model.label} (${model.name})`,
                            element("span", {class: "path"}, text(model.path)),
                            element("code", {class: "hash"}, text(model.sha256))]);
  const facts = definitions([
    ["processor", text(host.processor)],
    ["cores", number(host.cores) === null ? "" : count(host.cores)],
    ["instruction sets", texts(host.instruction_sets).join(", ")],
    ["system", text(host.system)],
    ["virtual machine", typeof host.virtual === "boolean" ? (host.virtual ? "yes" : "no") : ""],
    ["governor of the clock", text(host.governor)],
    ["seed", number(report.seed) === null ? "" : String(report.seed)],
    ["schema", text(report.schema)],
  ]);
  return section(
      "Where and what", facts,
      files.length ? makeTable({
        caption: "Files",
        captionShown: true,
        stack: true,
        rows: files,
        columns: [{title: "network"}, {title: "file", words: true}, {title: "SHA-256", words: true}]
      }) :
                     null);
}
