// Experiments: paired windows of two networks. The ratio of each block, and what every window read.

function drawExperiments(report) {
  const experiments = records(report.experiments);
  return section("Paired windows", experiments.map((experiment) => drawExperiment(experiment, record(report.comparison))));
}

function drawExperiment(experiment, comparison) {
  const sides = { before: text(experiment.before) || "before", after: text(experiment.after) || "after" };
  // The comparison's ratios are those of the network after against the one before.
  const ratioOf = (key) => figure(sides.before === "before" && sides.after === "after" ? comparison[key] : null);
  const windows = readWindows(experiment);
  const notes = texts(experiment.notes);
  return element("div", { class: "experiment" },
    element("h3", {}, `${sides.after} against ${sides.before}`),
    definitions(experimentFacts(experiment)),
    element("div", { class: "pair" },
      ratioFigure(experiment, "seconds", "Time", ratioOf("latency_ratio")),
      ratioFigure(experiment, "joules", "Energy", ratioOf("energy_ratio"))),
    windows.length ? traceFigure(windows, sides) : null,
    element("div", { class: "pair" },
      stripFigure(windows, "temperature", "Temperature", "°C"), stripFigure(windows, "megahertz", "Clock", "MHz")),
    notes.length ? element("ul", {}, notes.map((note) => element("li", {}, note))) : null);
}

function experimentFacts(experiment) {
  const blocks = record(experiment.blocks);
  const width = number(experiment.half_width);
  const step = number(experiment.step_seconds);
  const disagree = number(experiment.counters_disagree);
  const reasons = numbersOf(experiment.rejected).map(([reason, times]) => `${reason} (${count(times)})`);
  return [
    ["result", typeof experiment.conclusive === "boolean" ? (experiment.conclusive ? "conclusive" : "inconclusive") : ""],
    ["half-width of the interval", width === null ? "" : withUnit(short(100 * width), "%")],
    ["blocks", [[blocks.kept, "kept"], [blocks.rejected_outside, "rejected for a disturbed window"],
                [blocks.rejected_discord, "rejected for discord"]]
      .filter(([value]) => number(value) !== null).map(([value, name]) => `${count(value)} ${name}`).join(", ")],
    ["windows rejected", reasons.join(", ")],
    ["step of the energy counter", step === null ? "" : figureLine(figure({ value: step, unit: "s" }))],
    ["windows where two counters disagree", disagree === null ? "" : count(disagree)],
  ];
}

// --- The ratio of each block.

function ratioFigure(experiment, key, name, mean) {
  const ratios = records(experiment.ratios).map((ratio, i) => ({
    block: number(ratio.block) ?? i, value: number(ratio[key]), kept: ratio.kept !== false,
  })).filter((ratio) => ratio.value !== null);
  if (ratios.length === 0) return null;
  const title = `${name}, after / before`;
  const band = mean.value !== null && mean.interval ? mean : null;
  const kept = ratios.filter((ratio) => ratio.kept).length;
  const ends = ratioEnds(ratios, band);
  return chartFigure({
    title,
    caption: [`A dot a block.`, band ? `Line and band: ${figureLine(band, kTimes)}, 95% interval.` : "",
              ends.includes(1) ? "" : `A ratio of 1, as before, lies ${1 > Math.max(...ends) ? "above" : "below"} the chart.`,
              kept < ratios.length ? "Crosses: blocks that were rejected." : ""].filter(Boolean).join(" "),
    label: `${title}, for ${plural(ratios.length, "block")}, ${count(kept)} of them kept, from ` +
      `${short(Math.min(...ratios.map((ratio) => ratio.value)))} to ${short(Math.max(...ratios.map((ratio) => ratio.value)))}` +
      `${band ? `; in all ${figureLine(band, kTimes)}` : ""}.`,
    height: 270,
    build: () => ratioChart(ratios, band, key === "seconds" ? "after" : "total"),
    table: makeTable({ caption: title, columns: [{ title: "block" }, { title: "ratio" }, { title: "kept", words: true }],
                       rows: ratios.map((ratio) => [count(ratio.block), short(ratio.value), ratio.kept ? "yes" : "rejected"]) }),
  });
}

function ratioChart(ratios, band, tint) {
  const blocks = ratios.map((ratio) => ratio.block);
  const [first, last] = [Math.min(...blocks) - 0.5, Math.max(...blocks) + 0.5];
  const level = (value) => [{ x: first, y: value }, { x: last, y: value }];
  const line = (label, value, extra) => ({ type: "line", label, data: level(value), pointRadius: 0, pointHitRadius: 0,
                                           pointStyle: "line", borderWidth: 1.5, order: 2, ...extra });
  const dots = (label, kept, style) => ({
    label, data: ratios.filter((ratio) => ratio.kept === kept).map((ratio) => ({ x: ratio.block, y: ratio.value })),
    pointRadius: 5, borderWidth: 2, order: 0, ...style });
  const datasets = [dots("block", true, { backgroundColor: colour(tint), borderColor: colour(tint), pointStyle: "circle" })];
  if (ratios.some((ratio) => !ratio.kept)) {
    datasets.push(dots("rejected block", false, { borderColor: colour("rejected"), pointStyle: "crossRot" }));
  }
  if (ratioEnds(ratios, band).includes(1)) datasets.push(line("as before", 1, { borderColor: colour("muted"), borderDash: [5, 5] }));
  if (band) {
    datasets.push(line("mean", band.value, { borderColor: colour(tint) }),
                  line("", band.interval[0], { borderWidth: 0, fill: "+1", backgroundColor: faint(tint) }),
                  line("", band.interval[1], { borderWidth: 0 }));
  }
  return configuration("scatter", datasets, {
    x: axis("block", { min: first, max: last, ticks: { precision: 0, stepSize: blocks.length <= 16 ? 1 : undefined,
      callback: (value) => (Number.isInteger(value) ? String(value) : "") }, afterBuildTicks: wholeTicks }),
    y: axis("after / before", range(ratioEnds(ratios, band))),
  });
}

// What the ratios' scale must hold: "as before" only where that leaves room to tell the dots apart.
function ratioEnds(ratios, band) {
  const ends = [...ratios.map((ratio) => ratio.value), ...(band ? band.interval : [])];
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const room = 2 * (most - least);
  return 1 > most + room || 1 < least - room ? ends : [1, ...ends];
}

function wholeTicks(scale) {
  const step = Math.max(1, Math.ceil((scale.max - scale.min) / 12));
  scale.ticks = [];
  for (let value = Math.ceil(scale.min); value <= scale.max; value += step) scale.ticks.push({ value });
}

// --- What every window read, over time.

// Windows in order, from second 0.
function readWindows(experiment) {
  const windows = records(experiment.windows).map((given) => ({
    kind: text(given.kind), side: text(given.side), block: number(given.block), rejected: text(given.rejected),
    begin: number(given.begin), seconds: number(given.seconds), inferences: number(given.inferences),
    joules: number(given.joules), temperature: number(given.temperature), megahertz: number(given.megahertz),
  })).filter((given) => given.begin !== null && given.seconds > 0);
  const start = Math.min(...windows.map((given) => given.begin));
  return windows.map((given) => ({ ...given, begin: given.begin - start }));
}

function traceFigure(windows, sides) {
  const hasPower = windows.some((given) => given.joules !== null);
  const levelOf = hasPower ? (given) => (given.joules === null ? null : given.joules / given.seconds)
                           : (given) => (given.inferences > 0 ? (1000 * given.seconds) / given.inferences : null);
  const read = windows.map((given) => ({ ...given, level: levelOf(given) })).filter((given) => given.level !== null);
  if (read.length === 0) return null;
  const scale = scaleFor(hasPower ? "W" : "ms", read.map((given) => given.level));
  const title = hasPower ? "Power over time" : "Time of an inference, over time";
  const rejected = read.filter((given) => given.rejected).length;
  const nameOf = (given) => [given.kind, sides[given.side] || given.side].filter(Boolean).join(", ");
  return chartFigure({
    title,
    caption: [hasPower ? "A stroke a window, at its mean power." : "No energy counter was read. A stroke a window.",
              rejected ? "Dashed with a cross: rejected." : "No window was rejected."].join(" "),
    label: `${title}: ${plural(read.length, "window")}, ${count(rejected)} of them rejected, from ` +
      `${withUnit(short(Math.min(...read.map((given) => given.level)) / scale.divisor), scale.unit)} to ` +
      `${withUnit(short(Math.max(...read.map((given) => given.level)) / scale.divisor), scale.unit)}.`,
    height: 320,
    build: () => traceChart(read, sides, scale, hasPower),
    table: makeTable({
      caption: title,
      columns: [{ title: "begins, s" }, { title: "lasts, s" }, { title: "window", words: true }, { title: "block" },
                { title: hasPower ? "power" : "time" }, { title: "rejected", words: true }],
      rows: read.map((given) => [withDecimals(given.begin, 1), withDecimals(given.seconds, 2), nameOf(given),
        given.block === null || given.block < 0 ? "" : count(given.block),
        withUnit(short(given.level / scale.divisor), scale.unit), given.rejected]),
    }),
  });
}

const overTime = (windows, most) => axis("seconds since the first window", {
  min: 0, max: most ?? Math.max(...windows.map((given) => given.begin + given.seconds)) });

function traceChart(read, sides, scale, hasPower) {
  const kinds = [
    ["idle", "idle", (given) => given.kind === "idle"], ["warm-up", "warm-up", (given) => given.kind === "warm-up"],
    [sides.before, "before", (given) => given.kind === "work" && given.side === "before"],
    [sides.after, "after", (given) => given.kind === "work" && given.side === "after"],
  ];
  const strokes = (chosen) => chosen.flatMap((given) => {
    const y = given.level / scale.divisor;
    return [{ x: given.begin, y }, { x: given.begin + given.seconds, y }, { x: given.begin + given.seconds, y: null }];
  });
  const stroke = (label, tint, data, extra = {}) => ({
    type: "line", label, data, borderColor: colour(tint), backgroundColor: colour(tint), borderWidth: 4,
    pointRadius: 0, pointHitRadius: 4, pointStyle: "line", spanGaps: false, ...extra });
  const datasets = kinds.map(([label, tint, belongs]) =>
    stroke(label, tint, strokes(read.filter((given) => belongs(given) && !given.rejected))));
  const rejected = read.filter((given) => given.rejected);
  for (const [label, tint, belongs] of kinds) {
    datasets.push(stroke("", tint, strokes(rejected.filter(belongs)), { borderWidth: 2, borderDash: [3, 3] }));
  }
  datasets.push({ type: "scatter", label: "rejected", pointStyle: "crossRot", pointRadius: 5, borderWidth: 2,
                  borderColor: colour("rejected"),
                  data: rejected.map((given) => ({ x: given.begin + given.seconds / 2, y: given.level / scale.divisor })) });
  const levels = read.map((given) => given.level / scale.divisor);
  const room = range(levels);
  return configuration("scatter", datasets.filter((dataset) => dataset.data.length > 0), {
    x: overTime(read),
    y: axis(hasPower ? `power (${scale.unit})` : `time of an inference (${scale.unit})`,
            { min: Math.min(...levels) >= 0 ? 0 : room.min, max: room.max }),
  });
}

// Temperature or clock at the end of each window.
function stripFigure(windows, key, name, unit) {
  const points = windows.filter((given) => given[key] !== null)
    .map((given) => ({ x: given.begin + given.seconds, y: given[key] }));
  if (points.length === 0) return null;
  const levels = points.map((point) => point.y);
  return chartFigure({
    title: name, height: 170,
    label: `${name} at the end of each window, from ${short(Math.min(...levels))} to ${short(Math.max(...levels))} ${unit}.`,
    build: () => configuration("scatter", [{
      type: "line", label: name, data: points, borderColor: colour("strip"), backgroundColor: colour("strip"),
      borderWidth: 2, pointRadius: 2 }], { x: overTime(windows), y: axis(unit, range(levels)) }, { legend: false }),
    table: makeTable({ caption: name, columns: [{ title: "second" }, { title: unit }],
                       rows: points.map((point) => [withDecimals(point.x, 1), short(point.y)]) }),
  });
}
