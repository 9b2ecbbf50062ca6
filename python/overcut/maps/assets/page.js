// What stands around the map: titles, switches, keys, sums.
"use strict";
oc.element = (name, attributes, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key === "style") made.style.cssText = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key.startsWith("aria-")) made.setAttribute(key, String(value));
    else if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
};

oc.state = {
  interval: oc.data.intervals.length - 1, blend: 1, line: null, dragmode: "pan", exaggeration: 1, tab: "plan",
  layers: { relief: true, change: true, classes: false, patches: true, licences: true, corners: true },
};

oc.redraw = () => Promise.all([oc.drawPlan(), oc.drawProfile(), oc.state.tab === "space" ? oc.drawSpace() : null]);

oc.switches = () => {
  const { texts, surveys, intervals, sections } = oc.data, { element, state } = oc, box = document.getElementById("controls"), made = [];
  const interval = intervals[state.interval], known = surveys[interval.earlier].z !== null;
  if (intervals.length > 1) {
    const choice = element("select", { id: "interval", onchange: event => { state.interval = +event.target.value; oc.around(); oc.redraw(); } },
      ...intervals.map((each, at) => element("option", { value: at, selected: at === state.interval }, `${each.from} – ${each.to}`)));
    made.push(element("h2", {}, texts.interval), choice);
  }
  made.push(element("h2", {}, texts.layers));
  for (const name of Object.keys(state.layers)) {
    if (name === "relief" && !known) continue;
    const box = element("input", { type: "checkbox", id: `layer-${name}`, onchange: event => { state.layers[name] = event.target.checked; oc.redraw(); } });
    box.checked = state.layers[name];
    made.push(element("label", { class: "layer" }, box, texts[`layer_${name}`]));
  }
  if (known) {
    const slider = element("input", { type: "range", id: "blend", min: 0, max: 1, step: 0.05, value: state.blend, "aria-label": texts.blend, oninput: event => { state.blend = +event.target.value; oc.drawPlan(); } });
    made.push(element("h2", {}, texts.blend), element("div", { class: "blend" }, element("span", {}, surveys[interval.earlier].date), slider, element("span", {}, surveys[interval.later].date)));
  }
  const section = element("select", { id: "section", "aria-label": texts.section, onchange: event => { if (event.target.value !== "") oc.chooseLine(sections[+event.target.value].line, event.target.value); } },
    element("option", { value: "" }, texts.drawn_line), ...sections.map((each, at) => element("option", { value: at }, each.name)));
  const draw = element("button", { id: "draw", type: "button", onclick: () => { oc.show("plan"); oc.state.dragmode = "drawline"; Plotly.relayout("plan", { dragmode: "drawline" }); } }, texts.draw_line);
  made.push(element("h2", {}, texts.section), section, element("p", { style: "margin:.4rem 0" }, draw));
  box.replaceChildren(...made);
};

oc.keys = () => {
  const { texts, classes, intervals, change_colours } = oc.data, { element, state } = oc, interval = intervals[state.interval];
  const stroke = look => element("span", { class: "stroke", style: `border-top: ${Math.max(look.width, 2)}px ${look.css} ${look.colour}` });
  const made = [
    element("h2", {}, texts.change_m),
    element("div", { class: "scale", style: `background: linear-gradient(90deg, ${change_colours.join(", ")})` }),
    element("div", { class: "ends" }, element("span", {}, oc.number(-interval.span_m, 0)), element("span", {}, "0"), element("span", {}, `+${oc.number(interval.span_m, 0)}`)),
    element("h2", {}, texts.layer_classes),
    element("div", { class: "key" }, ...classes.filter((_, code) => interval.present.includes(code)).flatMap(each => [element("span", { class: "swatch", style: `background:${each.colour}` }), element("span", {}, each.name)])),
    element("h2", {}, texts.layer_patches),
    element("div", { class: "key" }, ...interval.attributions.flatMap(each => [stroke(each.look), element("span", {}, each.name)])),
  ];
  document.getElementById("legend").replaceChildren(...made);
};

oc.zoomTo = patch => {
  const [west, south, east, north] = patch.bounds, gap = 0.35 * Math.max(east - west, north - south);
  oc.show("plan");
  Plotly.relayout("plan", { "xaxis.range": [west - gap, east + gap], "yaxis.range": [south - gap, north + gap] });
};

oc.tables = () => {
  const { texts, intervals } = oc.data, { element, state } = oc, interval = intervals[state.interval];
  const sums = element("table", {}, element("thead", {}, element("tr", {}, element("th", {}, texts.class), element("th", { class: "n" }, texts.removed))),
    element("tbody", {}, ...interval.sums.map(each => element("tr", {}, element("td", {}, each.name), element("td", { class: "n" }, each.volume)))));
  const go = patch => ({ tabindex: 0, onclick: () => oc.zoomTo(patch), onkeydown: event => { if (event.key === "Enter") oc.zoomTo(patch); } });
  const patches = element("table", { id: "patches" }, element("thead", {}, element("tr", {}, element("th", {}, texts.patch), element("th", {}, texts.attribution), element("th", { class: "n" }, texts.volume))),
    element("tbody", {}, ...interval.patches.map(each => element("tr", go(each), element("td", {}, each.id), element("td", {}, each.attribution), element("td", { class: "n" }, each.volume)))));
  const left = interval.patches_left ? [element("p", {}, oc.fill("patches_left", { count: interval.patches_left }))] : [];
  document.getElementById("sums").replaceChildren(element("h2", {}, texts.sums), sums, element("h2", {}, texts.layer_patches), patches, ...left);
};

oc.around = () => { oc.switches(); oc.keys(); oc.tables(); };

oc.show = tab => {
  oc.state.tab = tab;
  for (const name of ["plan", "space"]) {
    document.getElementById(name).hidden = name !== tab;
    document.getElementById(`tab-${name}`).setAttribute("aria-selected", name === tab);
  }
  for (const each of document.querySelectorAll(".of-space")) each.hidden = tab !== "space";
  document.getElementById("readout").textContent = "";
  if (tab === "space") return oc.drawSpace();
  Plotly.Plots.resize("plan");
};

oc.start = async () => {
  const { element, data } = oc, { texts } = data;
  oc.prepare();
  document.getElementById("title").textContent = data.title;
  document.getElementById("subtitle").textContent = data.subtitle;
  const tabs = [["plan", texts.tab_plan], ...(data.surveys.every(each => each.z) ? [["space", texts.tab_space]] : [])]
    .map(([name, label]) => element("button", { id: `tab-${name}`, role: "tab", type: "button", "aria-selected": name === "plan", onclick: () => oc.show(name) }, label));
  const heights = [1, 2, 3].map(factor => element("button", { class: "of-space", hidden: true, type: "button", onclick: () => { oc.state.exaggeration = factor; oc.drawSpace(); } }, `${texts.height} × ${factor}`));
  document.getElementById("tabs").replaceChildren(...tabs, ...heights);
  if (tabs.length === 1) document.getElementById("tabs").append(element("span", { id: "tab-space", hidden: true }));
  document.getElementById("notes").replaceChildren(...data.notes.map(note => element("p", {}, note)), element("p", { id: "space_note" }));
  oc.around();
  await oc.drawPlan();
  oc.watchPlan();
  if (data.sections.length) await oc.chooseLine(data.sections[0].line, "0");
  document.body.dataset.ready = "true";
};
oc.start();
