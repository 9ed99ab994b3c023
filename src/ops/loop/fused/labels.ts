/** Names in kernels of what a cell computes: as people call it, else by the operation. */
import { nameOfValue } from "../../../graph/called.ts";
import { Parameter } from "../../../graph/parameter.ts";
import { sizeOf } from "../../../graph/shape.ts";
import type { Node, Value } from "../../../graph/value.ts";
import type { Loop } from "../loop.ts";

/** What a name in WGSL begins with that stands for an element of a value; a number follows. */
export function labelOf(value: Value): string {
  const label = wordsOf(value)
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, "")
    .replace(/^[_0-9]+|_+$/g, "");
  // names of the templates' own
  return /^(?:place|sum|maximum)_?\d/.test(label) || label === "" ? `value_${label}` : label;
}

/** Whether all that a node gives is all of one operand, perhaps in another order or more than once. */
function passesOn(node: Node): boolean {
  const [move, ...others] = node.op.moves?.(node) ?? [];
  if (!move || others.length > 0) return false;
  const size = sizeOf(move.extents);
  return size === sizeOf(move.output.shape) && size >= sizeOf(move.input.shape);
}

function wordsOf(value: Value): string {
  const called = nameOfValue(value);
  if (called !== undefined) return called;
  if (value instanceof Parameter) return value.name.split(".").at(-1) as string;
  const { node } = value;
  if (!node) return "given";
  const kept = keptIn(node, value);
  const [operand] = node.operands;
  if (kept) return wordsOf(kept);
  if (operand && passesOn(node)) return wordsOf(operand);
  const { kind } = (node.attributes ?? {}) as { readonly kind?: unknown };
  if (typeof kind !== "string") return node.op.name;
  return node.op.name.endsWith("Backward") ? `${kind}_gradient` : kind;
}

/** What an output of a loop is inside it. */
function keptIn({ op, attributes, outputs }: Node, value: Value): Value | undefined {
  // only loops run something inside
  if (!op.body) return undefined;
  const { loop } = attributes as { readonly loop: Loop };
  const { kept = [], before = [] } = outputs as { kept?: readonly Value[]; before?: readonly Value[] };
  const place = loop.before[before.indexOf(value)];
  return place === undefined ? loop.kept[kept.indexOf(value)] : loop.carry[place]?.placeholder;
}

/**
 * A text whose names stand for their places: what says the same in other words is the same text. Comments say nothing, but for
 * tags.
 */
export function withoutNames(text: string): string {
  const places = new Map<string, string>();
  for (const [, name] of text.matchAll(/\blet (\w+) =/g)) places.set(name as string, `$${places.size}`);
  return text.replace(/^\/\/ (?!@).*$/gm, "").replace(/\b[a-z]\w*\b/g, (word) => places.get(word) ?? word);
}
