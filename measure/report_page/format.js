// Numbers as text. A row or chart has one unit, chosen for its largest value; digits follow the
// width of the interval.
const kFamilies = {
  J: [["nJ", 1e-9], ["µJ", 1e-6], ["mJ", 1e-3], ["J", 1], ["kJ", 1e3], ["MJ", 1e6]],
  W: [["mW", 1e-3], ["W", 1], ["kW", 1e3]],
  Wh: [["µWh", 1e-6], ["mWh", 1e-3], ["Wh", 1], ["kWh", 1e3], ["MWh", 1e6]],
  kWh: [["µWh", 1e-9], ["mWh", 1e-6], ["Wh", 1e-3], ["kWh", 1], ["MWh", 1e3]],
  s: [["ns", 1e-9], ["µs", 1e-6], ["ms", 1e-3], ["s", 1], ["min", 60], ["h", 3600]],
  ms: [["ns", 1e-6], ["µs", 1e-3], ["ms", 1], ["s", 1e3]],
  g: [["µg", 1e-6], ["mg", 1e-3], ["g", 1], ["kg", 1e3], ["t", 1e6]],
  km: [["mm", 1e-6], ["m", 1e-3], ["km", 1]],
  bytes: [["bytes", 1], ["kB", 1e3], ["MB", 1e6], ["GB", 1e9]],
};

// {divisor, unit} that shows the largest of the values between 1 and 1000 where the unit allows it.
function scaleFor(unit, values) {
  const [base, ...rest] = unit.split(" ");
  const family = Object.hasOwn(kFamilies, base) ? kFamilies[base] : null;
  const largest = Math.max(0, ...values.filter((value) => value !== null).map(Math.abs));
  if (!family || largest === 0) return {divisor: 1, unit};
  const [name, divisor] = [...family].reverse().find(([, size]) => largest >= size) || family[0];
  return {divisor, unit: [name, ...rest].join(" ")};
}

const withDecimals = (value, decimals, least = decimals) =>
    new Intl.NumberFormat("en", {minimumFractionDigits: least, maximumFractionDigits: decimals})
        .format(value)
        .replace(/^-(?=[0.]*$)/, "")
        .replace(/^-/, "−");

function decimalsFor(value, interval) {
  const width = interval ? interval[1] - interval[0] : 0;
  const place = width > 0 ? Math.floor(Math.log10(width)) - 1 :
      value               ? Math.floor(Math.log10(Math.abs(value))) - 3 :
                            0;
  return Math.min(9, Math.max(0, -place));
}

const isUnwieldy = (value) => Math.abs(value) >= 1e12 || (value !== 0 && Math.abs(value) < 1e-7);

function plain(value, decimals) {
  if (value === null) return "unknown";
  return isUnwieldy(value) ? value.toExponential(2).replace("-", "−") :
                             withDecimals(value, decimals);
}

// Four significant digits, without zeros that end a fraction.
function short(value) {
  if (value === null) return "unknown";
  const decimals = decimalsFor(value, null);
  return isUnwieldy(value) ? plain(value, 0) : withDecimals(value, decimals, 0);
}
const count = (value) => (value === null ? "unknown" : plain(value, 0));

// Counts as people say them.
function spoken(value) {
  if (value === null) return "unknown";
  if (value >= 1e15) return plain(value, 0);
  if (value >= 1e9) return `${withDecimals(value / 1e9, 2)} billion`;
  if (value >= 1e6) return `${withDecimals(value / 1e6, 2)} million`;
  return withDecimals(Math.ceil(value), 0);
}

const withUnit = (number, unit) =>
    unit === "" || unit === "%" || unit === "×" ? `${number}${unit}` : `${number} ${unit}`;

// {main, interval}: the texts of a figure; main is "not measured" where there is no value. An
// estimate is its range: the middle of it says little. A given scale keeps a row in one unit.
function figureText(given, scale = scaleFor(given.unit, [given.value])) {
  if (given.value === null) return {main: "not measured", interval: ""};
  const value = given.value / scale.divisor;
  const ends = given.interval && given.interval.map((end) => end / scale.divisor);
  if (ends && given.provenance === "estimated") {
    const [low, high] = ends.map((end) => Number(end.toPrecision(3)));
    return {main: withUnit(`${short(low)} to ${short(high)}`, scale.unit), interval: ""};
  }
  const decimals = scale.decimals ?? decimalsFor(value, ends);
  return {
    main: withUnit(plain(value, decimals), scale.unit),
    interval: ends ? `[${ends.map((end) => plain(end, decimals)).join(", ")}]` : "",
  };
}

const figureLine = (given, scale) => {
  const {main, interval} = figureText(given, scale);
  return interval ? `${main} ${interval}` : main;
};

const kPercent = {
  divisor: 0.01,
  unit: "%"
};
const kTimes = {
  divisor: 1,
  unit: "×"
};
// How an accuracy is shown: shares as per cent, losses and scores as they are.
const accuracyScale = (given) =>
    given.unit === "proportion" ? {...kPercent, decimals: 2} : {divisor: 1, unit: ""};
const percent = (part, whole) =>
    part !== null && whole > 0 ? `${plain((100 * part) / whole, 1)}%` : "";
const plural = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

// "from 1.2 to 3.4 W", for the names of charts.
const fromTo = (values, unit) =>
    `from ${short(Math.min(...values))} to ${withUnit(short(Math.max(...values)), unit)}`;
// Those parts of a text that there are.
const joined = (...parts) => parts.filter(Boolean).join(" ");
