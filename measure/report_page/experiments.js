// Experiments: paired windows of two networks, and the ratio of each block.

function drawExperiments(report, models) {
  const experiments = records(report.experiments);
  return section(
      "Paired windows",
      experiments.map((experiment) => drawExperiment(experiment, report, models)));
}

function drawExperiment(experiment, report, models) {
  const comparison = record(report.comparison);
  const reportNotes = texts(report.notes);
  const [before, after] = ["before", "after"].map((side) => {
    const model = models.find(({name}) => name !== "" && name === experiment[side]);
    return {label: model ? model.label : text(experiment[side]) || side, role: model && model.role};
  });
  const sides = {before: before.label, after: after.label};
  // The comparison's ratios are those of the network after against the one before.
  const isTheirs = before.role === "before" && after.role === "after";
  const ratioOf = (key) => figure(isTheirs ? comparison[key] : null);
  const windows = readWindows(experiment);
  const notes = [...new Set(texts(experiment.notes))].filter((note) => !reportNotes.includes(note));
  const facts = definitions(experimentFacts(experiment));
  const parts = [
    facts.childElementCount ? facts : null,
    pair(
        ratioFigure(experiment, "seconds", "Time", ratioOf("latency_ratio")),
        ratioFigure(experiment, "joules", "Energy", ratioOf("energy_ratio"))),
    traceFigure(windows, sides),
    pair(
        stripFigure(windows, "temperature", "Temperature", "°C"),
        stripFigure(windows, "megahertz", "Clock", "MHz")),
    notes.length ? element("ul", {}, notes.map((note) => element("li", {}, note))) : null,
  ].filter(Boolean);
  return parts.length ? element(
                            "div", {class: "experiment"},
                            element("h3", {}, `${sides.after} against ${sides.before}`), parts) :
                        null;
}

// Side by side where there is room.
const pair = (...figures) =>
    (figures.some(Boolean) ? element("div", {class: "pair"}, figures) : null);

function experimentFacts(experiment) {
  const blocks = record(experiment.blocks);
  const width = blocks.kept === 0 ? null : number(experiment.half_width);
  const step = number(experiment.step_seconds);
  const disagree = number(experiment.counters_disagree);
  const reasons =
      numbersOf(experiment.rejected).map(([reason, times]) => `${reason} (${count(times)})`);
  return [
    [
      "result",
      typeof experiment.conclusive === "boolean" ?
          (experiment.conclusive ? "conclusive" : "inconclusive") :
          ""
    ],
    ["half-width of the interval", width === null ? "" : withUnit(short(100 * width), "%")],
    [
      "blocks",
      [
        [blocks.kept, "kept"], [blocks.rejected_outside, "rejected for a disturbed window"],
        [blocks.rejected_discord, "rejected for discord"]
      ].filter(([value]) => number(value) !== null)
          .map(([value, name]) => `${count(value)} ${name}`)
          .join(", ")
    ],
    ["windows rejected", reasons.join(", ")],
    [
      "step of the energy counter",
      step === null ? "" : figureLine(figure({value: step, unit: "s"}))
    ],
    ["windows where two counters disagree", disagree === null ? "" : count(disagree)],
  ];
}

// --- The ratio of each block.

function ratioFigure(experiment, key, name, mean) {
  const ratios = records(experiment.ratios)
                     .map((ratio, i) => ({
                            block: number(ratio.block) ?? i,
                            value: number(ratio[key]),
                            kept: ratio.kept !== false,
                          }))
                     .filter((ratio) => ratio.value !== null);
  if (ratios.length === 0) return null;
  const title = `${name}, after / before`;
  const band = mean.value !== null && mean.interval ? mean : null;
  const kept = ratios.filter((ratio) => ratio.kept).length;
  const ends = ratioEnds(ratios, band);
  const beyond = Math.max(...ends) < 1 ? "above" : "below";
  return chartFigure({
    title,
    caption: joined(
        "A dot a block.", band && `Line and band: ${figureLine(band, kTimes)}, 95% interval.`,
        !ends.includes(1) && `A ratio of 1, as before, lies ${beyond} the chart.`,
        kept < ratios.length && "Crosses: blocks that were rejected."),
    label: `${title}, for ${plural(ratios.length, "block")}, ${count(kept)} of them kept, ` +
        fromTo(ratios.map((ratio) => ratio.value), "") +
        `${band ? `; in all ${figureLine(band, kTimes)}` : ""}.`,
    height: 270,
    build: () => ratioChart(ratios, band, key === "seconds" ? "after" : "total"),
    table: makeTable({
      caption: title,
      columns: [{title: "block"}, {title: "ratio"}, {title: "kept", words: true}],
      rows: ratios.map(
          (ratio) => [count(ratio.block), short(ratio.value), ratio.kept ? "yes" : "rejected"])
    }),
  });
}

function ratioChart(ratios, band, tint) {
  const blocks = ratios.map((ratio) => ratio.block);
  const [first, last] = [Math.min(...blocks) - 0.5, Math.max(...blocks) + 0.5];
  const level = (value) => [{x: first, y: value}, {x: last, y: value}];
  const line = (label, value, extra) => ({
    type: "line",
    label,
    data: level(value),
    pointRadius: 0,
    pointHitRadius: 0,
    pointStyle: "line",
    borderWidth: 1.5,
    order: 2,
    ...extra
  });
  const dots = (label, kept, style) => ({
    label,
    data: ratios.filter((ratio) => ratio.kept === kept)
              .map((ratio) => ({x: ratio.block, y: ratio.value})),
    pointRadius: 5,
    borderWidth: 2,
    order: 0,
    ...style
  });
  const datasets = [dots(
      "block", true,
      {backgroundColor: colour(tint), borderColor: colour(tint), pointStyle: "circle"})];
  if (ratios.some((ratio) => !ratio.kept)) {
    datasets.push(
        dots("rejected block", false, {borderColor: colour("rejected"), pointStyle: "crossRot"}));
  }
  if (ratioEnds(ratios, band).includes(1))
    datasets.push(line("as before", 1, {borderColor: colour("muted"), borderDash: [5, 5]}));
  if (band) {
    datasets.push(
        line("mean", band.value, {borderColor: colour(tint)}),
        line("", band.interval[0], {borderWidth: 0, fill: "+1", backgroundColor: faint(tint)}),
        line("", band.interval[1], {borderWidth: 0}));
  }
  return configuration("scatter", datasets, {
    x: axis("block", {
      min: first,
      max: last,
      ticks: {
        precision: 0,
        stepSize: blocks.length <= 16 ? 1 : undefined,
        callback: (value) => (Number.isInteger(value) ? String(value) : "")
      },
      afterBuildTicks: wholeTicks
    }),
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
  for (let value = Math.ceil(scale.min); value <= scale.max; value += step)
    scale.ticks.push({value});
}
