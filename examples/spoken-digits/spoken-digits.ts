/** Which digit is spoken: a bidirectional LSTM over log-mel spectra, beside the nearest neighbour. */
import { readSoundOptions, soundFlags } from "../shared/audio/options.ts";
import { earNames } from "../shared/audio/sound-classifier.ts";
import { madeUpTakes, readTakes, splitTakes, type Take } from "../shared/audio/takes.ts";
import {
  predictSounds,
  recogniseSounds,
  type SoundOptions,
  type SoundParts,
  type SoundSettings,
} from "../shared/audio/train.ts";
import { UserError } from "../shared/errors.ts";
import type { Job, Outcome, Task } from "../shared/task/task.ts";
import { defaults, ofOthers } from "./help.mjs";

interface DigitOptions extends SoundOptions {
  readonly unheard: string | undefined;
}

async function run(job: Job<DigitOptions, SoundSettings>): Promise<Outcome<SoundSettings>> {
  const takes = await readTakes(job.data ?? madeUpTakes(5, job.seed));
  const parts = partsOf(takes, job.options.unheard);
  const test = job.test ? await readTakes(job.test) : parts.test;
  const { unheard } = job.options;
  job.say("sounds", `${takes.length} by ${new Set(takes.map(({ speaker }) => speaker)).size} speakers`);
  if (unheard !== undefined) job.say("test", `${unheard}, who is never heard in training`);
  return recogniseSounds(job, { ...parts, test }, ({ digit }) => String(digit), 20);
}

/** Takes held out of each speaker, or all takes of one. What the epoch is chosen by is of those that are trained on. */
function partsOf(takes: readonly Take[], unheard: string | undefined): SoundParts {
  if (unheard === undefined) return splitTakes(takes);
  const heard = takes.filter(({ speaker }) => speaker !== unheard);
  if (heard.length === takes.length || heard.length === 0) {
    const names = [...new Set(takes.map(({ speaker }) => speaker))].join(", ");
    throw new UserError(`--unheard: ${unheard} is no speaker among others; the speakers are ${names}`);
  }
  const { train, validation, test } = splitTakes(heard);
  return { train: [...train, ...test], validation, test: takes.filter(({ speaker }) => speaker === unheard) };
}

export const spokenDigits: Task<DigitOptions, SoundSettings> = {
  name: "spoken-digits",
  flags: [...soundFlags, "ears", "unheard"],
  readOptions: (flags) => {
    const unheard = flags.has("unheard") ? flags.path("unheard", "") : undefined;
    const usual = unheard === undefined ? defaults : { ...defaults, ...ofOthers };
    return { ...readSoundOptions(flags, usual), unheard, ears: flags.choices("ears", usual.ears, earNames) };
  },
  run,
  predict: (question) => predictSounds(question, "digit"),
};
