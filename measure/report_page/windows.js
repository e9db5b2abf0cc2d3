// What every window of an experiment read, over time: power, temperature, clock.

// Windows in order, from second 0.
function readWindows(experiment) {
  const windows = records(experiment.windows)
                      .map((given) => ({
                             kind: text(given.kind),
                             side: text(given.side),
                             block: number(given.block),
                             rejected: text(given.rejected),
                             begin: number(given.begin),
                             seconds: number(given.seconds),
                             inferences: number(given.inferences),
                             joules: number(given.joules),
                             temperature: number(given.temperature),
                             megahertz: number(given.megahertz),
                           }))
                      .filter((given) => given.begin !== null && given.seconds > 0);
  const start = Math.min(...windows.map((given) => given.begin));
  return windows.map((given) => ({...given, begin: given.begin - start}));
}

function traceFigure(windows, sides) {
  const hasPower = windows.some((given) => given.joules !== null);
  const levelOf = hasPower ?
      (given) => (given.joules === null ? NaN : given.joules / given.seconds) :
      (given) => (given.inferences > 0 ? (1000 * given.seconds) / given.inferences : NaN);
  const read = windows.map((given) => ({...given, level: levelOf(given)}))
                   .filter((given) => Number.isFinite(given.level));
  if (read.length === 0) return null;
  const scale = scaleFor(hasPower ? "W" : "ms", read.map((given) => given.level));
  const title = hasPower ? "Power over time" : "Time of an inference, over time";
  const rejected = read.filter((given) => given.rejected).length;
  const nameOf =
      (given) => [given.kind, sides[given.side] || given.side].filter(Boolean).join(", ");
  return chartFigure({
    title,
    caption: joined(
        hasPower ? "A stroke a window, at its mean power." :
                   "No energy counter was read. A stroke a window.",
        rejected ? "Dashed with a cross: rejected." : "No window was rejected."),
    label: `${title}: ${plural(read.length, "window")}, ${count(rejected)} of them rejected, ` +
        `${fromTo(read.map((given) => given.level / scale.divisor), scale.unit)}.`,
    height: 320,
    build: () => traceChart(read, sides, scale, hasPower),
    table: makeTable({
      caption: title,
      columns: [
        {title: "begins, s"}, {title: "lasts, s"}, {title: "window", words: true}, {title: "block"},
        {title: hasPower ? "power" : "time"}, {title: "rejected", words: true}
      ],
      rows: read.map(
          (given) =>
              [withDecimals(given.begin, 1), withDecimals(given.seconds, 2), nameOf(given),
               given.block === null || given.block < 0 ? "" : count(given.block),
               withUnit(short(given.level / scale.divisor), scale.unit), given.rejected]),
    }),
  });
}

const overTime = (windows, most) => axis(
    "seconds since the first window",
    {min: 0, max: most ?? Math.max(...windows.map((given) => given.begin + given.seconds))});

function traceChart(read, sides, scale, hasPower) {
  const kinds = [
    ["idle", "idle", (given) => given.kind === "idle"],
    ["warm-up", "warm-up", (given) => given.kind === "warm-up"],
    [sides.before, "before", (given) => given.kind === "work" && given.side === "before"],
    [sides.after, "after", (given) => given.kind === "work" && given.side === "after"],
  ];
  const strokes = (chosen) => chosen.flatMap((given) => {
    const y = given.level / scale.divisor;
    return [
      {x: given.begin, y}, {x: given.begin + given.seconds, y},
      {x: given.begin + given.seconds, y: null}
    ];
  });
  const stroke = (label, tint, data, extra = {}) => ({
    type: "line",
    label,
    data,
    borderColor: colour(tint),
    backgroundColor: colour(tint),
    borderWidth: 4,
    pointRadius: 0,
    pointHitRadius: 4,
    pointStyle: "line",
    spanGaps: false,
    ...extra
  });
  const datasets = kinds.map(
      ([label, tint, belongs]) =>
          stroke(label, tint, strokes(read.filter((given) => belongs(given) && !given.rejected))));
  const rejected = read.filter((given) => given.rejected);
  for (const [name, tint, belongs] of kinds) {
    const label = read.some((given) => belongs(given) && !given.rejected) ? "" : name;
    datasets.push(stroke(
        label, tint, strokes(rejected.filter(belongs)), {borderWidth: 2, borderDash: [3, 3]}));
  }
  datasets.push({
    type: "scatter",
    label: "rejected",
    pointStyle: "crossRot",
    pointRadius: 5,
    borderWidth: 2,
    borderColor: colour("rejected"),
    data: rejected.map(
        (given) => ({x: given.begin + given.seconds / 2, y: given.level / scale.divisor}))
  });
  const levels = read.map((given) => given.level / scale.divisor);
  const room = range(levels);
  return configuration("scatter", datasets.filter((dataset) => dataset.data.length > 0), {
    x: overTime(read),
    y: axis(
        hasPower ? `power (${scale.unit})` : `time of an inference (${scale.unit})`,
        {min: Math.min(...levels) >= 0 ? 0 : room.min, max: room.max}),
  });
}

// Temperature or clock at the end of each window.
function stripFigure(windows, key, name, unit) {
  const points = windows.filter((given) => given[key] !== null)
                     .map((given) => ({x: given.begin + given.seconds, y: given[key]}));
  if (points.length === 0) return null;
  const levels = points.map((point) => point.y);
  return chartFigure({
    title: name,
    height: 170,
    label: `${name} at the end of each window, ${fromTo(levels, unit)}.`,
    build: () => configuration(
        "scatter", [{
          type: "line",
          label: name,
          data: points,
          borderColor: colour("strip"),
          backgroundColor: colour("strip"),
          borderWidth: 2,
          pointRadius: 2,
          clip: false
        }],
        {x: overTime(windows), y: axis(unit, range(levels))}, {legend: false}),
    table: makeTable({
      caption: name,
      columns: [{title: "second"}, {title: unit}],
      rows: points.map((point) => [withDecimals(point.x, 1), short(point.y)])
    }),
  });
}
