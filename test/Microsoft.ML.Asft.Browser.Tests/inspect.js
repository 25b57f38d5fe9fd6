() => {
  // What is wrong with a page, as JSON: contrasts after WCAG 2.2 (text 4.5, lines 3), charts without finite shapes, a page wider than its window.
  const problems = [];
  const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }), known = new Map();
  const rgba = color => {
    if (!known.has(color)) {
      pixel.clearRect(0, 0, 1, 1);
      pixel.fillStyle = color;
      pixel.fillRect(0, 0, 1, 1);
      const d = pixel.getImageData(0, 0, 1, 1).data;
      known.set(color, [d[0], d[1], d[2], d[3] / 255]);
    }
    return known.get(color);
  };
  const over = (front, back) => [0, 1, 2].map(i => front[i] * front[3] + back[i] * (1 - front[3])).concat(1);
  const canvasOf = () => { const e = document.createElement("div"); e.style.background = "Canvas"; document.body.append(e); const c = rgba(getComputedStyle(e).backgroundColor); e.remove(); return c; };
  const canvas = canvasOf();
  const backgrounds = new Map([[null, canvas]]);
  const backgroundOf = element => {
    if (!backgrounds.has(element)) backgrounds.set(element, over(rgba(getComputedStyle(element).backgroundColor), backgroundOf(element.parentElement)));
    return backgrounds.get(element);
  };
  const luminance = c => { const [r, g, b] = c.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const contrast = (color, element) => {
    const back = backgroundOf(element);
    const [a, b] = [luminance(over(rgba(color), back)), luminance(back)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const need = (least, color, element, what) => { const ratio = contrast(color, element); if (!(ratio >= least)) problems.push(`contrast ${ratio.toFixed(2)} < ${least}: ${what} (${color})`); };

  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), element = walker.currentNode.parentElement;
    if (!text || !element.getClientRects().length || element.closest("title, style, script")) continue;
    texts++;
    const style = getComputedStyle(element);
    need(4.5, element.closest("svg") ? style.fill : style.color, element, `text '${text.slice(0, 40)}'`);
    if (parseFloat(style.opacity) < 1) problems.push(`text '${text.slice(0, 40)}' is see-through`);
  }

  let curves = 0;
  const charts = [...document.querySelectorAll("svg[role=img]")];
  for (const svg of document.querySelectorAll("svg")) {
    const name = svg.getAttribute("aria-label") ?? "a key", box = svg.viewBox.baseVal, size = svg.getBoundingClientRect();
    if (!(size.width > 10 && size.height > 3)) problems.push(`${name}: not drawn, ${size.width} x ${size.height}`);
    if (!svg.querySelector("path, polyline, line, polygon")) problems.push(`${name}: empty`);
    for (const shape of svg.querySelectorAll("*")) {
      for (const attribute of ["d", "points", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "transform"]) {
        const value = shape.getAttribute(attribute);
        if (value !== null && (value === "" || /nan|inf|∞|undefined/i.test(value))) problems.push(`${name}: ${shape.tagName} has ${attribute}='${value}'`);
      }
      if (!shape.getBBox || shape.tagName === "title") continue;
      const b = shape.getBBox();
      if (![b.x, b.y, b.width, b.height].every(Number.isFinite)) problems.push(`${name}: ${shape.tagName} has no finite place`);
      if (["path", "polyline", "line", "circle"].includes(shape.tagName) && !shape.classList.contains("grid")) {
        const style = getComputedStyle(shape);
        if (b.x < box.x - 1 || b.y < box.y - 1 || b.x + b.width > box.x + box.width + 1 || b.y + b.height > box.y + box.height + 1) problems.push(`${name}: ${shape.tagName} leaves the chart`);
        need(3, shape.tagName === "circle" ? style.fill : style.stroke, svg, `${name}: ${shape.tagName}`);
        if (shape.tagName === "path" || shape.tagName === "polyline") { curves++; if (!(shape.getTotalLength() > 0) && !svg.querySelector(`circle.${[...shape.classList].at(-1)}`)) problems.push(`${name}: a curve has no length`); }
      }
    }
  }
  for (const svg of charts) if (!svg.querySelector("path, polyline")) problems.push(`${svg.getAttribute("aria-label")}: no curve`);
  for (const key of document.querySelectorAll(".key i")) { const style = getComputedStyle(key); need(3, parseFloat(style.borderTopWidth) > 0 ? style.borderTopColor : style.backgroundColor, key.parentElement, "a key"); }
  for (const drawing of document.querySelectorAll("canvas")) problems.push(`a canvas, at which nothing looks yet: ${drawing.outerHTML.slice(0, 60)}`);

  const wide = document.documentElement;
  if (wide.scrollWidth > wide.clientWidth) {
    const widest = [...document.querySelectorAll("body *")].filter(e => !e.closest("svg *")).sort((a, b) => b.getBoundingClientRect().right - a.getBoundingClientRect().right)[0];
    problems.push(`${wide.scrollWidth} wide in a window of ${wide.clientWidth}: ${widest.outerHTML.slice(0, 80)}`);
  }
  return JSON.stringify({ problems, texts, charts: charts.length, curves, background: backgroundOf(document.body).map(Math.round).join(" ") });
}
