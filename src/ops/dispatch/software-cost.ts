/** What a software adapter's time is reckoned from, in instructions of SwiftShader: how ways without a measurement are ranked. */

/** Workgroups that it works on at once: more matter only where there are few workgroups. */
const WORKERS = 2;

export const turns = (workgroups: number): number => Math.ceil(workgroups / WORKERS);

/** Instructions that a worker of it carries out in a second, roughly: 4 GFLOP/s of multiply-adds and their loads on two. */
export const INSTRUCTIONS_PER_SECOND = 2.5e9;

/** Of four threads, which SwiftShader runs as one: numbers that each loads, and multiply-adds of each. */
export const cost = (loads: number, multiplyAdds: number): number => 80 * loads + 8 * multiplyAdds;
