/** Who speaks: a bidirectional GRU over log-mel spectra, beside the nearest mean spectrum. */
import { readSoundOptions, soundFlags } from "../shared/audio/options.ts";
import { madeUpTakes, readTakes, splitTakes } from "../shared/audio/takes.ts";
import { predictSounds, recogniseSounds, type SoundOptions, type SoundSettings } from "../shared/audio/train.ts";
import type { Job, Outcome, Task } from "../shared/task/task.ts";
import { defaults } from "./help.mjs";

async function run(job: Job<SoundOptions, SoundSettings>): Promise<Outcome<SoundSettings>> {
  const takes = await readTakes(job.data ?? madeUpTakes(5, job.seed));
  const parts = splitTakes(takes);
  const test = job.test ? await readTakes(job.test) : parts.test;
  job.say("sounds", `${takes.length} by ${new Set(takes.map(({ speaker }) => speaker)).size} speakers`);
  return recogniseSounds(job, { ...parts, test }, ({ speaker }) => speaker, 1);
}

export const speaker: Task<SoundOptions, SoundSettings> = {
  name: "speaker",
  flags: soundFlags,
  readOptions: (flags) => readSoundOptions(flags, defaults),
  run,
  predict: (question) => predictSounds(question, "speaker"),
};
