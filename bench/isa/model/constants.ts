// What the model takes for given. A figure changes by a measurement on the card alone, and then says which.

export interface Card {
  readonly name: string;
  /** Names of its adapter. */
  readonly adapter: RegExp;
  /** Multiprocessors, each of which issues an instruction for 128 lanes a cycle. */
  readonly processors: number;
  readonly gigahertz: number;
  /** Of memory, in GB/s. */
  readonly bandwidth: number;
  /** Of the second-level cache, in MB. */
  readonly cache: number;
}

/**
 * H100 SXM: 132 multiprocessors, 50 MB, 1.755 GHz (chipsandcheese.com/p/nvidias-h100-funny-l2-and-tons-of-bandwidth, of the PCIe
 * card's clock), 3,350 GB/s (NVIDIA's data sheet). H200 SXM: the same chip with 4,800 GB/s (NVIDIA's data sheet). RTX 3060 12 GB: 28,
 * 3 MB, 1.777 GHz, 360 GB/s (cputronic.com/en/gpu/nvidia-geforce-rtx-3060-8-gb,
 * pcpartdb.com/gpus/view/nvidia-geforce-rtx-3060-12-gb-ga104).
 */
export const cards: Readonly<Record<"h100" | "h200" | "rtx3060", Card>> = {
  h100: {
    name: "H100 SXM",
    adapter: /\bH100\b(?!.*(PCIe|NVL))/,
    processors: 132,
    gigahertz: 1.755,
    bandwidth: 3350,
    cache: 50,
  },
  h200: {
    name: "H200 SXM",
    adapter: /\bH200\b(?!.*NVL)/,
    processors: 132,
    gigahertz: 1.755,
    bandwidth: 4800,
    cache: 50,
  },
  rtx3060: {
    name: "RTX 3060",
    adapter: /\bRTX 3060(?! (Ti|Laptop))/,
    processors: 28,
    gigahertz: 1.777,
    bandwidth: 360,
    cache: 3,
  },
};

/**
 * Microseconds from the end of a dispatch to the start of the one that waits for it: an assumption. Published costs of a dispatch are
 * 2 to 70 µs, the encoding included (arXiv 2604.02344).
 */
export const WAIT = 2.5;

/** Lanes of a multiprocessor. */
export const LANES = 128;

/**
 * Share of the issue slots that are used: an assumption. It puts a product of matrices with 1.41 instructions for each multiply-add at
 * 35% of the peak; the best published one in WebGPU has 72% (wgpu-mm, M2).
 */
export const ISSUED = 0.5;

/** Share of a bandwidth that is had: an assumption. */
export const STREAMED = 0.7;

/** How much faster the cache is than memory, and cycles until it answers a load: assumptions. */
export const CACHE_SPEED = 2;
export const CACHE_CYCLES = 250;

/** Bytes a cycle that one multiprocessor gets from the cache (NVIDIA's A100 whitepaper: 64; taken for these cards, too). */
export const PORT = 64;

/** Registers of a multiprocessor and threads that it holds at most. */
export const REGISTERS = 65_536;
export const THREADS = 1536;
