// The verdict, the few figures that carry it, and the table of all networks.

function drawHeader(report, models) {
  const comparison = record(report.comparison);
  const verdict = text(comparison.verdict) ||
      (models.length === 1 ? "One network was measured; nothing was compared." :
                             "No verdict: nothing was compared.");
  const subject = models.map((model) => model.name)
                      .find((name) => name !== "" && name !== "before" && name !== "after");
  return [
    element(
        "p", {class: "kind"}, "gcompress report",
        subject && models.length === 1 ? `: ${subject}` : null),
    element("h1", {}, verdict),
    report.comparison ? drawTiles(comparison, models) : null,
  ];
}

const roleOf = (models, role) => models.find((model) => model.role === role);

// A ratio, as a tile: its value, its interval and what it says.
function tile(name, given, scale, remark) {
  const {main, interval} = figureText(given, scale);
  return element(
      "div", {class: "tile"}, element("dt", {}, name),
      element(
          "dd", {}, element("span", {class: given.value === null ? "big missing" : "big"}, main),
          interval ? element("span", {class: "interval"}, ` ${interval}`) : null,
          element(
              "span", {class: "remark"}, remark, " ",
              given.value === null ? null : badge(given.provenance))));
}

function drawTiles(comparison, models) {
  const difference = figure(comparison.accuracy_difference);
  const isShare = difference.unit === "proportion";
  const tiles = [tile(
      isShare ? "Accuracy, after − before" : `${difference.unit || "Accuracy"}, after − before`,
      isShare ? scaled(difference, 100, "points") : difference,
      {divisor: 1, unit: isShare ? "points" : ""}, accuracyRemark(comparison))];
  const [before, after] =
      ["before", "after"].map((role) => record(record(roleOf(models, role)).sizes));
  const outside =
      number(before.parameters_outside_target) || 0;  // on neither side, as in the verdict
  const [all, kept] = [number(before.parameters), number(after.parameters_nonzero)];
  if (all > outside && kept !== null) {
    tiles.push(tile(
        "Nonzero parameters", counted((100 * (kept - outside)) / (all - outside), "%"),
        {divisor: 1, unit: "%", decimals: 1},
        `${count(kept - outside)} of ${count(all - outside)}`));
  }
  for (const [name, key] of [
           ["Latency", "latency_ratio"], ["Energy", "energy_ratio"],
           ["Marginal energy", "marginal_energy_ratio"]]) {
    const ratio = figure(comparison[key]);
    if (ratio.value === null && key === "marginal_energy_ratio") continue;
    tiles.push(tile(`${name}, after / before`, ratio, kTimes, ratioRemark(ratio)));
  }
  return element("dl", {class: "tiles"}, tiles);
}

function accuracyRemark(comparison) {
  const verdict = text(comparison.accuracy_verdict);
  const margin = number(comparison.margin);
  return verdict && margin !== null ? `${verdict}, margin ${short(100 * margin)} points` : verdict;
}

function ratioRemark(ratio) {
  if (ratio.value === null) return "";
  if (!ratio.interval) return "no interval known";
  const [low, high] = ratio.interval;
  return high < 1 ? "less than before" : low > 1 ? "more than before" : "no difference shown";
}

// --- The table: a row a figure, a column a network.

// A row of figures in one scale. The badge stands beside the row's name where all figures agree.
function figureRow(key, name, figures, {scale, note} = {}) {
  const known = figures.filter((given) => given.value !== null);
  const kLongestUnit = 6;
  let common =
      scale || scaleFor(known.length ? known[0].unit : "", known.map((given) => given.value));
  if (common.unit.length > kLongestUnit) {  // once beside the name instead of in every cell
    name = `${name}, ${common.unit}`;
    common = {...common, unit: ""};
  }
  const provenances = new Set(known.map((given) => given.provenance));
  const agree = provenances.size === 1;
  const cells = figures.map((given, i) => {
    const node = (agree ? figureNode : figureWithBadge)(given, common);
    return note && note(i) ? element("span", {}, node, element("span", {class: "share"}, note(i))) :
                             node;
  });
  return {
    key,
    cells: [element("span", {}, name, " ", agree ? badge([...provenances][0]) : null), ...cells]
  };
}

// Sizes are counted; each is shown with its share of the first network's `whole`.
function sizeRow(models, key, name, {whole = key, missing = "not measured"} = {}) {
  const figures = models.map((model) => counted(record(model.sizes)[key], ""));
  const all = number(record(models[0].sizes)[whole]);
  const row = figureRow(key, name, figures, {
    scale: {divisor: 1, unit: "", decimals: 0},
    note: (i) => all > 0 && figures[i].value !== null && figures[i].value !== all ?
        percent(figures[i].value, all) :
        "",
  });
  row.cells.forEach((cell, i) => {
    if (i > 0 && figures[i - 1].value === null) cell.textContent = missing;
  });
  return row;
}

function optionalRow(key, name, values, show) {
  return values.some((value) => value !== null) ?
      [{key, cells: [name, ...values.map((value) => (value === null ? "" : show(value)))]}] :
      [];
}

function accuracyRows(models) {
  const measured = models.filter((model) => accuracyOf(model).value !== null);
  const figures = models.map(accuracyOf);
  const first = figures.find((given) => given.value !== null);
  const counts = models.map((model) => {
    const {correct, total} = record(model.accuracy);
    return number(correct) !== null && number(total) !== null ?
        `${count(correct)} of ${count(total)}` :
        "";
  });
  const extra = (key) => models.map((model) => number(record(model.accuracy)[key]));
  return [
    figureRow(
        "accuracy", measured.length ? `accuracy (${metricOf(measured[0])})` : "accuracy", figures,
        {scale: accuracyScale(first || figure(null)), note: (i) => counts[i]}),
    ...optionalRow("top5", "top5", extra("top5"), (value) => withUnit(plain(100 * value, 2), "%")),
    ...optionalRow(
        "cell_accuracy", "cells right", extra("cell_accuracy"),
        (value) => withUnit(plain(100 * value, 3), "%")),
    ...optionalRow(
        "neighbourhoods_right", "of all 512 neighbourhoods",
        models.map((model) => number(model.neighbourhoods_right)),
        (value) => `${count(value)} right`),
    ...optionalRow(
        "agreement", "same answer as before",
        models.map((model) => number(record(model.agreement).same_answer)),
        (value) => withUnit(plain(100 * value, 2), "%")),
  ];
}

// "onnxruntime 1.22 float, batch 1, 2 threads"
function runtimeText(entry) {
  const parts = [
    [text(entry.executor), text(entry.version), text(entry.precision)].filter(Boolean).join(" ")
  ];
  if (number(entry.batch) !== null) parts.push(`batch ${count(entry.batch)}`);
  if (number(entry.threads) !== null) parts.push(plural(entry.threads, "thread"));
  return parts.filter(Boolean).join(", ");
}

const kHeadlineHint =
    "In brackets: 95% intervals. An estimate is given as its range under its assumptions. Below " +
    "an accuracy: how many samples were right. Below a size: its share of the first network's; " +
    "for packed bytes, of its dense bytes. Marginal energy is what idling would not have taken.";

function drawHeadline(models) {
  if (models.length === 0) return null;
  const timed = models.map(latencyOf);
  const latency = (key) => timed.map((entry) => figure(entry[key]));
  const largest = latency("median").map((given) => given.value);
  const unit = (latency("median").find((given) => given.value !== null) || {unit: "ms"}).unit;
  const latencyScale = scaleFor(unit, largest);
  const outside =
      models.map((model) => number(record(model.sizes).parameters_outside_target) || null);
  const rows = [
    ...accuracyRows(models),
    sizeRow(models, "parameters", "parameters"),
    sizeRow(models, "parameters_nonzero", "nonzero parameters"),
    ...optionalRow("parameters_outside_target", "outside the target", outside, count),
    sizeRow(models, "dense_bytes", "dense bytes"),
    sizeRow(models, "packed_bytes", "packed bytes", {whole: "dense_bytes", missing: "not packed"}),
    sizeRow(models, "flops", "FLOPs, dense"),
    sizeRow(models, "flops_nonzero", "FLOPs, nonzero"),
    ...optionalRow(
        "runtime", "run by", timed.map((entry) => runtimeText(entry) || null),
        (value) => element("span", {class: "runtime"}, value)),
    figureRow("latency_median", "latency, median", latency("median"), {scale: latencyScale}),
    figureRow("latency_p90", "latency, p90", latency("p90"), {scale: latencyScale}),
    figureRow("latency_p99", "latency, p99", latency("p99"), {scale: latencyScale}),
    figureRow("throughput", "throughput", latency("throughput")),
    figureRow("memory_peak", "memory, peak", models.map((model) => memoryOf(model, "peak"))),
    figureRow("cold_start", "cold start", models.map((model) => memoryOf(model, "cold_start"))),
    figureRow(
        "energy_per_inference", "energy per inference",
        models.map((model) => energyOf(model, "per_inference"))),
    figureRow(
        "energy_marginal", "marginal energy", models.map((model) => energyOf(model, "marginal"))),
  ];
  const table = makeTable({
    caption: "Networks compared",
    stack: true,
    shown: rows.length,
    columns: [
      {title: ""},
      ...models.map((model) => ({
                      title: model.label,
                      head: element("span", {class: `network ${model.colour}`}, model.label),
                    }))
    ],
    rows: rows.map((row) => row.cells),
  });
  table.querySelector("table").classList.add("headline");
  table.querySelectorAll("tbody tr")
      .forEach((tr, i) => tr.setAttribute("data-figure", rows[i].key));
  return section(
      "Before, after and rivals", table, element("p", {class: "hint"}, kHeadlineHint),
      ...latencyDetails(models));
}

// Every batch size, where more than the headline's was timed.
function latencyDetails(models) {
  const rows = models.flatMap(
      (model) => records(model.latency)
                     .map(
                         (entry) =>
                             [model.label, runtimeText(entry),
                              ...["median", "p90", "p99", "throughput"].map(
                                  (key) => figureNode(figure(entry[key])))]));
  if (rows.length <= models.length) return [];
  return [disclosure("Latency at every batch size", makeTable({
                       caption: "Latency at every batch size",
                       columns: [
                         {title: "network"}, {title: "run by", words: true}, {title: "median"},
                         {title: "p90"}, {title: "p99"}, {title: "throughput"}
                       ],
                       rows
                     }))];
}
