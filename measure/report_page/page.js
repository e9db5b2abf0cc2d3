// The page from top to bottom. A section that the report has nothing for is left out.
function readReport() {
  try {
    const report = JSON.parse(document.getElementById("report").textContent);
    return isRecord(report) ? report : null;
  } catch {
    return null;
  }
}

function drawPage() {
  const header = document.getElementById("top");
  const report = readReport();
  if (!report) {
    header.append(element("h1", {}, "This page holds no report that can be read."));
    document.getElementById("sections").remove();
    return;
  }
  const models = readModels(report);
  header.append(...drawHeader(report, models).filter(Boolean));
  const sections = [
    drawHeadline(models),
    drawTradeoff(models),
    drawEnergy(models),
    drawExperiments(report, models),
    drawBreakEven(report),
    drawStages(report),
    drawFootprint(report),
    drawSamples(report),
    drawLayers(report),
    drawProvenance(report),
    drawNotes(report, models),
    drawHost(report, models),
  ].filter(Boolean);
  document.getElementById("content").append(...sections);
  document.getElementById("sections").append(element("ul", {}, sections.map((part) => {
    const heading = part.querySelector("h2");
    return element("li", {}, element("a", {href: `#${heading.id}`}, heading.textContent));
  })));
  markScrollable();
  window.addEventListener("resize", markScrollable);
  document.addEventListener("toggle", markScrollable, true);
  preparePrinting();
  drawCharts();
}

drawPage();
