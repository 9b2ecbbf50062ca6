// The view in three dimensions: the later surface, coloured by change, with the prisms of the licences.
"use strict";
oc.SPACE_SIDE = 220; // pixels along the longer side: what a weak machine still turns smoothly

oc.thinned = (grid, values, stride) => {
  const rows = [];
  for (let row = 0; row < grid.rows; row += stride) {
    const line = [];
    for (let col = 0; col < grid.cols; col += stride) {
      const value = values[row * grid.cols + col];
      line.push(Number.isNaN(value) ? null : value);
    }
    rows.push(line);
  }
  return rows;
};

oc.prism = (licence, part) => {
  const x = [], y = [], z = [], i = [], j = [], k = [], edge = { x: [], y: [], z: [] };
  for (const ring of part.rings) {
    for (const [level, gap] of [[part.floor_m, true], [part.ceiling_m, true]]) {
      for (const [east, north] of ring) { edge.x.push(east); edge.y.push(north); edge.z.push(level); }
      if (gap) for (const along of [edge.x, edge.y, edge.z]) along.push(null);
    }
    for (let n = 0; n < ring.length - 1; n++) {
      const first = x.length;
      for (const [at, level] of [[n, part.floor_m], [n + 1, part.floor_m], [n + 1, part.ceiling_m], [n, part.ceiling_m]]) {
        x.push(ring[at][0]); y.push(ring[at][1]); z.push(level);
      }
      i.push(first, first); j.push(first + 1, first + 2); k.push(first + 2, first + 3);
      edge.x.push(ring[n][0], ring[n][0], null); edge.y.push(ring[n][1], ring[n][1], null); edge.z.push(part.floor_m, part.ceiling_m, null);
    }
  }
  const text = `${oc.plain(licence.name)}  ${part.floor_m} – ${part.ceiling_m} m`;
  return [
    { type: "mesh3d", x, y, z, i, j, k, color: "#4a6fa5", opacity: 0.16, hoverinfo: "skip", name: "", meta: "licences" },
    { type: "scatter3d", mode: "lines", ...edge, line: { color: "#000", width: 3 }, text, hoverinfo: "text", showlegend: false, meta: "licences" },
    { type: "scatter3d", mode: "text", x: [part.rings[0][0][0]], y: [part.rings[0][0][1]], z: [part.ceiling_m], text: [text], textfont: { size: 11, color: "#000" }, hoverinfo: "skip", showlegend: false, meta: "licences" },
  ];
};

// A floor is a plane inside the boundary: its triangles come with the page.
oc.floor = part => ({
  type: "mesh3d", x: part.floor.map(each => each[0]), y: part.floor.map(each => each[1]), z: part.floor.map(() => part.floor_m),
  i: part.triangles.map(each => each[0]), j: part.triangles.map(each => each[1]), k: part.triangles.map(each => each[2]),
  color: "#d95f02", opacity: 0.35, hoverinfo: "skip", name: "", meta: "floors",
});

oc.drawSpace = () => {
  const { grid, surveys, intervals, texts, change_colours } = oc.data, interval = intervals[oc.state.interval], { layers, exaggeration } = oc.state;
  const heights = surveys[interval.later].z;
  const stride = Math.max(1, Math.ceil(Math.max(grid.rows, grid.cols) / oc.SPACE_SIDE));
  const centre = (first, step, count) => Array.from({ length: Math.ceil(count / stride) }, (_, n) => first + step * (n * stride + 0.5));
  const change = interval.dod.map((value, at) => (interval.classes[at] === 255 ? 0 : value));
  const x = centre(grid.west, grid.dx, grid.cols), y = centre(grid.north, -grid.dy, grid.rows), z = oc.thinned(grid, heights, stride);
  const colorscale = change_colours.map((colour, n) => [n / (change_colours.length - 1), colour]);
  const traces = [{
    type: "surface", x, y, z, surfacecolor: oc.thinned(grid, change, stride), cmin: -interval.span_m, cmax: interval.span_m, colorscale,
    colorbar: { title: { text: oc.plain(texts.change_m), side: "top" }, thickness: 14, len: 0.7 }, hovertemplate: "%{x:.0f}, %{y:.0f}<br>%{z:.2f} m<br>%{surfacecolor:.2f} m<extra></extra>",
    lighting: { ambient: 0.75, diffuse: 0.65, specular: 0.05, roughness: 0.9 }, lightposition: { x: -1e5, y: 1e5, z: 2e5 }, name: "",
  }];
  for (const licence of oc.data.licences)
    for (const part of licence.parts)
      if (part.floor_m !== null) traces.push(...oc.prism(licence, part).map(each => ({ ...each, visible: layers.licences })), { ...oc.floor(part), visible: layers.licences });
  const flat = z.flat().filter(each => each !== null), low = flat.reduce((a, b) => Math.min(a, b), Infinity), high = flat.reduce((a, b) => Math.max(a, b), -Infinity);
  const width = grid.dx * grid.cols, depth = grid.dy * grid.rows, side = Math.max(width, depth);
  const levels = oc.data.licences.flatMap(each => each.parts).filter(each => each.floor_m !== null).flatMap(each => [each.floor_m, each.ceiling_m]);
  const bottom = Math.min(low, ...levels), top = Math.max(high, ...levels);
  const axis = title => ({ title: { text: oc.plain(title), font: { size: 11 } }, tickformat: ".0f", nticks: 5, backgroundcolor: "#fff", gridcolor: "#ddd" });
  document.getElementById("space_note").textContent = oc.fill("space_note", { pixel: `${+(grid.dx * stride).toPrecision(6)} × ${+(grid.dy * stride).toPrecision(6)}` });
  return Plotly.react("space", traces, {
    margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false, uirevision: "stay",
    scene: {
      xaxis: axis(texts.east), yaxis: axis(texts.north), zaxis: { ...axis(texts.elevation), range: [bottom, top] },
      aspectmode: "manual", aspectratio: { x: (1.6 * width) / side, y: (1.6 * depth) / side, z: (1.6 * exaggeration * (top - bottom)) / side },
      camera: { eye: { x: -1.1, y: -1.65, z: 1.25 }, center: { x: 0.05, y: 0, z: -0.2 } },
    },
  }, { displaylogo: false, responsive: true, scrollZoom: true, modeBarButtons: [["orbitRotation", "tableRotation", "pan3d", "zoom3d"], ["resetCameraDefault3d", "toImage"]] });
};
