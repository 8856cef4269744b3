// Makes charts live: zoom and shift with the mouse, and one cursor that reads all charts over time.
// The drawings that were there stay where a chart is too narrow, or does not start.
const MARGIN = 64, NEEDED = 740; // pixels: what is left of a chart's lines, and what a chart needs
const charts = JSON.parse(document.getElementById("charts").textContent);
const live = [];

function duration(ns) {
  for (const [below, unit, name] of [[1e3, 1, "ns"], [1e6, 1e3, "µs"], [1e9, 1e6, "ms"]])
    if (ns < below) return `${+(ns / unit).toPrecision(3)} ${name}`;
  return `${+(ns / 1e9).toPrecision(4)} s`;
}

function value(unit, y) {
  return unit === "ns" ? duration(y) : `${Math.round(y).toLocaleString("en")}${unit}`;
}

function place(over, x) {
  if (over === "share") return `${+(100 - 100 / x).toFixed(Math.ceil(Math.log10(x)) + 1)} %`;
  return duration(over === "time" ? x * 1e9 : x);
}

function lines(spec) {
  return spec.layer.flatMap(layer => layer.layer ? lines(layer) : layer)
    .filter(layer => layer.name && layer.mark.type === "line");
}

function show(chart, x) {
  const at = chart.view.scale("x")(x);
  const inside = x !== null && at >= 0 && at <= 600;
  chart.cursor.hidden = chart.reading.hidden = !inside;
  if (!inside) return;
  chart.cursor.style.left = `${MARGIN + at}px`;
  const { over, unit } = chart.spec.usermeta;
  const read = lines(chart.spec).map(({ name, data }) => {
    const row = data.values.findLast(row => row.x <= x) ?? data.values[0];
    return row ? `${name} ${value(unit, row.y)}`.trim() : "";
  });
  chart.reading.textContent = [place(over, x), ...read].join("   ");
}

function part(holder, name) {
  const made = document.createElement("div");
  made.className = name;
  made.hidden = true;
  return holder.appendChild(made);
}

async function start({ name, spec }) {
  const holder = document.getElementById(name).querySelector(".drawing");
  if (holder.clientWidth < NEEDED) return;
  const stage = document.createElement("div");
  const { view } = await vegaEmbed(stage, spec, { ast: true, renderer: "svg", actions: false });
  const drawing = holder.querySelector("svg");
  const svg = stage.querySelector("svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", drawing.getAttribute("aria-label"));
  drawing.replaceWith(stage);
  const chart = { spec, view, cursor: part(holder, "cursor"), reading: part(holder, "reading") };
  live.push(chart);
  const reads = other => other === chart || (spec.usermeta.over === "time" && other.spec.usermeta.over === "time");
  const all = x => live.filter(reads).forEach(other => show(other, x));
  holder.addEventListener("pointermove", event => {
    const at = event.clientX - holder.getBoundingClientRect().left - MARGIN;
    all(at < 0 || at > 600 ? null : view.scale("x").invert(at));
  });
  holder.addEventListener("pointerleave", () => all(null));
}

charts.forEach(chart => start(chart).catch(error => console.warn(`${chart.name}: ${error}`)));

// A search box for settings.
for (const details of document.querySelectorAll("details.settings")) {
  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = "Search settings";
  search.setAttribute("aria-label", "Search settings");
  details.querySelector("summary").after(search);
  search.addEventListener("input", () => {
    const wanted = search.value.toLowerCase();
    for (const row of details.querySelectorAll("tbody tr"))
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}
