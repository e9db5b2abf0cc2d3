// Charts: a figure each, with its caption, a name for screen readers and its numbers as a table.
// Colours are those of page.css; charts are drawn again when the scheme changes and for printing.
const kCharts = [];  // {canvas, build, chart}
const kMarks = {
  before: ["rect", 0],
  after: ["circle", 0],
  stage: ["rectRounded", 0],
  "rival-1": ["triangle", 0],
  "rival-2": ["rectRot", 0],
  "rival-3": ["triangle", 180],
  "rival-4": ["triangle", 90]
};  // form, degrees

const colour = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const faint = (name) => `${colour(name)}30`;  // colours of page.css are #rrggbb

// {title, caption, label, height, build, table}: build() gives Chart.js its configuration.
function chartFigure({title, caption, label, height = 300, build, table}) {
  const canvas = element("canvas", {role: "img", "aria-label": label});
  kCharts.push({canvas, build, chart: null});
  return element(
      "figure", {},
      element(
          "figcaption", {}, title ? element("h3", {}, title) : null,
          caption ? paragraph(caption) : null),
      element("div", {class: "canvas", style: `height: ${height}px`}, canvas),
      disclosure("The same as a table", table));
}

// Error bars: dataset.errors[i] = {x: [low, high] or null, y: likewise}.
const errorBars = {
  id: "errorBars",
  afterDatasetsDraw(chart) {
    const {ctx, chartArea: area} = chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(area.left, area.top, area.width, area.height);
    ctx.clip();
    chart.data.datasets.forEach((dataset, index) => {
      if (!dataset.errors || !chart.isDatasetVisible(index)) return;
      ctx.strokeStyle = dataset.errorColour || dataset.borderColor;
      ctx.lineWidth = 1.5;
      chart.getDatasetMeta(index).data.forEach((point, i) => {
        const errors = dataset.errors[i] || {};
        if (errors.x) whisker(ctx, chart.scales.x, errors.x, point.y, true);
        if (errors.y) whisker(ctx, chart.scales.y, errors.y, point.x, false);
      });
    });
    ctx.restore();
  },
};

function whisker(ctx, scale, [low, high], across, isHorizontal) {
  const kCap = 4;
  const [from, to] = [scale.getPixelForValue(low), scale.getPixelForValue(high)];
  const line = (a, b, c, d) => {
    ctx.beginPath();
    ctx.moveTo(...(isHorizontal ? [a, b] : [b, a]));
    ctx.lineTo(...(isHorizontal ? [c, d] : [d, c]));
    ctx.stroke();
  };
  line(from, across, to, across);
  line(from, across - kCap, from, across + kCap);
  line(to, across - kCap, to, across + kCap);
}

const axis = (title, extra = {}) => {
  const {ticks, ...rest} = extra;
  return {
    title: {display: true, text: title, color: colour("muted")},
    grid: {color: colour("line"), borderColor: colour("line")},
    ticks: {
      color: colour("muted"),
      maxRotation: 0,
      includeBounds: false,
      callback: tickText,
      ...ticks
    },
    ...rest
  };
};

function tickText(value) {
  if (this.type === "category")
    return inLines(this.getLabelForValue(value), this.chart.width < 600 ? 14 : 30);
  if (this.type !== "logarithmic") return plain(value, tickDecimals(this.ticks));
  const mantissa = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5].includes(Math.round(mantissa * 1e6) / 1e6) ?
      String(Number(value.toPrecision(3))) :
      "";
}

// Words in lines of at most `width` letters, where they have spaces.
function inLines(words, width) {
  const lines = [""];
  for (const word of words.split(" ")) {
    const last = lines[lines.length - 1];
    if (last && last.length + 1 + word.length > width)
      lines.push(word);
    else
      lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines.map((line) => (line.length > width + 6 ? `${line.slice(0, width + 5)}…` : line))
      .slice(0, 3);
}

const tickDecimals = (ticks) => {
  const step = ticks.length > 1 ? Math.abs(ticks[1].value - ticks[0].value) : 1;
  const [, fraction = ""] = Number(step.toPrecision(2)).toFixed(9).replace(/0+$/, "").split(".");
  return fraction.length;
};

const tooltipLabel = (item) => {
  const point = item.raw !== null && typeof item.raw === "object" ? item.raw : null;
  const values = point ? `${short(point.x)}, ${short(point.y)}` : short(item.raw);
  return `${item.dataset.label}: ${values}`;
};

const configuration = (type, datasets, scales, extra = {}) => ({
  type,
  data: {datasets, labels: extra.labels},
  plugins: [errorBars],
  options: {
    indexAxis: extra.indexAxis || "x",
    scales,
    layout: {padding: {right: 8}},
    plugins: {
      legend: {
        display: extra.legend ?? true,
        position: "bottom",
        onClick: null,
        labels: {
          color: colour("text"),
          usePointStyle: true,
          boxWidth: 8,
          boxHeight: 8,
          padding: 14,
          filter: (item) => item.text !== ""
        }
      },
      tooltip: {
        callbacks: {title: () => "", label: tooltipLabel},
        filter: (item) => item.dataset.label !== ""
      },
    },
  },
});

// A scale that begins near the smallest and ends near the largest of the values.
function range(values, share = 0.08) {
  const known = values.filter((value) => value !== null && value !== undefined);
  if (known.length === 0) return {};
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const room = (most - least || Math.abs(most) || 1) * share;
  return {min: least - room, max: most + room};
}

function drawCharts() {
  Object.assign(Chart.defaults, {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    devicePixelRatio: Math.max(2, window.devicePixelRatio || 1)
  });
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 13;
  for (const entry of kCharts) {
    if (entry.chart) entry.chart.destroy();
    entry.chart = new Chart(entry.canvas, entry.build());
  }
}

// Paper is light and narrow, and nobody can open what is closed on it.
function preparePrinting() {
  const root = document.documentElement;
  window.addEventListener("beforeprint", () => {
    root.setAttribute("data-printing", "");
    for (const details of document.querySelectorAll("details:not([open]).printed")) {
      details.open = true;
      details.classList.add("opened-for-printing");
    }
    drawCharts();
  });
  window.addEventListener("afterprint", () => {
    root.removeAttribute("data-printing");
    for (const details of document.querySelectorAll(".opened-for-printing")) {
      details.open = false;
      details.classList.remove("opened-for-printing");
    }
    drawCharts();
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawCharts);
}
