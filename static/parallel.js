"use strict";
// Parallel coordinates as SVG: plotly's need WebGL, which many machines do not give to a browser.
window.AxParallel = (() => {
  const NS = "http://www.w3.org/2000/svg";
  const TOP = 34, BOTTOM = 16, SIDE = 62, NARROW = 96;

  function add(parent, name, attributes = {}, text = "") {
    const made = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    parent.append(made);
    return made;
  }

  const plain = (text) => new DOMParser().parseFromString(text, "text/html").body.textContent;
  const parts = (ink) => ink.match(/[\d.]+/g).slice(0, 3).map(Number);
  const mix = (one, other, share) => `rgb(${parts(one).map((c, i) => Math.round(c + (parts(other)[i] - c) * share)).join(",")})`;

  /** Draw a figure of one `parcoords` trace. `onBrush(place, ranges)` is told what is kept on an
      axis: a list of pairs, empty for all of it. */
  function draw(plot, figure, onBrush) {
    const [trace] = figure.data;
    const { dimensions } = trace;
    const width = Math.max(plot.clientWidth, dimensions.length * NARROW);
    const height = plot.clientHeight;
    const svg = document.createElementNS(NS, "svg");
    for (const [key, value] of Object.entries({ xmlns: NS, width, height, viewBox: `0 0 ${width} ${height}`, "font-family": getComputedStyle(document.body).fontFamily, "font-size": 11 })) svg.setAttribute(key, value);
    const x = (place) => SIDE + (dimensions.length > 1 ? (place * (width - 2 * SIDE)) / (dimensions.length - 1) : 0);
    const y = ({ range: [low, high] }, value) => height - BOTTOM - ((value - low) / (high - low)) * (height - TOP - BOTTOM);
    const passes = (row) => row < trace.meta.passing;  // Those that pass come first.
    const isTight = dimensions.length > 1 && x(1) - x(0) < 140;  // Names then stand at two heights.
    drawLines(svg, trace, x, y, passes);
    dimensions.forEach((dimension, place) => drawAxis(svg, dimension, x(place), (value) => y(dimension, value), height, place, dimensions.length, isTight));
    dimensions.forEach((dimension, place) => brushable(svg, dimension, x(place), height, (ranges) => onBrush(place, ranges)));
    plot.classList.add("parallel");
    plot.replaceChildren(svg);
  }

  function drawLines(svg, trace, x, y, passes) {
    const { dimensions, ids } = trace;
    const ground = add(svg, "g", { fill: "none", stroke: AxFigures.color("line"), "stroke-width": 1, opacity: 0.6 });
    const front = add(svg, "g", { fill: "none", "stroke-width": 1.4, opacity: 0.8 });
    const [dull, bright] = [AxFigures.color("line-strong"), AxFigures.color("best")];
    const colors = trace.line.color;
    const [low, high] = [Math.min(...colors), Math.max(...colors)];
    for (let row = 0; row < ids.length; row += 1) {
      const path = dimensions.map((dimension, place) => `${place ? "L" : "M"}${x(place).toFixed(1)} ${y(dimension, dimension.values[row]).toFixed(1)}`).join("");
      const share = high > low ? (colors[row] - low) / (high - low) : 1;
      const line = passes(row)
        ? add(front, "path", { d: path, stroke: mix(dull, bright, (trace.meta.is_reversed ? 1 - share : share) ** 2), "data-number": ids[row] })
        : add(ground, "path", { d: path });
      if (line.dataset.number) add(line, "title", {}, `trial ${ids[row]}`);
    }
  }

  function drawAxis(svg, dimension, x, y, height, place, count, isTight) {
    const ink = AxFigures.color("text");
    add(svg, "line", { x1: x, x2: x, y1: TOP, y2: height - BOTTOM, stroke: AxFigures.color("line-strong") });
    const name = plain(dimension.label);
    const isLong = name.length * 3.6 > SIDE - 4;  // It would not fit around the first or the last axis.
    const [anchor, at] = isLong && place === 0 ? ["start", 4] : isLong && place === count - 1 ? ["end", x + SIDE - 4] : ["middle", x];
    add(svg, "text", { x: at, y: place % 2 && isTight ? 26 : 14, fill: ink, "text-anchor": anchor, "font-size": 12 }, name);
    const ticks = dimension.tickvals.map((value, i) => [value, plain(dimension.ticktext[i])]);
    for (const [value, text] of ticks) {
      add(svg, "line", { x1: x - 3, x2: x + 3, y1: y(value), y2: y(value), stroke: AxFigures.color("line-strong") });
      add(svg, "text", { x: x - 6, y: y(value) + 4, fill: ink, "text-anchor": "end", stroke: AxFigures.color("surface"), "stroke-width": 5, "stroke-linejoin": "round", "paint-order": "stroke" }, text);
    }
    for (const [from, to] of dimension.constraintrange || [])
      add(svg, "rect", { x: x - 6, width: 12, y: y(to), height: Math.max(4, y(from) - y(to)), rx: 3, fill: AxFigures.color("accent"), opacity: 0.35 });
  }

  /** A drag along an axis keeps a range; a click lets go of it. */
  function brushable(svg, dimension, x, height, tell) {
    const grip = add(svg, "rect", { x: x - 16, width: 32, y: TOP - 6, height: height - TOP - BOTTOM + 12, fill: "transparent", style: "cursor:ns-resize;touch-action:none" });
    const [low, high] = dimension.range;
    const valueAt = (event) => {
      const share = (height - BOTTOM - (event.clientY - svg.getBoundingClientRect().top)) / (height - TOP - BOTTOM);
      // A little beyond the ends, so that what lies there passes: positions are rounded.
      return low + (share >= 1 ? 1.001 : share <= 0 ? -0.001 : share) * (high - low);
    };
    grip.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      grip.setPointerCapture(event.pointerId);
      const [start, from] = [event.clientY, valueAt(event)];
      const shade = add(svg, "rect", { x: x - 6, width: 12, rx: 3, fill: AxFigures.color("accent"), opacity: 0.35, height: 0 });
      const top = svg.getBoundingClientRect().top;
      grip.onpointermove = ({ clientY }) => {
        shade.setAttribute("y", Math.min(start, clientY) - top);
        shade.setAttribute("height", Math.abs(clientY - start));
      };
      grip.onpointerup = (end) => {
        grip.onpointermove = grip.onpointerup = null;
        shade.remove();
        if (Math.abs(end.clientY - start) < 4) tell([]);
        else tell([[from, valueAt(end)].sort((a, b) => a - b)]);
      };
    });
  }

  return { draw, plain };
})();
