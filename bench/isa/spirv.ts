// As much of SPIR-V as is needed to make a pipeline of it: its entry point and what it binds.

const magic = 0x07230203;
const op = { entryPoint: 15, variable: 59, decorate: 71 } as const;
const decoration = { binding: 33 } as const;
const storageClass = { uniform: 2, storageBuffer: 12 } as const;

export interface SpirvModule {
  readonly entryPoint: string;
  /** A letter for each binding of group 0, from 0: `s` storage buffer, `u` uniform buffer, `-` none. */
  readonly bindings: string;
}

/** @param words of a module with one entry point, whose bindings are all of group 0 */
export function readSpirv(words: Uint32Array): SpirvModule {
  if (words[0] !== magic) throw new Error("this is no SPIR-V");
  let entryPoint = "";
  const bindingOf = new Map<number, number>();
  const classOf = new Map<number, number>();
  for (let at = 5; at < words.length; ) {
    const [length, code] = [(words[at] as number) >>> 16, (words[at] as number) & 0xffff];
    const operand = (index: number) => words[at + 1 + index] as number;
    if (code === op.entryPoint) entryPoint = textAt(words, at + 3);
    if (code === op.decorate && operand(1) === decoration.binding) bindingOf.set(operand(0), operand(2));
    if (code === op.variable) classOf.set(operand(1), operand(2));
    if (length === 0) throw new Error("SPIR-V: an instruction has no length");
    at += length;
  }
  const letters: string[] = [];
  for (const [variable, binding] of bindingOf) {
    const kind = classOf.get(variable);
    if (kind === storageClass.storageBuffer) letters[binding] = "s";
    if (kind === storageClass.uniform) letters[binding] = "u";
  }
  return { entryPoint, bindings: Array.from(letters, (letter) => letter ?? "-").join("") };
}

/** Text in words, the first character in a word's low byte, with a 0 at its end. */
function textAt(words: Uint32Array, start: number): string {
  let text = "";
  for (let at = start * 4; ; at++) {
    const byte = ((words[at >> 2] as number) >>> ((at & 3) * 8)) & 0xff;
    if (byte === 0) return text;
    text += String.fromCharCode(byte);
  }
}
