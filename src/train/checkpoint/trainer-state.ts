import { ArgumentError } from "../../errors.ts";
import type { Device } from "../../gpu/device.ts";
import { Failures } from "../../gpu/failures.ts";
import type { Parameter } from "../../graph/parameter.ts";
import { BYTES_PER_ELEMENT, sizeOf } from "../../graph/shape.ts";
import type { HostTensor } from "../../io/tensors.ts";
import { checkArgument, fn, object, required, show, text } from "../../options.ts";
import type { HeldTensor, Part } from "./parts.ts";
import { formatPlain, parsePlain } from "./plain-data.ts";
import type { PlainData, Resumable } from "./resumable.ts";

/** What a checkpoint has for something that is not attached yet. */
export interface Pending {
  readonly fields: PlainData;
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/** What is attached to a trainer, and its tensors by their names in a checkpoint. */
export interface Attached {
  readonly fields: Readonly<Record<string, PlainData>>;
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/** What was copied of a trainer between two steps. */
export interface Snapshot {
  /** Fields of the parts, by name. */
  readonly parts: Readonly<Record<string, PlainData>>;
  /** Tensors of the parts, by their names in a checkpoint. */
  readonly held: ReadonlyMap<string, HeldTensor>;
  /** The parameters' numbers in their order, and the bits of `held` in theirs. */
  readonly contents: Promise<readonly [model: Float32Array[], held: ArrayBuffer[]]>;
}

/** The names of a checkpoint's tensors. */
export const tensorName = (owner: string, name: string): string => `${owner}/${name}`;
const attachedName = (name: string): string => `attached/${name}`;

/** What a checkpoint has for something that is attached. */
export function pendingOf({ fields, tensors }: Attached, name: string): Pending {
  const start = tensorName(attachedName(name), "");
  const own = [...tensors].filter(([key]) => key.startsWith(start));
  return {
    fields: fields[name] as PlainData,
    tensors: new Map(own.map(([key, tensor]) => [key.slice(start.length), tensor])),
  };
}

/** All that a trainer remembers: its model, its parts, and what is attached to it. */
export class TrainerState {
  readonly #attached = new Map<string, Resumable>();
  /** Saved again until something claims it: a program that attaches less loses nothing. */
  readonly #pending = new Map<string, Pending>();

  constructor(
    readonly device: Device,
    readonly named: ReadonlyMap<string, Parameter>,
    readonly parts: readonly Part[],
    /** Calls what reads the model while it has the weights that are trained. */
    private readonly withTrained: <T>(read: () => T) => T = (read) => read(),
  ) {}

  /** Tensors of the parts on the GPU, by their names in a checkpoint. */
  held(): Map<string, HeldTensor> {
    const all = this.parts.flatMap((part) =>
      [...(part.tensors?.() ?? [])].map((held) => [tensorName(part.name, held.name), held] as const),
    );
    const named = new Map(all);
    if (named.size < all.length) throw new Error("two tensors of a trainer have the same name");
    return named;
  }

  /** Saves something with the trainer from now on; it goes on from what the checkpoint has for it. */
  attach(name: string, given: Resumable): void {
    checkArgument("Trainer.attach", "name", name, required(text));
    if (name === "" || name.includes("/")) {
      throw new ArgumentError(`Trainer.attach: name is ${show(name)}, expected one without "/"`);
    }
    const fits = (value: unknown) =>
      (object.fits(value) || fn.fits(value)) &&
      (value as Resumable).state !== undefined &&
      fn.fits((value as Resumable).restore);
    checkArgument("Trainer.attach", name, given, required({ expected: "an object with state and restore", fits }));
    const pending = this.#pending.get(name);
    if (pending) given.restore(pending.fields, pending.tensors);
    this.#pending.delete(name);
    this.#attached.set(name, given);
  }

  expect(name: string, pending: Pending): void {
    this.#pending.set(name, pending);
  }

  /** Puts what is attached back to what was noted of it. */
  restore(noted: Attached): void {
    for (const [name, each] of this.#attached) {
      if (!Object.hasOwn(noted.fields, name)) continue;
      const { fields, tensors } = pendingOf(noted, name);
      each.restore(fields, tensors);
    }
  }

  /** What is attached, as it is now, also where it gives a promise of that. */
  note(): Promise<Attached> {
    const tensors = new Map<string, HostTensor>();
    const attached: (readonly [string, PlainData] | Promise<readonly [string, PlainData]>)[] = [];
    const keep = (name: string, given: unknown, own: ReadonlyMap<string, HostTensor> | undefined) => {
      // who changes the object later does not change what is saved
      const plain = (fields: unknown) => [name, parsePlain(formatPlain(`Trainer.save: ${name}`, fields))] as const;
      attached.push(given instanceof Promise ? given.then(plain) : plain(given));
      for (const [key, { shape, data }] of own ?? []) {
        tensors.set(tensorName(attachedName(name), key), { shape: [...shape], data: data.slice() });
      }
    };
    for (const [name, { fields, tensors: own }] of this.#pending) keep(name, fields, own);
    for (const [name, each] of this.#attached) {
      keep(name, typeof each.state === "function" ? each.state() : each.state, each.tensors?.());
    }
    const noted = Promise.all(attached).then((fields) => ({ fields: Object.fromEntries(fields), tensors }));
    // whoever saves is told, if nothing else fails before
    noted.catch(() => {});
    return noted;
  }

  /**
   * All as it is between the steps that were submitted before the call and those that are submitted after it: the copies are
   * behind the former on the GPU's queue. `before` may add more of them.
   */
  snapshot(before: (encoder: GPUCommandEncoder) => void): Snapshot {
    const { device, named, parts } = this;
    const fieldsOf = parts.flatMap((part) => (part.fields ? [[part.name, part.fields()] as const] : []));
    const copying = new Failures(device.gpu, "Trainer.save", "please report this");
    const held = this.held();
    const copies = [...held.values()].map((tensor) => {
      const bytes = sizeOf(tensor.shape) * BYTES_PER_ELEMENT;
      return { tensor, bytes, staging: device.staging.take(bytes) };
    });
    let model: Promise<Float32Array[]> = Promise.resolve([]);
    copying.run(() => {
      const encoder = device.gpu.createCommandEncoder({ label: "save" });
      before(encoder);
      for (const { tensor, bytes, staging } of copies) {
        encoder.copyBufferToBuffer(tensor.buffer, tensor.byteOffset, staging, 0, bytes);
      }
      device.gpu.queue.submit([encoder.finish()]);
      model = this.withTrained(() => device.parameters.read([...named.values()]));
    });
    const read = async () => {
      const words = copies.map(({ staging, bytes }) => device.staging.read(staging, bytes));
      const contents = await Promise.all([model, Promise.all(words)]);
      copying.check();
      return contents;
    };
    return { parts: Object.fromEntries(fieldsOf), held, contents: read() };
  }
}
