/** Who speaks: a bidirectional GRU over log-mel spectra, beside the nearest mean spectrum. */
import { inParts, nearest } from "../baselines/nearest-neighbour.ts";
import { readSoundOptions, soundFlags } from "../shared/audio/options.ts";
import { spectrumOf } from "../shared/audio/spectra.ts";
import { madeUpTakes, readTakes, splitTakes, type Take } from "../shared/audio/takes.ts";
import { type SoundOptions, type SoundSettings, trainSounds } from "../shared/audio/train.ts";
import type { Job, Outcome, Task } from "../shared/task/task.ts";
import { defaults } from "./help.mjs";

async function run(job: Job<SoundOptions, SoundSettings>): Promise<Outcome<SoundSettings>> {
  const takes = await readTakes(job.data ?? madeUpTakes(5, job.seed));
  const parts = splitTakes(takes);
  const test = job.test ? await readTakes(job.test) : parts.test;
  job.say("sounds", `${takes.length} by ${new Set(takes.map(({ speaker }) => speaker)).size} speakers`);
  const { accuracy, parameters, steps, model, settings } = await trainSounds(
    job,
    { ...parts, test },
    ({ speaker }) => speaker,
  );
  const trained = [...parts.train, ...parts.validation];
  return {
    metrics: { accuracy },
    baseline: { accuracy: baselineAccuracy(trained, test) },
    parameters,
    steps,
    data: { trained: trained.length, tested: test.length },
    model: job.saved ? undefined : { settings, weights: await model.stateDict(job.device) },
    files: {},
  };
}

function baselineAccuracy(training: readonly Take[], test: readonly Take[]): number {
  const vectorOf = ({ samples }: Take) => inParts(spectrumOf(samples), 1);
  const examples = training.map((take) => ({ vector: vectorOf(take), label: take.speaker }));
  return test.filter((take) => nearest(vectorOf(take), examples) === take.speaker).length / test.length;
}

export const speaker: Task<SoundOptions, SoundSettings> = {
  name: "speaker",
  flags: soundFlags,
  readOptions: (flags) => readSoundOptions(flags, defaults),
  run,
};
