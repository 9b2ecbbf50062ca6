// Pixels of the page: from text to numbers, from numbers to pictures.
"use strict";
const oc = { data: JSON.parse(document.getElementById("data").textContent) };

oc.bytes = text => Uint8Array.from(atob(text), sign => sign.charCodeAt(0));

// Whole numbers of 16 bits, the lower byte first; 65535 is no data.
oc.numbers = packed => {
  if (!packed) return null;
  const view = new DataView(oc.bytes(packed.bytes).buffer);
  const values = new Float64Array(view.byteLength / 2);
  for (let at = 0; at < values.length; at++) {
    const stored = view.getUint16(2 * at, true);
    values[at] = stored === 65535 ? NaN : packed.offset + packed.scale * stored;
  }
  return values;
};

oc.rgb = hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));

// Between colours at equal distances, from -1 to 1.
oc.between = (stops, share) => {
  const place = Math.min(Math.max((share + 1) / 2, 0), 1) * (stops.length - 1);
  const at = Math.min(Math.floor(place), stops.length - 2);
  return stops[at].map((from, band) => from + (place - at) * (stops[at + 1][band] - from));
};

oc.picture = (grid, colour) => {
  const canvas = document.createElement("canvas");
  canvas.width = grid.cols;
  canvas.height = grid.rows;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const image = context.createImageData(grid.cols, grid.rows);
  for (let at = 0; at < grid.rows * grid.cols; at++) {
    const found = colour(at);
    if (found) image.data.set([found[0], found[1], found[2], found.length > 3 ? found[3] : 255], 4 * at);
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL("image/png");
};

// Shaded relief (Horn 1981): light from the north-west at 45 degrees.
oc.relief = (grid, heights) => {
  const at = (row, col) => heights[Math.min(Math.max(row, 0), grid.rows - 1) * grid.cols + Math.min(Math.max(col, 0), grid.cols - 1)];
  return oc.picture(grid, index => {
    const row = Math.floor(index / grid.cols), col = index % grid.cols;
    const east = 1.5 * (at(row, col + 1) - at(row, col - 1)) / (2 * grid.dx);
    const south = 1.5 * (at(row + 1, col) - at(row - 1, col)) / (2 * grid.dy);
    const light = (Math.SQRT1_2 + 0.5 * east + 0.5 * south) / Math.sqrt(1 + east * east + south * south);
    if (Number.isNaN(light) || Number.isNaN(heights[index])) return null;
    const grey = Math.round(255 * (0.45 + 0.55 * Math.min(Math.max(light, 0), 1)));
    return [grey, grey, grey];
  });
};

oc.changePicture = (grid, interval) => {
  const stops = oc.data.change_colours.map(oc.rgb);
  return oc.picture(grid, at => {
    const change = interval.dod[at];
    if (interval.classes[at] === 255 || Number.isNaN(change)) return null;
    return [...oc.between(stops, change / interval.span_m).map(Math.round), 225];
  });
};

oc.classPicture = (grid, interval) => {
  const colours = oc.data.classes.map(each => oc.rgb(each.colour));
  return oc.picture(grid, at => {
    const code = interval.classes[at];
    return code === 255 ? null : [...colours[code], 225];
  });
};

// Between the centres of the four pixels around a place; NaN beside missing ones.
oc.sample = (grid, values, x, y) => {
  const col = (x - grid.west) / grid.dx - 0.5, row = (grid.north - y) / grid.dy - 0.5;
  if (col < -0.5 || row < -0.5 || col > grid.cols - 0.5 || row > grid.rows - 0.5) return NaN;
  const left = Math.min(Math.max(Math.floor(col), 0), grid.cols - 1), top = Math.min(Math.max(Math.floor(row), 0), grid.rows - 1);
  const right = Math.min(left + 1, grid.cols - 1), low = Math.min(top + 1, grid.rows - 1);
  const u = Math.min(Math.max(col - left, 0), 1), v = Math.min(Math.max(row - top, 0), 1);
  const upper = values[top * grid.cols + left] * (1 - u) + values[top * grid.cols + right] * u;
  const lower = values[low * grid.cols + left] * (1 - u) + values[low * grid.cols + right] * u;
  return upper * (1 - v) + lower * v;
};

oc.inRings = (rings, x, y) => {
  let inside = false;
  for (const ring of rings)
    for (let at = 0, last = ring.length - 1; at < ring.length; last = at++) {
      const [ax, ay] = ring[at], [bx, by] = ring[last];
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
    }
  return inside;
};

oc.prepare = () => {
  const data = oc.data;
  for (const survey of data.surveys) survey.z = oc.numbers(survey.heights);
  for (const interval of data.intervals) {
    interval.dod = oc.numbers(interval.packed_dod);
    interval.classes = oc.bytes(interval.packed_classes);
  }
};

oc.number = (value, digits) =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "\u2212");
// Plotly takes some tags in texts; names have none.
oc.plain = text => String(text).replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`);
oc.fill = (key, values) => oc.data.texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
