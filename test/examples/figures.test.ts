import { DOMParser } from "@xmldom/xmldom";
import { expect, it } from "vitest";
import { barChart } from "../../examples/shared/figures/bar-chart.ts";
import { figure } from "../../examples/shared/figures/figure.ts";
import { heatMap } from "../../examples/shared/figures/heat-map.ts";
import { lineChart } from "../../examples/shared/figures/line-chart.ts";
import { lossPlot } from "../../examples/text-generation/plot.ts";

/** The root of a picture that is well-formed and has no number that is none. */
function parse(svg: string) {
  expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  const fail = (_: unknown, message: string) => expect.fail(message);
  const root = new DOMParser({ onError: fail }).parseFromString(svg, "image/svg+xml").documentElement;
  const all = (name: string) => [...(root?.getElementsByTagName(name) ?? [])];
  return { root, all, texts: all("text").map(({ textContent }) => textContent) };
}

it.each([1, 2, 3, 5000])("plots the loss of %i steps, small enough to be kept", (length) => {
  const losses = Array.from({ length }, (_, i) => 1 + 2 * Math.exp(-i / 100));
  const svg = lossPlot(losses, 'a < b & "c"', "sub");
  expect(parse(svg).root?.getAttribute("aria-label")).toBe('a < b & "c"');
  expect(parse(svg).texts).toEqual(expect.arrayContaining(['a < b & "c"', "sub", "step"]));
  expect(svg.length).toBeLessThan(30_000);
});

it("breaks a line where a logarithmic axis has no place, and has labels at powers of ten", () => {
  const points = [1, 0.01, Number.NaN, 0, 0.1, 1e-5, Number.POSITIVE_INFINITY, 1].map((y, x) => [x, y] as const);
  const lines = [
    { label: "loss", points },
    { label: "empty", points: [] },
    { label: "level", level: 0.5 },
  ];
  const chart = lineChart({ xLabel: "x", yLabel: "y", lines, log: true });
  const { all, texts } = parse(figure({ title: "t" }, [chart]));
  const curve = all("path").find((path) => path.getAttribute("d")?.match(/^M64,/));
  expect(curve?.getAttribute("d")?.match(/M/g)).toHaveLength(3);
  expect(texts).toEqual(expect.arrayContaining(["1e-5", "1e-4", "0.001", "0.01", "0.1", "1"]));
  expect(all("tspan").map(({ textContent }) => textContent)).toEqual(["—", "—", "- -"]);
});

it("draws values outside of a given range at its edge", () => {
  const points = [
    [0, -5],
    [1, 5],
  ] as const;
  const chart = lineChart({ xLabel: "x", yLabel: "y", lines: [{ label: "l", points }], yRange: [0, 1] });
  expect(figure({ title: "t" }, [chart])).toContain('d="M64,316L740,28"');
});

it("draws a square for each weight that is seen, with repeated labels", () => {
  const map = heatMap({
    rows: ["a", "a"],
    columns: ["<", "x", "x"],
    values: [
      [0, 0.5, 1],
      [0.25, 0, Number.NaN],
    ],
  });
  const { all, texts } = parse(figure({ title: "t" }, [map]));
  const opacities = all("rect").flatMap((rect) => rect.getAttribute("fill-opacity") ?? []);
  expect(opacities).toEqual(["0.5", "1", "0.25"]);
  expect(texts.filter((label) => label === "a" || label === "x" || label === "<")).toHaveLength(5);
});

it("begins logarithmic bars at 1, in both directions, a colour for each series", () => {
  const bars = [0.1, 10, 0, Number.NaN].map((value, i) => ({ label: "same", value, series: `s${i % 2}` }));
  const { all, texts } = parse(figure({ title: "t" }, [barChart({ xLabel: "x", bars, log: true })]));
  const drawn = all("rect").filter((rect) => rect.getAttribute("fill")?.startsWith("var(--c"));
  expect(drawn.map((rect) => rect.getAttribute("fill"))).toEqual(["var(--c0)", "var(--c1)"]);
  const [low, high] = drawn.map((rect) => Number(rect.getAttribute("x")));
  expect(low).toBeLessThan(high as number);
  expect(texts.filter((label) => label === "same")).toHaveLength(4);
});

it("places panels in rows", () => {
  const map = heatMap({ title: "m", values: [[1]] });
  const { all } = parse(figure({ title: "t", columns: 2 }, [map, map, map]));
  const places = all("g").flatMap((g) => (g.getAttribute("class") === "panel" ? g.getAttribute("transform") : []));
  expect(places).toEqual(["translate(0 38)", "translate(62 38)", "translate(0 96)"]);
});
