import { UnsupportedError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import type { ProgramRequest } from "../plan/build.ts";
import { type Box, type Edge, layOut } from "./layout.ts";
import { kindOf, Listing, typeOf } from "./listing.ts";
import { executableOf, type Inspected } from "./program.ts";

/** What is still readable. */
const MOST_BOXES = 200;
const LINE = 16;
const CHARACTER = 7.3;
const PADDING = 10;

/** Fill and stroke. */
const COLOURS: Readonly<Record<string, readonly [string, string]>> = {
  input: ["#e0f2fe", "#0284c7"],
  parameter: ["#fef3c7", "#d97706"],
  constant: ["#f3f4f6", "#9ca3af"],
  operation: ["#ffffff", "#374151"],
  result: ["#dcfce7", "#16a34a"],
};

interface Part {
  readonly kind: string;
  readonly lines: readonly string[];
}

/**
 * Draws a program's graph: inputs, parameters, operations with what they give, and what leaves the graph, from above to below.
 * A `scan` or `checkpoint` is one box. Gives the text of an SVG file. Throws UnsupportedError for a graph of more than 200 boxes,
 * ArgumentError for what is no program.
 *
 * ```ts
 * await writeFile("graph.svg", debug.graphSvg(program));
 * ```
 */
export const graphSvg = (program: Inspected): string => drawGraph(executableOf("graphSvg", program).request);

/** @internal */
export function drawGraph(request: ProgramRequest): string {
  const { parts, pairs } = partsOf(new Listing(request));
  if (parts.length > MOST_BOXES) {
    throw new UnsupportedError(
      `debug.graphSvg: the graph has ${parts.length} boxes, expected at most ${MOST_BOXES} to be readable; compile a part of the model by itself, or read debug.graph`,
    );
  }
  const sizes = parts.map(({ lines }) => ({
    width: Math.ceil(Math.max(...lines.map(({ length }) => length)) * CHARACTER) + 2 * PADDING,
    height: lines.length * LINE + PADDING,
  }));
  const { boxes, edges, width, height } = layOut(sizes, pairs);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#6b7280"/></marker></defs>',
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    ...edges.map((edge) => pathOf(edge, boxes)),
    ...parts.map((part, i) => boxOf(part, boxes[i] as Box)),
    "</svg>",
    "",
  ].join("\n");
}

/** Boxes in an order in which edges lead forward, and the edges between them. */
function partsOf(listing: Listing): { parts: Part[]; pairs: [number, number][] } {
  const parts: Part[] = [];
  const pairs: [number, number][] = [];
  const places = new Map<Value, number>();
  for (const leaf of listing.leaves) {
    // numbers are shown where they are read
    if (kindOf(leaf) === "constant" && leaf.rank === 0) continue;
    const name = listing.nameOf(leaf);
    places.set(leaf, parts.push({ kind: kindOf(leaf), lines: [name, typeOf(leaf)] }) - 1);
  }
  const connect = (values: readonly Value[], to: number) => {
    const from = new Set(values.flatMap((value) => places.get(value) ?? []));
    for (const each of from) pairs.push([each, to]);
  };
  for (const node of listing.nodes) {
    const numbers = node.operands.filter((value) => kindOf(value) === "constant" && value.rank === 0 && !value.node);
    const { kind } = (node.attributes ?? {}) as { readonly kind?: unknown };
    const words = [node.op.name, ...(typeof kind === "string" ? [kind] : [])];
    const head = [...words, ...numbers.map((value) => listing.nameOf(value))].join(" ");
    const lines = [head, ...node.results.map((value) => `${listing.nameOf(value)}: ${typeOf(value)}`)];
    const place = parts.push({ kind: "operation", lines }) - 1;
    connect(node.operands, place);
    for (const value of node.results) places.set(value, place);
  }
  for (const { value, label } of listing.results) {
    connect([value], parts.push({ kind: "result", lines: [label, listing.nameOf(value)] }) - 1);
  }
  return { parts, pairs };
}

function boxOf({ kind, lines }: Part, { x, y, width, height }: Box): string {
  const [fill, stroke] = COLOURS[kind] ?? ["#ffffff", "#374151"];
  const radius = kind === "operation" ? 4 : 12;
  const texts = lines.map((line, i) => {
    const style = i === 0 ? ' font-weight="600"' : ' fill="#4b5563"';
    return `<text x="${round(x)}" y="${round(y + PADDING / 2 + LINE * (i + 0.75))}" text-anchor="middle"${style}>${escaped(line)}</text>`;
  });
  return `<g><rect x="${round(x - width / 2)}" y="${round(y)}" width="${width}" height="${height}" rx="${radius}" fill="${fill}" stroke="${stroke}"/>${texts.join("")}</g>`;
}

/** Curves that leave and arrive downwards. */
function pathOf({ from, to, bends }: Edge, boxes: readonly Box[]): string {
  const [start, end] = [boxes[from] as Box, boxes[to] as Box];
  const points = [{ x: start.x, y: start.y + start.height }, ...bends, { x: end.x, y: end.y - 1 }];
  const [first, ...rest] = points.map(({ x, y }) => ({ x: round(x), y: round(y) }));
  let [d, last] = [`M${first?.x} ${first?.y}`, first as { x: number; y: number }];
  for (const point of rest) {
    const middle = round((last.y + point.y) / 2);
    d +=
      last.x === point.x ? `L${point.x} ${point.y}` : `C${last.x} ${middle} ${point.x} ${middle} ${point.x} ${point.y}`;
    last = point;
  }
  return `<path d="${d}" fill="none" stroke="#6b7280" marker-end="url(#arrow)"/>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
