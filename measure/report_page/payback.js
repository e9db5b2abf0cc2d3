// What compressing took, and after how many inferences that is paid back.

function drawBreakEven(report) {
  const given = record(report.comparison).break_even;
  if (!isRecord(given)) return null;
  const [spent, saving, inferences] = [given.spent, given.saving, given.inferences].map(figure);
  const sentence = text(given.sentence);
  const title = "Break-even";
  const facts = definitions([
    ["energy spent on compressing", figureWithBadge(spent)],
    ["saved by an inference", figureWithBadge(saving)],
    [
      "paid back after",
      inferences.value === null ?
          "not shown" :
          element("span", {}, spokenInferences(inferences), " ", badge(inferences.provenance))
    ],
  ]);
  const lead = sentence ? paragraph(element("strong", {}, `Break-even ${sentence}.`)) : null;
  if (inferences.value === null || spent.value === null || saving.value === null ||
      inferences.value <= 0) {
    return section(title, lead, facts);
  }
  const curve = breakEvenCurve(spent, saving, inferences);
  const scale = scaleFor(spent.unit, curve.flatMap((point) => [point.low, point.high]));
  return section(
      title, lead, facts, chartFigure({
        caption:
            "Energy saved less energy spent. The curve crosses zero at the break-even, the band " +
            "at the ends of its 95% interval.",
        label: `Energy saved less energy spent, over the number of inferences: from ${
                   figureLine(scaled(spent, -1, spent.unit), scale)} ` +
            `at none, crossing zero after ${spokenInferences(inferences)}.`,
        build: () => breakEvenChart(curve, scale),
        table: makeTable({
          caption: "Energy saved less energy spent",
          columns: [{title: "inferences"}, {title: "net"}, {title: "at least"}, {title: "at most"}],
          rows: curve.map(
              (point) =>
                  [spoken(point.n),
                   ...[point.net, point.low, point.high].map(
                       (value) => withUnit(short(value / scale.divisor), scale.unit))]),
        }),
      }));
}

const spokenInferences = (inferences) => `${spoken(inferences.value)} inferences` +
    (inferences.interval ? ` [${inferences.interval.map(spoken).join(", ")}]` : "");

// Up to a little beyond the late end of the interval, but never so far that the crossing is lost.
// The band crosses zero at the ends of the break-even's interval: what is uncertain about the
// energy spent and saved alike, such as a sensor's gain, has cancelled there.
function breakEvenCurve(spent, saving, inferences) {
  const kPoints = 13;
  const [early, late] = inferences.interval || [inferences.value, inferences.value];
  const most = Math.min(Math.max(1.3 * late, 1.6 * inferences.value), 4 * inferences.value);
  return Array.from({length: kPoints}, (_, i) => {
    const n = (most * i) / (kPoints - 1);
    const net = (payback) => spent.value * (n / payback - 1);
    return {n, net: n * saving.value - spent.value, low: net(late), high: net(early)};
  });
}

function breakEvenChart(curve, scale) {
  const most = curve[curve.length - 1].n;
  const [divisor, word] = most >= 1e9 ? [1e9, "billions"] :
      most >= 1e6                     ? [1e6, "millions"] :
      most >= 1e4                     ? [1e3, "thousands"] :
                                        [1, ""];
  const line = (label, key, extra) => ({
    type: "line",
    label,
    data: curve.map((point) => ({x: point.n / divisor, y: point[key] / scale.divisor})),
    borderColor: colour("after"),
    borderWidth: 2,
    pointRadius: 0,
    pointHitRadius: 0,
    pointStyle: "line",
    ...extra
  });
  const zero = [{x: 0, y: 0}, {x: most / divisor, y: 0}];
  return configuration(
      "scatter",
      [
        line("saved less spent", "net", {}),
        line("", "low", {borderWidth: 0, fill: "+1", backgroundColor: faint("after")}),
        line("", "high", {borderWidth: 0}),
        line(
            "paid back", "net",
            {data: zero, borderColor: colour("muted"), borderDash: [5, 5], borderWidth: 1.5}),
      ],
      {
        x: axis(word ? `inferences (${word})` : "inferences", {min: 0, max: most / divisor}),
        y: axis(`net energy (${scale.unit})`, {}),
      });
}

// --- Stages of the compression.

function drawStages(report) {
  const stages = records(report.stages).map((stage) => ({
                                              name: text(stage.name) || "unnamed",
                                              seconds: figure(stage.seconds),
                                              energy: figure(stage.energy)
                                            }));
  if (stages.length === 0) return null;
  const hasEnergy = stages.some((stage) => stage.energy.value !== null);
  const key = hasEnergy ? "energy" : "seconds";
  const title = hasEnergy ? "Energy of compressing, by stage" : "Time of compressing, by stage";
  const table = makeTable({
    caption: title,
    columns: [{title: "stage"}, {title: "time"}, {title: "energy"}],
    rows: stages.map(
        (stage) => [stage.name, figureWithBadge(stage.seconds), figureWithBadge(stage.energy)]),
  });
  const drawn = stages.filter((stage) => stage[key].value !== null);
  if (drawn.length === 0) return section(title, table);
  const scale = scaleFor(drawn[0][key].unit, drawn.map((stage) => stage[key].value));
  return section(
      title, chartFigure({
        caption: hasEnergy ?
            "Bars with an outline only are estimates." :
            "The energy of the stages was not measured; their time takes its place.",
        label: `${title}: ${
            drawn.map((stage) => `${stage.name} ${figureLine(stage[key], scale)}`).join(", ")}.`,
        height: 90 + 40 * drawn.length,
        build: () => configuration(
            "bar", [{
              label: title,
              data: drawn.map((stage) => stage[key].value / scale.divisor),
              maxBarThickness: 22,
              borderWidth: 2,
              errors: drawn.map((stage) => ({x: inScale(stage[key].interval, scale)})),
              errorColour: colour("text"),
              borderColor: colour("total"),
              backgroundColor: drawn.map(
                  (stage) =>
                      (stage[key].provenance === "measured" ? colour("total") : "transparent")),
            }],
            {
              x: axis(`${key === "energy" ? "energy" : "time"} (${scale.unit})`, {
                min: 0,
                suggestedMax: Math.max(...drawn.flatMap(
                                  (stage) => [stage[key].value, ...(stage[key].interval || [])])) /
                    scale.divisor
              }),
              y: axis("", {
                type: "category",
                title: {display: false},
                ticks: {color: colour("text")},
                grid: {display: false, borderColor: colour("line")}
              }),
            },
            {indexAxis: "y", labels: drawn.map((stage) => stage.name), legend: false}),
        table,
      }));
}
