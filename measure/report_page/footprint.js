// Carbon, money and their likes, with a choice of the electricity grid and of the PUE. kWh and Wh
// of the report are of the equipment; what it emits is kWh x PUE x intensity of the grid.

function drawFootprint(report) {
  if (!isRecord(report.footprint)) return null;
  const footprint = report.footprint;
  const grid = numbersOf(footprint.grid);
  const reported = {region: text(footprint.region), pue: number(footprint.pue) ?? 1};
  const intensityOf = (region) => (grid.find(([name]) => name === region) || ["", null])[1];
  const result = element("div", {class: "footprint"});
  const spoken = element("p", {role: "status"});
  const chosen = {...reported};
  const show = () => {
    const intensity = intensityOf(chosen.region);
    spoken.textContent = `Grid ${chosen.region || "unknown"}` +
        `${intensity === null ? "" : `, ${short(intensity)} g CO2e/kWh`}; PUE ${
                             short(chosen.pue)}.`;
    result.replaceChildren(...footprintTables(
        footprint,
        {...chosen, intensity, reported: {...reported, intensity: intensityOf(reported.region)}}));
    markScrollable();
  };
  const controls = grid.length ? footprintControls(grid, reported, chosen, show) : null;
  show();
  return section(
      "Footprint",
      paragraph(
          "Carbon is energy times the intensity of a grid and " +
          "the PUE, which is a facility's energy over that of its equipment. Choose yours."),
      controls, spoken, result);
}

function footprintControls(grid, reported, chosen, show) {
  const select = element(
      "select", {id: newId("grid")},
      grid.map(
          ([region, intensity]) => element(
              "option", {value: region, selected: region === reported.region ? "" : null},
              `${region} (${short(intensity)} g CO2e/kWh)`)));
  const input = element("input", {
    id: newId("pue"),
    type: "number",
    min: "1",
    step: "0.01",
    inputmode: "decimal",
    value: reported.pue
  });
  const reset = element("button", {type: "button"}, "As reported");
  select.addEventListener("change", () => {
    chosen.region = select.value;
    show();
  });
  input.addEventListener("input", () => {
    const value = Number(input.value);
    const isGood = input.value !== "" && Number.isFinite(value) && value >= 1;
    input.setAttribute("aria-invalid", String(!isGood));
    if (!isGood) return;
    chosen.pue = value;
    show();
  });
  reset.addEventListener("click", () => {
    Object.assign(chosen, reported);
    select.value = reported.region;
    input.value = reported.pue;
    input.setAttribute("aria-invalid", "false");
    show();
  });
  return element(
      "form", {class: "controls", autocomplete: "off"}, labelled("Grid", select),
      labelled("PUE, 1 or more", input), element("div", {}, reset));
}

// Carbon of an energy that is given in kWh, of the same provenance as the report's own.
function carbonOf(energy, kwhPerUnit, reported, choice) {
  if (choice.intensity === null) return figure(null);
  const factor = kwhPerUnit * choice.pue * choice.intensity;
  return {...scaled(energy, factor, "g CO2e"), provenance: figure(reported).provenance};
}

function footprintTables(footprint, choice) {
  const kKwhPerWh = 1e-3;
  const rows = records(footprint.inference).map((row) => {
    const energy = scaled(figure(row.watt_hours_per_1000), 1, "Wh");
    return [
      labelOf(text(row.role), text(row.name)), energy,
      carbonOf(energy, kKwhPerWh, row.grams_co2e_per_1000, choice)
    ];
  });
  const scales = [1, 2].map((i) => {
    const known = rows.map((row) => row[i]).filter((given) => given.value !== null);
    return scaleFor(known.length ? known[0].unit : "", known.map((given) => given.value));
  });
  return [
    rows.length ? makeTable({
      caption: "A thousand inferences",
      captionShown: true,
      columns: [{title: "network"}, {title: "energy"}, {title: "carbon"}],
      rows:
          rows.map(([
                     label, ...figures
                   ]) => [label, ...figures.map((given, i) => figureWithBadge(given, scales[i]))]),
    }) :
                  null,
    isRecord(footprint.compression) ? compressionTable(footprint, choice) : null,
  ].filter(Boolean);
}

// Charges and money follow the PUE, kilometres the carbon.
function compressionTable(footprint, choice) {
  const given = footprint.compression;
  const kwh = figure(given.kwh);
  const byPue = choice.pue / choice.reported.pue;
  const byCarbon = choice.intensity === null || !choice.reported.intensity ?
      null :
      (byPue * choice.intensity) / choice.reported.intensity;
  const times = (value, factor, unit) => {
    const read = figure(value);
    return factor === null ? {...read, value: null} : scaled(read, factor, unit ?? read.unit);
  };
  const tariff = text(footprint.tariff);
  const rows = [
    ["energy", kwh], ["carbon", carbonOf(kwh, 1, given.grams_co2e, choice)],
    ["phone charges", times(given.phone_charges, byPue, "")],
    ["way by car", times(given.car_km, byCarbon, "km")],
    [tariff ? `money, tariff ${tariff}` : "money", times(given.money, byPue)]
  ];
  return makeTable({
    caption: "The compression itself",
    captionShown: true,
    columns: [{title: "in"}, {title: "amount"}],
    rows: rows.filter(([name, read]) => read.value !== null || !name.startsWith("money"))
              .map(([name, read]) => [name, figureWithBadge(read)]),
  });
}
