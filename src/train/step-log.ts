import { NonFiniteError } from "../errors.ts";
import type { TypedData } from "../gpu/host-data.ts";
import type { SizedProgram } from "../run/programs.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { NonFinite, Verdict } from "./guard.ts";
import { KeptInputs } from "./kept-inputs.ts";
import type { StepResult } from "./options.ts";
import type { StepTrace } from "./trace.ts";

/** What a step runs. */
export interface StepProgram extends SizedProgram {
  readonly trace: StepTrace;
}

/** Changes of program that are remembered at most. */
const MOST_CHANGES = 64;

/** The steps between two recoveries. */
interface Period {
  /** What stopped training, as soon as it is known that something did. */
  failure?: Promise<NonFiniteError>;
  /** The same, when its module has been looked for. */
  error?: NonFiniteError;
}

/** A step that was started. */
export interface Ticket {
  /** Steps are numbered anew after a recovery, serials are not. */
  readonly serial: number;
  readonly period: Period;
}

/** Numbers the steps, and says what became of them: which are in flight, and what stopped training. */
export class StepLog {
  #steps = 0;
  /** Serial of a step minus its number. */
  #offset = 0;
  #skipped = 0;
  #unread = false;
  #period: Period = {};
  readonly #kept = new KeptInputs();
  /** Serial of the step from which on an input's buffer holds what it holds now. */
  readonly #written = new Map<string, number>();

  /** Programs, and the serial of the first step of each, until another one ran. */
  #ran: { readonly from: number; readonly program: StepProgram }[] = [];

  constructor(
    /** The program that runs now. */
    private readonly program: () => StepProgram,
    /** Steps that go wrong stop training, so what they were given is kept. */
    private readonly stops: boolean,
  ) {}

  get steps(): number {
    return this.#steps;
  }

  /** Steps that are known to have been skipped. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Whether nobody has looked at the last step's verdict or will do so. */
  get unread(): boolean {
    return this.#unread;
  }

  /** What stopped training, until `recover`: a promise from the moment it is known that something did. */
  get failure(): Promise<NonFiniteError> | undefined {
    return this.#period.failure;
  }

  /** The same, when it is ready. */
  get error(): NonFiniteError | undefined {
    return this.#period.error;
  }

  /** Goes on from a run that was here. */
  resume(steps: number, skipped: number): void {
    this.#steps = steps;
    this.#skipped = skipped;
  }

  /** Goes back to an earlier step of this run: what was started since is as if it had never been. */
  rewind(steps: number, skipped: number): void {
    this.#offset += this.#steps - steps;
    this.#steps = steps;
    this.#skipped = skipped;
    this.#unread = false;
    this.#period = {};
  }

  /** A step begins that writes these inputs. */
  begin(names: Iterable<string>, isAwaited: boolean): Ticket {
    const serial = ++this.#steps + this.#offset;
    for (const name of names) this.#written.set(name, serial);
    if (this.stops) {
      this.#kept.begin(serial);
      this.#note(serial);
    }
    this.#unread = !isAwaited;
    return { serial, period: this.#period };
  }

  /** What the step that began last was given. */
  keep(name: string, data: TypedData): void {
    if (this.stops) this.#kept.keep(name, data);
  }

  /** Inputs are written between steps. */
  wrote(names: Iterable<string>): void {
    for (const name of names) this.#written.set(name, this.#steps + this.#offset + 1);
  }

  /** A ticket for reading the verdict on the steps so far. */
  read(): Ticket {
    this.#unread = false;
    return { serial: this.#steps + this.#offset, period: this.#period };
  }

  /** Takes note of a verdict. Rejects with what stopped training, if anything did. */
  async judge(verdict: Verdict, { serial, period }: Ticket): Promise<StepResult> {
    if (verdict.latch) {
      period.failure ??= this.#fail(verdict.latch, period, serial, verdict);
      throw await period.failure;
    }
    this.#kept.release(serial);
    // the one that is left may have begun with any step before
    while ((this.#ran[1]?.from ?? Number.POSITIVE_INFINITY) <= serial) this.#ran.shift();
    const { loss, gradNorm, held, heldCount } = verdict;
    this.#skipped = Math.max(this.#skipped, heldCount);
    return { loss, gradNorm, skipped: held };
  }

  /** Steps count again. False where nothing had stopped them. */
  recover(): boolean {
    if (!this.#period.failure) return false;
    this.#period = {};
    return true;
  }

  #note(serial: number): void {
    const program = this.program();
    if (this.#ran.at(-1)?.program === program) return;
    this.#ran.push({ from: serial, program });
    if (this.#ran.length > MOST_CHANGES) this.#ran.shift();
  }

  /** The step and all behind it changed nothing, so it is as if they had not been started. */
  async #fail(
    { step, what }: NonNullable<Verdict["latch"]>,
    period: Period,
    reader: number,
    { loss, gradNorm }: Verdict,
  ): Promise<NonFiniteError> {
    const serial = step + this.#offset;
    this.#offset += this.#steps - (step - 1);
    this.#steps = step - 1;
    this.#unread = false;
    const found = await this.#diagnose(serial, step, what);
    const { module, text } =
      period === this.#period ? found : { module: null, text: "no module can be named, because training went on" };
    // a step behind it knows that it failed, but not with which numbers
    const number = (value: number) => (reader === serial ? String(value) : "not finite");
    const wrong = {
      loss: `the loss is ${number(loss)}`,
      gradient: `the norm of the gradients is ${number(gradNorm)}`,
      carry: "the next carry is not finite",
    }[what];
    period.error = new NonFiniteError(
      `Trainer: step ${step}: ${wrong}, expected finite numbers: ${text}. Nothing was changed; call recover() to go on with a smaller learningRate, a clipNorm or other data, or set onNonFinite: "skip"`,
      step,
      what,
      module,
    );
    return period.error;
  }

  async #diagnose(serial: number, step: number, what: NonFinite): Promise<Diagnosis> {
    const program = this.#ran.findLast(({ from }) => from <= serial)?.program;
    if (!program) {
      return { module: null, text: "no module can be named, because too many steps of other sizes were behind it" };
    }
    const { executable, trace } = program;
    const { replay, request, seed } = executable;
    const inputOf = (name: string) => {
      const isThere = (this.#written.get(name) ?? 0) <= serial;
      return isThere ? replay.inputPlace(name) : this.#kept.get(serial, name);
    };
    const past = { step, scalars: [], seed, what, inputOf, streams: request.streams };
    // most training goes well and does without
    const diagnosis = await import("./later.ts").catch(() => undefined);
    return (
      (await diagnosis?.diagnose(replay.device, trace, past)) ?? {
        module: null,
        text: "no module can be named, because what looks for it could not be fetched",
      }
    );
  }
}
