// The profile along a line: both surfaces, what was cut and filled between them, the bands of licences.
"use strict";
// Points along a line of two or more corners, as close as the pixels are.
oc.pointsAlong = line => {
  const { grid } = oc.data, steps = line.slice(1).map(([x, y], n) => Math.hypot(x - line[n][0], y - line[n][1]));
  const length = steps.reduce((sum, each) => sum + each, 0), found = { length, at: [], x: [], y: [] };
  const count = Math.min(Math.max(Math.ceil(length / Math.min(grid.dx, grid.dy)), 1), 4000);
  for (let n = 0, piece = 0, passed = 0; n <= count; n++) {
    const at = (length * n) / count;
    while (piece < steps.length - 1 && at > passed + steps[piece]) passed += steps[piece++];
    const share = steps[piece] ? Math.min((at - passed) / steps[piece], 1) : 0, [x0, y0] = line[piece], [x1, y1] = line[piece + 1];
    found.at.push(at);
    found.x.push(x0 + share * (x1 - x0));
    found.y.push(y0 + share * (y1 - y0));
  }
  return found;
};

oc.profileOf = line => {
  const { grid, surveys, intervals } = oc.data, interval = intervals[oc.state.interval];
  const found = { ...oc.pointsAlong(line), before: [], after: [], change: [] };
  const before = surveys[interval.earlier].z, count = found.at.length - 1, step = found.length / count;
  for (let n = 0; n <= count; n++) {
    const change = oc.sample(grid, interval.dod, found.x[n], found.y[n]), z = before ? oc.sample(grid, before, found.x[n], found.y[n]) : 0;
    found.before.push(z);
    found.after.push(z + change);
    found.change.push(change);
  }
  // Trapezoids.
  const area = sign => {
    let sum = 0;
    for (let n = 0; n < count; n++) {
      const ends = [found.change[n], found.change[n + 1]].map(each => (Number.isNaN(each) ? 0 : Math.max(sign * each, 0)));
      sum += ((ends[0] + ends[1]) / 2) * step;
    }
    return sum;
  };
  found.cut_m2 = area(-1);
  found.fill_m2 = area(1);
  return found;
};

oc.bandsAlong = found => {
  const traces = [];
  for (const licence of oc.data.licences)
    for (const part of licence.parts) {
      if (part.floor_m === null) continue;
      const inside = found.x.map((x, n) => oc.inRings(part.rings, x, found.y[n]));
      if (!inside.includes(true)) continue;
      for (const [level, dash, word] of [[part.floor_m, "solid", oc.data.texts.floor], [part.ceiling_m, "dot", oc.data.texts.ceiling]])
        traces.push({
          type: "scatter", mode: "lines", x: found.at, y: inside.map(each => (each ? level : null)), line: { color: "#000", width: 1.4, dash },
          text: `${oc.plain(licence.name)} ${oc.plain(word)} ${level} m`, hoverinfo: "text", showlegend: false,
        });
    }
  return traces;
};

oc.drawProfile = () => {
  const { texts, surveys, intervals } = oc.data, interval = intervals[oc.state.interval], line = oc.state.line;
  if (!line) return Promise.resolve();
  const found = oc.profileOf(line), known = surveys[interval.earlier].z !== null;
  const none = { mode: "lines", line: { width: 0 }, hoverinfo: "skip", showlegend: false, type: "scatter", x: found.at };
  const zip = (a, b, join) => a.map((each, n) => (Number.isNaN(each + b[n]) ? null : join(each, b[n])));
  const gaps = values => values.map(each => (Number.isNaN(each) ? null : each));
  const traces = [
    { ...none, y: gaps(found.before) },
    { ...none, y: zip(found.before, found.after, Math.min), fill: "tonexty", fillcolor: "rgba(178,24,43,0.35)", showlegend: true, name: texts.cut },
    { ...none, y: gaps(found.before) },
    { ...none, y: zip(found.before, found.after, Math.max), fill: "tonexty", fillcolor: "rgba(33,102,172,0.35)", showlegend: true, name: texts.fill },
    { type: "scatter", mode: "lines", x: found.at, y: gaps(found.before), name: known ? surveys[interval.earlier].date : texts.no_change, line: { color: "#555", dash: "dash", width: 1.6 }, hovertemplate: "%{y:.2f} m" },
    { type: "scatter", mode: "lines", x: found.at, y: gaps(found.after), name: known ? surveys[interval.later].date : texts.change, line: { color: "#000", width: 2 }, hovertemplate: "%{y:.2f} m" },
    ...(known ? oc.bandsAlong(found) : []),
  ];
  const said = oc.fill("profile_title", { length: oc.number(found.length, 0), cut: oc.number(found.cut_m2, 0), fill: oc.number(found.fill_m2, 0) });
  return Plotly.react("profile", traces, {
    margin: { l: 64, r: 12, t: 34, b: 40 }, hovermode: "x unified", title: { text: oc.plain(said), font: { size: 13 }, x: 0.01, xanchor: "left", y: 0.97 },
    xaxis: { title: { text: oc.plain(texts.distance), font: { size: 12 } }, range: [0, found.length], zeroline: false },
    yaxis: { title: { text: oc.plain(known ? texts.elevation : texts.change), font: { size: 12 } }, tickformat: ".0f", zeroline: false },
    legend: { orientation: "h", x: 1, xanchor: "right", y: 1.02, yanchor: "bottom" },
  }, { displaylogo: false, responsive: true, displayModeBar: false });
};

oc.chooseLine = (line, section) => {
  oc.state.line = line;
  const select = document.getElementById("section");
  if (select) select.value = section;
  return Promise.all([Plotly.relayout("plan", { shapes: [oc.lineShape(line)] }), oc.drawProfile()]);
};
