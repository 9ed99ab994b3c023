// What a kernel's instructions are, and of which its hot loop is made: the innermost loop with the most multiply-adds.

/** Counts of instructions. */
export interface Mix {
  /** All but waits and hints, which take no slot of an execution unit. An instruction of two halves counts once. */
  readonly issued: number;
  /** Multiplications with an addition, of a thread each; one that does two counts twice. */
  readonly multiplyAdds: number;
  /** Loads and stores of memory, by vectors of threads or for all of them. */
  readonly memory: number;
  /** Loads and stores of workgroup memory. */
  readonly shared: number;
  readonly barriers: number;
}

interface Block {
  readonly name: string;
  readonly instructions: string[];
}

/** A loop as the blocks from its head to its last branch back, numbers of them. */
interface Loop {
  readonly head: number;
  readonly end: number;
}

/** The mix of the hot loop, without loops inside it; null where no loop multiplies and adds.
 * @param assembly as RADV prints it: blocks `BB3:`, an instruction a line */
export function hotLoop(assembly: string): Mix | null {
  const blocks = blocksOf(assembly);
  const loops = loopsOf(blocks);
  const within = (inner: Loop, outer: Loop) => outer !== inner && outer.head <= inner.head && inner.end <= outer.end;
  const mixes = loops.map((loop) => {
    const nested = loops.filter((inner) => within(inner, loop));
    const own = blocks.filter(
      (_, i) => loop.head <= i && i <= loop.end && !nested.some(({ head, end }) => head <= i && i <= end),
    );
    return mixOf(own);
  });
  const best = mixes.reduce<Mix | null>(
    (most, mix) => (mix.multiplyAdds > (most?.multiplyAdds ?? 0) ? mix : most),
    null,
  );
  return best;
}

export const wholeMix = (assembly: string): Mix => mixOf(blocksOf(assembly));

function blocksOf(assembly: string): Block[] {
  const blocks: Block[] = [];
  for (const line of assembly.split("\n")) {
    const label = /^(BB\d+):/.exec(line)?.[1];
    if (label !== undefined) blocks.push({ name: label, instructions: [] });
    const instruction = line.split(";")[0]?.trim() ?? "";
    if (/^[a-z]/.test(instruction)) blocks.at(-1)?.instructions.push(instruction);
  }
  return blocks;
}

/** Blocks are in the order of a structured program, so a branch back closes a loop that begins where it leads. */
function loopsOf(blocks: readonly Block[]): Loop[] {
  const numberOf = new Map(blocks.map(({ name }, i) => [name, i]));
  const ends = new Map<number, number>();
  for (const [i, { instructions }] of blocks.entries()) {
    for (const instruction of instructions) {
      const target = numberOf.get(/^s_c?branch\w*\s+(BB\d+)/.exec(instruction)?.[1] ?? "");
      if (target !== undefined && target <= i) ends.set(target, Math.max(i, ends.get(target) ?? 0));
    }
  }
  return [...ends].map(([head, end]) => ({ head, end }));
}

function mixOf(blocks: readonly Block[]): Mix {
  const mix = { issued: 0, multiplyAdds: 0, memory: 0, shared: 0, barriers: 0 };
  for (const instruction of blocks.flatMap(({ instructions }) => instructions)) {
    if (/^s_(waitcnt|delay_alu|nop|clause|sleep)/.test(instruction)) continue;
    mix.issued++;
    // two in one: `v_dual_fmac_f32 … :: v_dual_mul_f32 …`
    for (const half of instruction.split("::")) mix.multiplyAdds += multiplyAddsOf(half.trim());
    if (/^(buffer|global|flat|scratch|s_load|s_buffer_load)_/.test(instruction)) mix.memory++;
    if (instruction.startsWith("ds_")) mix.shared++;
    if (instruction.startsWith("s_barrier")) mix.barriers++;
  }
  return mix;
}

function multiplyAddsOf(instruction: string): number {
  if (/^v_pk_(fma|fmac|mad)_f/.test(instruction)) return 2;
  return /^v_(dual_)?(fma|fmac|mad|mac|dot)\w*_f/.test(instruction) ? 1 : 0;
}
