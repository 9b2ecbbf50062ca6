// The map: pictures under outlines, with a hover for every outline and a readout for every pixel.
"use strict";
oc.ring = rings => {
  const x = [], y = [];
  for (const ring of rings) {
    for (const [east, north] of ring) { x.push(east); y.push(north); }
    x.push(null); y.push(null);
  }
  return { x, y };
};

oc.hover = lines => lines.map(([label, value]) => (label ? `${oc.plain(label)}: ` : "") + oc.plain(value)).join("<br>");

oc.outline = (rings, look, lines, group) => ({
  type: "scatter", mode: "lines", ...oc.ring(rings), fill: "toself", fillcolor: "rgba(255,255,255,0.01)", hoveron: "fills",
  line: { color: look.colour, width: look.width, dash: look.dash }, text: oc.hover(lines), hoverinfo: "text",
  showlegend: false, meta: group, name: "",
});

oc.planTraces = interval => {
  const traces = [];
  for (const licence of oc.data.licences)
    for (const part of licence.parts)
      traces.push(oc.outline(part.rings, licence.looks[oc.state.interval], licence.lines[oc.state.interval].concat(part.lines), "licences"));
  for (const patch of interval.patches)
    for (const rings of patch.polygons) traces.push(oc.outline(rings, patch.look, patch.lines, "patches"));
  const label = (items, group, size) => ({
    type: "scatter", mode: "text", x: items.map(each => each[0]), y: items.map(each => each[1]), text: items.map(each => oc.plain(each[2])),
    textposition: items.map(each => each[3] ?? "middle center"), textfont: { size, color: "#000" }, hoverinfo: "skip", showlegend: false, meta: group,
  });
  traces.push(label(oc.data.corners, "corners", 9));
  traces.push(label(interval.licence_names, "licences", 15));
  traces.push(label(interval.patches.map(each => [each.x, each.y, each.id]), "patches", 10));
  for (const trace of traces) trace.visible = oc.state.layers[trace.meta];
  return traces;
};

// Plotly takes images at the same place for one: each is wider by less than can be seen.
oc.place = (grid, number) => ({
  xref: "x", yref: "y", x: grid.west, y: grid.north, sizex: grid.dx * grid.cols * (1 + 1e-7 * number), sizey: grid.dy * grid.rows,
  xanchor: "left", yanchor: "top", sizing: "stretch", layer: "below",
});

oc.planImages = interval => {
  const { grid, surveys, intervals } = oc.data, { layers, blend } = oc.state, found = [];
  for (const [survey, opacity] of [[interval.earlier, 1], [interval.later, blend]]) {
    if (!surveys[survey].z) continue;
    surveys[survey].picture ??= oc.relief(grid, surveys[survey].z);
    found.push({ ...oc.place(grid, survey), source: surveys[survey].picture, opacity, visible: layers.relief });
  }
  const first = surveys.length + 2 * intervals.indexOf(interval);
  interval.changePicture ??= oc.changePicture(grid, interval);
  interval.classPicture ??= oc.classPicture(grid, interval);
  found.push({ ...oc.place(grid, first), source: interval.changePicture, visible: layers.change });
  found.push({ ...oc.place(grid, first + 1), source: interval.classPicture, visible: layers.classes });
  return found;
};

oc.planLayout = interval => {
  const { grid, texts } = oc.data;
  const axis = title => ({ title: { text: oc.plain(title), font: { size: 12 } }, tickformat: ".0f", showgrid: false, zeroline: false, ticks: "outside", nticks: 6 });
  return {
    margin: { l: 84, r: 12, t: 10, b: 44 }, hovermode: "closest", dragmode: oc.state.dragmode, uirevision: "stay",
    xaxis: { ...axis(texts.east), range: [grid.west, grid.west + grid.dx * grid.cols], constrain: "domain" },
    yaxis: { ...axis(texts.north), range: [grid.north - grid.dy * grid.rows, grid.north], scaleanchor: "x", constrain: "domain" },
    images: oc.planImages(interval), shapes: oc.state.line ? [oc.lineShape(oc.state.line)] : [],
    newshape: { line: { color: "#0b3d66", width: 3 } },
    hoverlabel: { align: "left", bgcolor: "#fff", bordercolor: "#333", font: { color: "#111", size: 12 } },
  };
};

oc.lineShape = line => ({
  ...(line.length === 2 ? { type: "line", x0: line[0][0], y0: line[0][1], x1: line[1][0], y1: line[1][1] } : { type: "path", path: `M${line.map(each => each.join(",")).join("L")}` }),
  line: { color: "#0b3d66", width: 3 },
});

oc.drawPlan = () => {
  const interval = oc.data.intervals[oc.state.interval];
  return Plotly.react("plan", oc.planTraces(interval), oc.planLayout(interval), {
    displaylogo: false, scrollZoom: true, responsive: true, doubleClick: "reset",
    modeBarButtons: [["pan2d", "zoom2d", "drawline"], ["zoomIn2d", "zoomOut2d", "resetScale2d"], ["toImage"]],
  });
};

oc.readout = (x, y) => {
  const { grid, surveys, intervals, classes, texts } = oc.data, interval = intervals[oc.state.interval];
  const col = Math.floor((x - grid.west) / grid.dx), row = Math.floor((grid.north - y) / grid.dy);
  if (col < 0 || row < 0 || col >= grid.cols || row >= grid.rows) return "";
  const at = row * grid.cols + col, parts = [`${texts.east_short} ${oc.number(x, 1)}`, `${texts.north_short} ${oc.number(y, 1)}`];
  for (const survey of [interval.earlier, interval.later])
    if (surveys[survey].z && !Number.isNaN(surveys[survey].z[at])) parts.push(`${surveys[survey].date}: ${oc.number(surveys[survey].z[at], 2)} m`);
  parts.push(Number.isNaN(interval.dod[at]) ? texts.no_data : `${texts.change}: ${oc.number(interval.dod[at], 2)} m`);
  if (interval.classes[at] !== 255) parts.push(classes[interval.classes[at]].name);
  return parts.join("   ");
};

oc.watchPlan = () => {
  const plan = document.getElementById("plan");
  plan.addEventListener("mousemove", event => {
    const { xaxis, yaxis } = plan._fullLayout, box = plan.getBoundingClientRect();
    const x = xaxis.p2d(event.clientX - box.left - xaxis._offset), y = yaxis.p2d(event.clientY - box.top - yaxis._offset);
    document.getElementById("readout").textContent = oc.readout(x, y);
  });
  plan.on("plotly_relayout", change => {
    if (change.dragmode) oc.state.dragmode = change.dragmode;
    // A line that was drawn or dragged; one that the page has set itself is the line of the state already.
    const last = (plan.layout.shapes ?? []).at(-1);
    if (!last || last.type !== "line") return;
    const line = [[last.x0, last.y0], [last.x1, last.y1]];
    if (JSON.stringify(line) !== JSON.stringify(oc.state.line)) oc.chooseLine(line, "");
  });
};
