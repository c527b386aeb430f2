import type { Bar } from "./series.ts";

/** The texts of a chart. */
export interface ChartWords {
  /** What it shows, with its totals, for screen readers. */
  label: string;
  /** One bar, in words. */
  tip(bar: Bar): string;
  /** Under the first and the last bar. */
  ends: [string, string];
}

const WIDTH = 600;
const HEIGHT = 130;
const TOP = 16;
const BOTTOM = 20;

/** Bars on a line. The bad part is stacked on the good one, or with `isMirrored` drawn below the line. */
export function barChart(bars: Bar[], words: ChartWords, isMirrored = false): SVGElement {
  const { most, least } = extremes(bars, isMirrored);
  const scale = (HEIGHT - TOP - BOTTOM) / Math.max(most + least, 1);
  const line = TOP + most * scale;
  const step = WIDTH / bars.length;
  const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  svg.setAttribute("aria-label", words.label);
  bars.forEach((bar, place) => {
    const column = { x: place * step + step * 0.15, width: step * 0.7 };
    const good = bar.good * scale;
    const bad = bar.bad * scale;
    const group = draw("g", {}, draw("title", {}, words.tip(bar)));
    group.append(
      draw("rect", { ...column, y: TOP, height: HEIGHT - TOP - BOTTOM, class: "slot" }),
      draw("rect", { ...column, y: line - good, height: good, class: "good" }),
      draw("rect", {
        ...column,
        y: isMirrored ? line : line - good - bad,
        height: bad,
        class: "bad",
      }),
    );
    svg.append(group);
  });
  svg.append(
    draw("line", { x1: 0, x2: WIDTH, y1: line, y2: line, class: "axis" }),
    draw("text", { x: 0, y: TOP - 5 }, String(most)),
    draw("text", { x: 0, y: HEIGHT - 4 }, words.ends[0]),
    draw("text", { x: WIDTH, y: HEIGHT - 4, "text-anchor": "end" }, words.ends[1]),
  );
  return svg;
}

/** How far up and how far down the bars reach. */
export function extremes(bars: Bar[], isMirrored: boolean): { most: number; least: number } {
  const up = bars.map(({ good, bad }) => isMirrored ? good : good + bad);
  const down = bars.map(({ bad }) => isMirrored ? bad : 0);
  return { most: Math.max(0, ...up), least: Math.max(0, ...down) };
}

function draw(
  tag: string,
  attributes: Record<string, string | number>,
  ...children: (Node | string)[]
): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}
