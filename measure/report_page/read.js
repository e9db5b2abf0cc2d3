// Reading the report. Any part may be missing, null or of another type than it should be; what
// comes out of these functions is safe to use.
const number = (value) => (typeof value === "number" && Number.isFinite(value) ? value : null);
const text = (value) => (typeof value === "string" ? value : "");
const list = (value) => (Array.isArray(value) ? value : []);
const isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const record = (value) => (isRecord(value) ? value : {});
const records = (value) => list(value).filter(isRecord);
const texts = (value) => list(value).map(text).filter((item) => item !== "");
// Own entries whose value is a number.
const numbersOf = (value) =>
    Object.entries(record(value)).filter(([, item]) => number(item) !== null);

const kProvenances = ["measured", "estimated", "quoted"];

// {value, unit, interval: [low, high] or null, provenance}; value null where it is not known.
function figure(value) {
  const given = record(value);
  const ends = list(given.interval).map(number);
  return {
    value: number(given.value),
    unit: text(given.unit),
    interval: ends.length === 2 && ends[0] !== null && ends[1] !== null ? ends : null,
    provenance: kProvenances.includes(given.provenance) ? given.provenance : "",
  };
}

// A count as a figure: counted from the file, so measured and exact.
const counted = (value, unit) => figure({value, unit, interval: null, provenance: "measured"});

const scaled = (given, factor, unit) => ({
  ...given,
  unit,
  value: given.value === null ? null : given.value * factor,
  interval: given.interval && given.interval.map((end) => end * factor),
});

// Of stages and rivals there may be several.
const labelOf = (role, name) =>
    (["stage", "rival"].includes(role) ? `${role}: ${name || "unnamed"}` : role || name);

// The networks with what every section needs of them: a label and a place among the colours.
function readModels(report) {
  let rivals = 0;
  return records(report.models).map((model) => {
    const role = text(model.role) || "network";
    const name = text(model.name);
    const colour = role === "rival" ? `rival-${(rivals++ % 4) + 1}` :
        ["before", "stage"].includes(role) ? role :
                                             "after";
    return {...model, role, name, colour, label: labelOf(role, name)};
  });
}

const metricOf = (model) => text(record(model.accuracy).metric) || "accuracy";
const accuracyOf = (model) => figure(record(model.accuracy).figure);
const energyOf = (model, key) => figure(record(model.energy)[key]);
const memoryOf = (model, key) => figure(record(model.memory)[key]);
// One inference at a time where that was timed, else whatever was timed first.
const latencyOf = (model) => {
  const entries = records(model.latency);
  return entries.find((entry) => entry.batch === 1) || entries[0] || {};
};
