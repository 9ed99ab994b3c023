import type { Device } from "../../gpu/device.ts";
import type { Replay } from "../replay.ts";
import { Timestamps } from "../timestamps.ts";

/** A program, and how often it runs in one measurement. */
export interface Sample {
  readonly replay: Replay;
  readonly repeats: number;
}

export interface TuningClock {
  /** Milliseconds, for the budget. */
  now(): number;
  /** Seconds that a sample must last so that neither the clock's ticks nor the wait for its end count. */
  readonly shortest: number;
  /** Seconds that each of the samples takes, one run after the other. */
  time(samples: readonly Sample[]): Promise<number[]>;
}

const now = () => performance.now();

/**
 * The GPU's own clock where it has one: no wait and no sleeping page counts, and one wait is enough for all samples. Else the host's,
 * around the whole submit.
 */
export async function tuningClock(device: Device): Promise<TuningClock> {
  if (device.profile.features.has("timestamp-query")) return gpuClock(device);
  return hostClock(device);
}

/**
 * Browsers round timestamps to 0.1 ms. Longer samples would be disturbed more often. JavaScript encodes what comes next while a GPU
 * computes, so a run takes as long as the slower of both: of many short dispatches that may be JavaScript. Where a browser's
 * clock is coarse, the fastest of several samples is none that a tick fell into.
 */
const gpuClock = (device: Device): TuningClock => ({
  now,
  shortest: 2e-3,
  async time(samples) {
    const partsOf = ({ replay }: Sample) => replay.program.cuts.length + 1;
    const timestamps = new Timestamps(
      device,
      samples.reduce((sum, sample) => sum + partsOf(sample), 0),
      "tune",
    );
    try {
      let span = 0;
      const encoding = samples.map((sample) => {
        const start = now();
        submitSample(sample, () => timestamps.writes(span++));
        return (now() - start) / 1e3;
      });
      const last = device.gpu.createCommandEncoder({ label: "tune" });
      timestamps.resolve(last);
      device.gpu.queue.submit([last.finish()]);
      const spans = await timestamps.read();
      let start = 0;
      return samples.map((sample, i) => {
        const end = start + partsOf(sample);
        const seconds = spans.subarray(start, end).reduce((sum, each) => sum + each, 0);
        start = end;
        return Math.max(seconds, encoding[i] as number);
      });
    } finally {
      timestamps.dispose();
    }
  },
});

/** Browsers round their clock to 1 ms at worst; some ask only every 100 ms whether the GPU is done. */
export async function hostClock(device: Device): Promise<TuningClock> {
  const waits: number[] = [];
  for (let i = 0; i < 3; i++) {
    const start = now();
    device.gpu.queue.submit([device.gpu.createCommandEncoder({ label: "tune" }).finish()]);
    await device.idle();
    waits.push((now() - start) / 1e3);
  }
  return {
    now,
    shortest: Math.max(2e-2, 5 * Math.min(...waits)),
    async time(samples) {
      const seconds: number[] = [];
      for (const sample of samples) {
        await device.idle();
        const start = now();
        submitSample(sample);
        await device.idle();
        seconds.push((now() - start) / 1e3);
      }
      return seconds;
    },
  };
}

/** A pass and a submit for each part of a program that is cut into several, lest a page freeze. */
function submitSample({ replay, repeats }: Sample, clock?: () => GPUComputePassTimestampWrites): void {
  const { device, program } = replay;
  let start = 0;
  for (const end of [...program.cuts, program.dispatches.length]) {
    const encoder = device.gpu.createCommandEncoder({ label: "tune" });
    const pass = encoder.beginComputePass(clock ? { timestampWrites: clock() } : {});
    for (let i = 0; i < repeats; i++) replay.encode(pass, start, end);
    pass.end();
    device.gpu.queue.submit([encoder.finish()]);
    start = end;
  }
}
