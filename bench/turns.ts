/** Runs of several things, one after the other again and again, so that what else the machine does falls on all alike. */
import { median } from "./median.ts";

export interface Timed {
  /** Runs once and waits for the result. */
  run(): Promise<unknown>;
  /** Milliseconds of each run. */
  readonly times: number[];
  /** Processor time of each run in milliseconds, of all threads of this process. */
  readonly cpu: number[];
}

/** Every second round goes from the last to the first. */
export async function inTurns(entries: readonly Timed[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const entry of round % 2 ? [...entries].reverse() : entries) {
      const [start, before] = [performance.now(), process.cpuUsage()];
      await entry.run();
      entry.times.push(performance.now() - start);
      const { user, system } = process.cpuUsage(before);
      entry.cpu.push((user + system) / 1000);
    }
  }
}

/** Median of the ratios of each round. */
export const medianRatio = (own: readonly number[], base: readonly number[]): number =>
  median(own.map((ms, i) => ms / (base[i] as number)));
