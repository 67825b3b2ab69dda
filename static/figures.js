"use strict";
// Draws a figure that the server sends (experiments/figures.py) in the colours of the page's theme.
window.AxFigures = (() => {
  /** Resolve a custom property, light-dark() included, to a colour that plotly can read. */
  function color(name) {
    const probe = document.createElement("span");
    probe.className = "sr";
    document.body.append(probe);
    probe.style.color = `var(--${name})`;
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  const faint = (ink, alpha) => ink.replace(/^rgba?\(([^,]+),([^,]+),([^,)]+).*$/, `rgba($1,$2,$3,${alpha})`);

  /** Give a trace its colour, and its trials the values that hovering shows. */
  function dressed(trace, shown) {
    const meta = trace.meta || {};
    if (meta.scale) {
      const bar = { thickness: 12, outlinewidth: 0, tickfont: { color: color("muted") }, ...trace.colorbar };
      return { ...trace, colorscale: "Cividis", reversescale: Boolean(meta.is_reversed), colorbar: bar };
    }
    const ink = color(meta.color || "result");
    const made = {
      ...trace,
      marker: { ...trace.marker, color: ink, line: { width: 1.5, color: ink } },
      line: { ...trace.line, color: ink },
      textfont: { color: trace.type === "bar" ? color("text") : ink, size: 11 },
    };
    const bars = meta.is_faint ? faint(ink, 0.45) : ink;
    if (trace.error_y) made.error_y = { ...trace.error_y, color: bars };
    if (trace.error_x) made.error_x = { ...trace.error_x, color: bars };
    if (meta.is_outlined) made.marker.line = { width: 1.5, color: color("surface") };
    if (meta.is_band) made.fillcolor = faint(ink, 0.18);
    if (trace.cliponaxis === undefined && trace.type === "scatter") made.cliponaxis = Boolean(trace.yaxis) || trace.mode !== "lines+text";
    if (trace.ids && shown) made.customdata = trace.ids.map((number) => shown[number]);
    return made;
  }

  function themed(layout, isSmall) {
    const axis = { gridcolor: color("line"), zerolinecolor: color("line"), linecolor: color("line"), automargin: true };
    const { meta, ...own } = layout;
    return {
      ...own,
      xaxis: { ...axis, showgrid: false, zeroline: false, ...layout.xaxis },
      yaxis: { ...axis, ...layout.yaxis },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: isSmall ? 11 : 12, color: color("muted") },
      hoverlabel: { bgcolor: color("surface"), bordercolor: color("line-strong"), font: { color: color("text") }, align: "left" },
      margin: isSmall ? { l: 44, r: 8, t: 8, b: 38 } : { l: 56, r: 12, t: 12, b: 44 },
      showlegend: false,
      dragmode: false,
      hovermode: "closest",
      ...(meta && meta.height ? { height: meta.height } : {}),
    };
  }

  function decades(traces) {
    const values = traces.filter((trace) => !trace.yaxis).flatMap((trace) => trace.y).filter((value) => value > 0);
    return Math.log10(Math.max(...values) / Math.min(...values));
  }

  /** Draw a figure into an element. `shown`: what hovering tells of trials, by number; `scale`:
      "linear" or "log", of the vertical axis. A click on a trial's mark leads to its page. */
  function draw(plot, figure, { shown = null, scale = null } = {}) {
    const meta = figure.layout.meta || {};
    const layout = themed(figure.layout, meta.small);
    if (scale) layout.yaxis.type = scale;
    if (scale === "log") {
      delete layout.yaxis.range;
      layout.yaxis.dtick = Math.max(1, Math.ceil(decades(figure.data) / 6));
    }
    if (meta.height) plot.style.height = `${meta.height}px`;
    const data = figure.data.map((trace) => dressed(trace, shown));
    const drawn = Plotly.react(plot, data, layout, { displayModeBar: false, responsive: true, scrollZoom: false });
    follow(plot);
    return drawn;
  }

  /** The number of the trial that each point of a trace belongs to, if its points are trials'. */
  const numbersOf = ({ ids, meta, text }) => ids ?? (meta?.names_trials ? text : undefined);

  /** Let a click on a trial's mark open its page (data-trials on an element around the plot). */
  function follow(plot) {
    const pages = plot.closest("[data-trials]")?.dataset.trials;
    if (!pages || plot.dataset.follows) return;
    plot.dataset.follows = "true";
    plot.on("plotly_click", ({ points }) => {
      const number = points.map(({ data, pointNumber }) => numbersOf(data)?.[pointNumber]).find(Boolean);
      if (number !== undefined) window.location.assign(pages.replace("/0/", `/${number}/`));
    });
  }

  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const plain = (text) => new DOMParser().parseFromString(String(text ?? ""), "text/html").body.textContent;

  /** Parallel coordinates: a row a trial, with positions as they stand on the axes. */
  const lines = ({ dimensions, ids }) => [
    ["trial", ...dimensions.map(({ label }) => plain(label))],
    ...ids.map((id, row) => [id, ...dimensions.map(({ values }) => values[row])]),
  ];

  /** Return the numbers behind a figure as CSV: a row a point. */
  function asCsv(figure) {
    const titles = ["xaxis", "yaxis"].map((axis) => plain(figure.layout[axis]?.title?.text));
    const rows = [["series", "trial", titles[0] || "x", titles[1] || "y", "value"]];
    for (const trace of figure.data) {
      if (trace.dimensions) return lines(trace).map((row) => row.map(cell).join(",")).join("\r\n");
      if (trace.z) trace.y.forEach((y, row) => trace.x.forEach((x, column) => rows.push([trace.name, "", x, y, trace.z[row][column]])));
      else (trace.x || trace.y || []).forEach((_, i) => rows.push([trace.name, numbersOf(trace)?.[i], trace.x?.[i], trace.y?.[i], ""]));
    }
    return rows.map((row) => row.map(cell).join(",")).join("\r\n");
  }

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  /** Return a picture of an SVG that a script of ours has drawn. */
  async function pictureOf(svg, format) {
    const copy = svg.cloneNode(true);
    copy.style.background = color("surface");
    const blob = new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
    if (format === "svg") return blob;
    const image = new Image();
    image.src = URL.createObjectURL(blob);
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [svg.clientWidth * 2, svg.clientHeight * 2];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
  }

  /** Save a drawn figure: `format` is png, svg or csv. */
  async function download(plot, figure, format) {
    const name = `${document.title.split(" · ")[0]} ${figure.name}`.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
    if (format === "csv") return save(new Blob([asCsv(figure)], { type: "text/csv" }), `${name}.csv`);
    const own = plot.querySelector(":scope > svg");
    if (own) return save(await pictureOf(own, format), `${name}.${format}`);
    const ground = { paper_bgcolor: color("surface"), plot_bgcolor: color("surface") };
    const { clientWidth: width, clientHeight: height } = plot;
    const picture = await Plotly.toImage({ data: plot.data, layout: { ...plot.layout, ...ground } }, { format, width, height, scale: 2 });
    const comma = picture.indexOf(",");
    const isBase64 = picture.slice(0, comma).endsWith(";base64");
    const body = isBase64 ? Uint8Array.from(atob(picture.slice(comma + 1)), (c) => c.charCodeAt(0)) : decodeURIComponent(picture.slice(comma + 1));
    return save(new Blob([body], { type: format === "svg" ? "image/svg+xml" : "image/png" }), `${name}.${format}`);
  }

  /** Call back once plotly is there, and again whenever the theme changes. */
  function whenReady(callback) {
    if (window.Plotly) callback();
    else document.getElementById("plotly").addEventListener("load", callback);
    for (const media of ["(prefers-color-scheme: dark)", "print"]) matchMedia(media).addEventListener("change", callback);
  }

  return { color, draw, download, whenReady };
})();
