// The layers: what is kept of each, how much each minds being pruned, and all of it as a table.

function drawLayers(report) {
  const layers = records(report.layers);
  if (layers.length === 0) return null;
  const rows = layers.map((layer) => {
    const [all, kept] = [number(layer.parameters), number(layer.kept)];
    const density = all > 0 && kept !== null ? kept / all : null;
    const remarks = [
      layer.floored === true ? "floor" : "",
      layer.outside_target === true ? "outside the target" : ""
    ];
    return [
      text(layer.layer) || "unnamed", text(layer.tensor), text(layer.role), count(all), count(kept),
      density === null ? "unknown" : withDecimals(density, 4), densityBar(density),
      remarks.filter(Boolean).join(", ")
    ];
  });
  const hasRemarks = rows.some((row) => row[7] !== "");
  const columns = [
    {title: "layer"}, {title: "tensor", words: true}, {title: "role", words: true},
    {title: "parameters"}, {title: "kept"}, {title: "density"},
    {title: "", words: true, head: element("span", {class: "hidden"}, "density, drawn")},
    {title: "remark", words: true}
  ];
  return section("Layers", keptChart(layers), sensitivityChart(layers), makeTable({
                   caption: "Layers",
                   stack: true,
                   columns: hasRemarks ? columns : columns.slice(0, 7),
                   rows: hasRemarks ? rows : rows.map((row) => row.slice(0, 7))
                 }));
}

const densityBar = (density) => element(
    "span", {class: "bar", "aria-hidden": "true"},
    density === null ?
        null :
        element("span", {style: `width: ${100 * Math.min(1, Math.max(0, density))}%`}));

const kMostDrawn = 60;  // layers in a chart; the table has them all

// What is kept of each matrix that lost anything, in the network's order.
function keptChart(layers) {
  const pruned = layers.filter((layer) => !["bias", "scale", "shift"].includes(text(layer.role)))
                     .map((layer) => ({
                            name: text(layer.layer) || "unnamed",
                            all: number(layer.parameters),
                            kept: number(layer.kept)
                          }))
                     .filter(({all, kept}) => all > 0 && kept !== null && kept < all)
                     .filter(({all}, i, every) => all >= 16 || every.length < 8);
  if (pruned.length < 2) return null;
  const drawn = pruned.slice(0, kMostDrawn);
  const shares = drawn.map(({all, kept}) => (100 * kept) / all);
  return chartFigure({
    title: "Kept, layer by layer",
    caption: joined(
        "In the order of the network; the scale is logarithmic, and nothing kept is not drawn.",
        pruned.length > drawn.length && `The first ${drawn.length} of ${pruned.length} are drawn.`),
    label: `Kept share of each layer: ${
        drawn.map(({name}, i) => `${name} ${short(shares[i])} %`).join("; ")}.`,
    height: Math.max(160, 60 + 22 * drawn.length),
    build: () => configuration(
        "bar", [{
          label: "kept (%)",
          data: shares.map((share) => (share > 0 ? share : null)),
          backgroundColor: colour("after"),
          barPercentage: 0.8
        }],
        {
          x: axis("kept (%)", {type: "logarithmic", max: 100}),
          y: axis("", {type: "category", ticks: {autoSkip: false}})
        },
        {indexAxis: "y", labels: drawn.map(({name}) => name), legend: false}),
    table: makeTable({
      caption: "Kept, layer by layer",
      columns: [{title: "layer"}, {title: "of"}, {title: "kept"}, {title: "kept (%)"}],
      rows: drawn.map(({name, all, kept}, i) => [name, count(all), count(kept), short(shares[i])])
    })
  });
}

// The loss against the density of one layer alone. Only those that mind most are coloured.
function sensitivityChart(layers) {
  const curves =
      layers
          .map((layer) => ({
                 name: text(layer.layer) || "unnamed",
                 points: records(layer.sensitivity)
                             .map((point) => ({x: number(point.density), y: number(point.loss)}))
                             .filter(({x, y}) => x > 0 && y !== null)
               }))
          .filter(({points}) => points.length > 0);
  if (curves.length === 0) return null;
  const worst = (curve) => Math.max(...curve.points.map(({y}) => y));
  curves.sort((a, b) => worst(b) - worst(a));
  const colours = ["after", "before", "rival-1", "rival-2", "rival-3"];
  const named = curves.slice(0, colours.length);
  const densities =
      [...new Set(curves.flatMap(({points}) => points.map(({x}) => x)))].sort((a, b) => b - a);
  return chartFigure({
    title: "How much each layer minds",
    caption: joined(
        "One layer pruned alone: the squared distance of the outputs from the dense network's, over",
        "the square of these, on the tuning split. Estimates nothing about layers pruned together.",
        curves.length > named.length && `Named are the ${named.length} that mind most.`),
    label: `Loss at the lowest density: ${
        curves.map((curve) => `${curve.name} ${short(worst(curve))}`).join("; ")}.`,
    build: () => configuration(
        "line",
        curves.map((curve, i) => ({
                     label: i < named.length ? curve.name : "",
                     data: curve.points,
                     borderColor: i < named.length ? colour(colours[i]) : faint("muted"),
                     backgroundColor: i < named.length ? colour(colours[i]) : faint("muted"),
                     borderWidth: i < named.length ? 2 : 1,
                     pointRadius: i < named.length ? 3 : 0,
                     pointStyle: i < named.length ? kMarks[colours[i]][0] : "line",
                     order: i
                   })),
        {
          x: axis("density of the layer", {type: "logarithmic", reverse: true}),
          y: axis("loss", {min: 0})
        }),
    table: makeTable({
      caption: "How much each layer minds",
      columns: [{title: "layer"}, ...densities.map((density) => ({title: `at ${short(density)}`}))],
      rows: curves.map(({name, points}) => [name, ...densities.map((density) => {
                         const point = points.find(({x}) => x === density);
                         return point ? short(point.y) : "";
                       })])
    })
  });
}
