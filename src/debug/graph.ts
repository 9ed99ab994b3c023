import { sourceOf } from "../graph/source.ts";
import type { Node, Value } from "../graph/value.ts";
import type { ProgramRequest } from "../plan/build.ts";
import { userLine } from "./lines.ts";
import { attributesOf, kindOf, Listing, typeOf } from "./listing.ts";
import { executableOf, type Inspected } from "./program.ts";

/**
 * A program's graph as text, a line a value: what it is called, its element type and shape, the operation that gives it, that
 * operation's inputs by name, and, where the program was compiled with `debug: true`, the line of your code that made it. Of a
 * Trainer the backward pass too; what it makes names the value whose gradient it is. Functions of `scan` and `checkpoint` are
 * indented. The last lines say what leaves the graph.
 *
 * Throws ArgumentError for what is no program.
 *
 * ```ts
 * console.log(debug.graph(program));
 * ```
 */
export const graph = (program: Inspected): string => graphText(executableOf("graph", program).request);

/** @internal */
export function graphText(request: ProgramRequest): string {
  const listing = new Listing(request);
  const lines = listing.leaves.flatMap((leaf) => {
    const name = listing.nameOf(leaf);
    // numbers are shown where they are read
    return kindOf(leaf) === "constant" && leaf.rank === 0 ? [] : [`${kindOf(leaf)} ${name}: ${typeOf(leaf)}`];
  });
  for (const node of listing.nodes) lines.push(...linesOf(listing, node, ""));
  for (const { value, label } of listing.results) lines.push(`${label} = ${listing.nameOf(value)}`);
  return lines.join("\n");
}

function linesOf(listing: Listing, node: Node, indent: string): string[] {
  const attributes = attributesOf(node);
  const call = `${node.op.name}(${listing.inputsOf(node)})${attributes && ` ${attributes}`}`;
  const where = whereOf(listing, node);
  const [first, ...others] = node.results.map((value) => declared(listing, value));
  const names = Object.entries(node.outputs).flatMap(([name, given]) =>
    Array.isArray(given) ? given.map((_, i) => `${name}[${i}]`) : given ? [name] : [],
  );
  return [
    `${indent}${first} = ${call}${where && `  # ${where}`}`,
    ...others.map((other, i) => `${indent}${other} = ${names[i + 1]} of the same`),
    ...bodyOf(listing, node, `${indent}  `),
  ];
}

/** What a loop's or checkpoint's function reads, and computes. */
function bodyOf(listing: Listing, node: Node, indent: string): string[] {
  const body = node.op.body?.(node);
  if (!body) return [];
  const bindings = [...body.bindings];
  const bound = new Set(bindings.map(([placeholder]) => placeholder));
  const carried = body.nodes
    .flatMap(({ operands }) => operands)
    .filter(
      (value, i, all) =>
        kindOf(value) === "placeholder" && !value.node && !bound.has(value) && all.indexOf(value) === i,
    );
  return [
    ...bindings.map(([placeholder, of]) => {
      const isSlice = placeholder.rank < of.rank;
      return `${indent}${declared(listing, placeholder)} = ${isSlice ? "a step of " : ""}${listing.nameOf(of)}`;
    }),
    ...carried.map((value) => `${indent}${declared(listing, value)} = carried`),
    ...body.nodes.flatMap((each) => linesOf(listing, each, indent)),
  ];
}

const declared = (listing: Listing, value: Value): string => `${listing.nameOf(value)}: ${typeOf(value)}`;

function whereOf(listing: Listing, node: Node): string {
  const source = sourceOf(node);
  if (!source) return "";
  const { gradientOf } = source;
  if (!gradientOf) return userLine(source) ?? "";
  const [first] = gradientOf.results;
  const before = sourceOf(gradientOf);
  const line = before && !before.gradientOf && userLine(before);
  return `gradient of ${first && listing.nameOf(first)}${line ? `, ${line}` : ""}`;
}
