// log.jsonl: the first line says what was run, each further one how a step went. Lines are appended as steps end, so that a
// run that is killed leaves what it had come to.
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../shared/errors.ts";
import { putFiles } from "../shared/files.ts";
import { whyUnreadable } from "./text.ts";

export const logFile = "log.jsonl";

/** One line of the log. */
export interface StepRecord {
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly tokensPerSecond: number;
}

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

/** The log of a run, open at its end. */
export class RunLog {
  #file: number | undefined;

  private constructor(
    private readonly folder: string,
    private readonly head: string,
    /** All steps so far. */
    readonly records: StepRecord[],
    private readonly prepare: () => Promise<void>,
  ) {}

  /** A new one, which takes the place of another when the first step is there. `prepare` is called before. */
  static new(folder: string, head: object, prepare: () => Promise<void>): RunLog {
    return new RunLog(folder, line(head), [], prepare);
  }

  /** Goes on behind a step: what a killed run logged after its last checkpoint is dropped, since it comes again. */
  static resume(folder: string, steps: number): RunLog {
    const [head = "", ...rest] = read(folder).split("\n");
    const records: StepRecord[] = [];
    for (const text of rest) {
      if (records.length === steps) break;
      records.push(parsed(text) as unknown as StepRecord);
    }
    if (records.length < steps || records.some((record, i) => record?.step !== i + 1)) {
      throw new UserError(
        `--resume: ${join(folder, logFile)} has not one line for each of the ${steps} steps of the checkpoint; begin anew without --resume`,
      );
    }
    return new RunLog(folder, `${head}\n`, records, async () => {});
  }

  async append(record: StepRecord): Promise<void> {
    this.records.push(record);
    if (this.#file !== undefined) {
      writeSync(this.#file, line(record));
      return;
    }
    await this.prepare();
    putFiles(this.folder, { [logFile]: this.head + this.records.map(line).join("") });
    this.#file = openSync(join(this.folder, logFile), "a");
  }

  /** All lines so far are on the disk when this returns. */
  flush(): void {
    if (this.#file !== undefined) fsyncSync(this.#file);
  }

  close(): void {
    this.flush();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** The options that a run was begun with, as its log has them. */
export function begunOptions(folder: string): Readonly<Record<string, unknown>> {
  const { options } = parsed(read(folder).split("\n", 1)[0] as string) ?? {};
  if (typeof options === "object" && options !== null) return options as Record<string, unknown>;
  throw new UserError(
    `--resume: ${join(folder, logFile)} does not begin with a run's options; give the --out folder of an earlier run`,
  );
}

function read(folder: string): string {
  const path = join(folder, logFile);
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UserError(`--resume: ${whyUnreadable(path, error)}; give the --out folder of an earlier run`);
  }
}

/** Undefined for a line that was cut short. */
function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
