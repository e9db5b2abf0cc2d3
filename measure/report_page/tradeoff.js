// Accuracy against what an inference costs, and the energy of each network.

// Energy per inference where any was found, else latency: {name, of, isEnergy}.
function costOf(models) {
  const energies = models.map((model) => energyOf(model, "per_inference"));
  if (energies.some((given) => given.value !== null)) {
    return {name: "Energy per inference", figures: energies, isEnergy: true};
  }
  return {
    name: "Median latency",
    figures: models.map((model) => figure(latencyOf(model).median)),
    isEnergy: false
  };
}

function drawTradeoff(models) {
  const cost = costOf(models);
  const points =
      models.map((model, i) => ({model, accuracy: accuracyOf(model), cost: cost.figures[i]}));
  const drawn =
      points.filter((point) => point.accuracy.value !== null && point.cost.value !== null);
  if (drawn.length < 2) return null;
  const accuracy = accuracyScale(drawn[0].accuracy);
  const scale = scaleFor(drawn[0].cost.unit, drawn.map((point) => point.cost.value));
  const missing =
      points.filter((point) => !drawn.includes(point)).map((point) => point.model.label);
  const metric = metricOf(drawn[0].model);
  const what = cost.isEnergy ? "energy" : "latency";
  const title = `Accuracy against ${what}`;
  const caption = joined(
      "Up and to the left is better. Bars are 95% intervals.",
      !cost.isEnergy && "Energy was not measured, so latency takes its place.",
      drawn.some((point) => point.cost.provenance !== "measured") &&
          "Hollow marks: the cost is not measured.",
      missing.length > 0 && `Not drawn, for want of a figure: ${missing.join(", ")}.`);
  const spoken = drawn.map(
      (point) => `${point.model.label} ${figureLine(point.accuracy, accuracy)} at ` +
          figureLine(point.cost, scale));
  return section(
      title, chartFigure({
        caption,
        height: 340,
        label: `${title}: ${spoken.join("; ")}.`,
        build: () => tradeoffChart(drawn, cost, scale, accuracy, metric),
        table: makeTable({
          caption: title,
          columns: [{title: "network"}, {title: metric}, {title: cost.name.toLowerCase()}],
          rows: drawn.map(
              (point) =>
                  [point.model.label, figureWithBadge(point.accuracy, accuracy),
                   figureWithBadge(point.cost, scale)]),
        }),
      }));
}

const inScale = (interval, scale) => interval && interval.map((end) => end / scale.divisor);

function tradeoffChart(drawn, cost, scale, accuracy, metric) {
  const places = drawn.map((point) => ({
                             ...point,
                             x: point.cost.value / scale.divisor,
                             y: point.accuracy.value / accuracy.divisor,
                             xError: inScale(point.cost.interval, scale),
                             yError: inScale(point.accuracy.interval, accuracy),
                           }));
  const xs = places.flatMap((place) => [place.x, ...(place.xError || [])]);
  const isWide = Math.min(...xs) > 0 && Math.max(...xs) / Math.min(...xs) > 20;
  const xRange =
      isWide ? {min: Math.min(...xs) / 1.5, max: Math.max(...xs) * 1.5} : range(xs, 0.12);
  if (!isWide && Math.min(...xs) >= 0) xRange.min = 0;  // small differences are to look small
  const datasets = places.map(
      (place) => ({
        label: place.model.label,
        data: [{x: place.x, y: place.y}],
        errors: [{x: place.xError, y: place.yError}],
        borderColor: colour(place.model.colour),
        pointStyle: kMarks[place.model.colour][0],
        pointRotation: kMarks[place.model.colour][1],
        pointRadius: 7,
        pointHoverRadius: 8,
        borderWidth: 2,
        order: 0,
        backgroundColor: place.cost.provenance === "measured" ? colour(place.model.colour) :
                                                                colour("page"),
      }));
  if (places.length > 2) datasets.push(paretoFront(places));
  return configuration("scatter", datasets, {
    x: axis(`${cost.name} (${scale.unit})`, {type: isWide ? "logarithmic" : "linear", ...xRange}),
    y: axis(accuracy.unit ? `${metric} (${accuracy.unit})` : metric, {
      ...range(places.flatMap((place) => [place.y, ...(place.yError || [])]), 0.12),
      afterBuildTicks: (y) => {
        if (accuracy.unit === "%") y.ticks = y.ticks.filter(({value}) => value < 100.000001);
      }
    }),
  });
}

// Through the networks that none other beats in both.
function paretoFront(places) {
  const front = places.filter(
      (one) => !places.some(
          (other) => other !== one && other.x <= one.x && other.y >= one.y &&
              (other.x < one.x || other.y > one.y)));
  front.sort((a, b) => a.x - b.x);
  return {
    label: "no other is better in both",
    type: "line",
    data: front.map(({x, y}) => ({x, y})),
    stepped: "before",
    borderColor: colour("muted"),
    borderDash: [5, 5],
    borderWidth: 1.5,
    pointRadius: 0,
    pointHitRadius: 0,
    pointStyle: "line",
    order: 1
  };
}

// --- Energy of each network: in all, and above idling.

function drawEnergy(models) {
  const parts = [["per_inference", "in all", "total"], ["marginal", "marginal", "marginal"]];
  const known =
      models.filter((model) => parts.some(([key]) => energyOf(model, key).value !== null));
  if (known.length === 0) return null;
  const all = known.flatMap((model) => parts.map(([key]) => energyOf(model, key)));
  const scale =
      scaleFor(all.find((given) => given.value !== null).unit, all.map((given) => given.value));
  const title = "Energy of an inference";
  const table = makeTable({
    caption: title,
    columns: [{title: "network"}, {title: "in all"}, {title: "marginal"}],
    rows: known.map(
        (model) =>
            [model.label, ...parts.map(([key]) => figureWithBadge(energyOf(model, key), scale))]),
  });
  const spoken =
      (model) => [`${model.label}:`,
                     ...parts.map(
                         ([key, name]) => `${name} ${figureLine(energyOf(model, key), scale)}`)]
                     .join(" ");
  return section(
      title, chartFigure({
        caption:
            "Marginal energy is what idling for the same time would not have taken. Bars with an " +
            "outline only are estimates.",
        label: `${title}: ${known.map(spoken).join("; ")}.`,
        height: 90 + 62 * known.length,
        build: () => energyChart(known, parts, scale),
        table,
      }),
      energySources(models));
}

function energyChart(known, parts, scale) {
  const ends = [];
  const datasets =
      parts
          .map(([key, name, tint]) => {
            const figures = known.map((model) => energyOf(model, key));
            ends.push(...figures.flatMap(
                (given) =>
                    (given.value === null ? [] : [0, given.value, ...(given.interval || [])])));
            return {
              label: name,
              data: figures.map(
                  (given) => (given.value === null ? null : given.value / scale.divisor)),
              errors: figures.map((given) => ({x: inScale(given.interval, scale)})),
              errorColour: colour("text"),
              backgroundColor: figures.map(
                  (given) => (given.provenance === "measured" ? colour(tint) : "transparent")),
              borderColor: colour(tint),
              borderWidth: 2,
              pointStyle: "rect",
              maxBarThickness: 22,
            };
          })
          .filter((dataset) => dataset.data.some((value) => value !== null));
  const most = Math.max(...ends) / scale.divisor;
  const least = Math.min(...ends) / scale.divisor;
  return configuration(
      "bar", datasets, {
        x: axis(
            `per inference (${scale.unit})`,
            {min: least < 0 ? least * 1.05 : 0, suggestedMax: most * 1.02}),
        y: axis("", {
          type: "category",
          grid: {display: false, borderColor: colour("line")},
          title: {display: false},
          ticks: {color: colour("text")}
        }),
      },
      {indexAxis: "y", labels: known.map((model) => model.label)});
}

// What stands behind the figures: sensors and idle power; and what stands beside them: estimates
// and sensors that are summed with nothing.
function energySources(models) {
  const metered = models.filter((model) => isRecord(model.energy));
  const rows = metered.map(
      (model) =>
          [model.label, texts(model.energy.sensors).join(", ") || "none",
           figureNode(energyOf(model, "idle_power")), figureNode(energyOf(model, "seconds"))]);
  const beside = metered.flatMap(
      (model) =>
          [...Object.entries(record(model.energy.beside))
               .map(([sensor, given]) => [model.label, sensor, figureWithBadge(figure(given)), ""]),
           ...records(model.energy.estimates)
               .map(
                   (estimate) =>
                       [model.label, text(estimate.model),
                        figureWithBadge(figure(estimate.per_inference)),
                        element(
                            "ul", {},
                            texts(estimate.assumptions).map((item) => element("li", {}, item)))])]);
  const meteredTable = {
    caption: "What was metered",
    captionShown: true,
    stack: true,
    rows,
    columns: [
      {title: "network"}, {title: "sensors", words: true}, {title: "idle power"},
      {title: "time of an inference"}
    ]
  };
  const besideTable = {
    caption: "Other sensors and estimates",
    stack: true,
    rows: beside,
    columns: [
      {title: "network"}, {title: "by", words: true}, {title: "per inference"},
      {title: "assumptions", words: true}
    ]
  };
  const summary = "Other sensors and estimates, and what they assume: summed with nothing";
  return [
    rows.length > 0 ? makeTable(meteredTable) : null,
    beside.length > 0 ? disclosure(summary, makeTable(besideTable)) : null
  ];
}
