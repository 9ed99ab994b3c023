/** Programs as data: what is made at random, run by seqgrad and by the oracle, and printed. */
import type { NdArray } from "../reference/array.ts";
import type { FuzzOps } from "./functions.ts";

/** Something that a function is given; `ref` is the number of a value. */
export type Arg =
  | { readonly ref: number }
  | number
  | string
  | boolean
  | readonly Arg[]
  | { readonly [key: string]: Arg };

export interface Call {
  readonly fn: string;
  readonly args: readonly Arg[];
  /** Numbers of the values that it gives. */
  readonly outputs: readonly number[];
  /** The cell of `scan`, whose arguments are [xs, initial, options], or the part of `checkpoint`, whose argument is a list. */
  readonly body?: Body;
}

export interface Body {
  /** The carries, then the slices; or the arguments. */
  readonly parameters: readonly number[];
  readonly calls: readonly Call[];
  /** The next carries, then the outputs. */
  readonly results: readonly number[];
}

export interface Form {
  readonly inputs: ReadonlyMap<number, NdArray>;
  readonly calls: readonly Call[];
  /** Values inside that are differentiated for as well. */
  readonly held: readonly number[];
  readonly outputs: readonly number[];
}

/** What is done to a value when it has been computed. */
export type After<T> = (id: number, value: T) => T;

const isRef = (arg: Arg): arg is { readonly ref: number } => typeof arg === "object" && "ref" in arg;

type Resolved<T> = T | number | string | boolean | Resolved<T>[] | { [key: string]: Resolved<T> };

function resolve<T>(arg: Arg, values: ReadonlyMap<number, T>): Resolved<T> {
  if (typeof arg !== "object") return arg;
  if (isRef(arg)) return values.get(arg.ref) as T;
  if (Array.isArray(arg)) return arg.map((each) => resolve(each, values));
  return Object.fromEntries(Object.entries(arg).map(([key, each]) => [key, resolve(each as Arg, values)]));
}

/** Runs calls in order; adds what they give to `values`. */
export function runCalls<T>(o: FuzzOps<T>, calls: readonly Call[], values: Map<number, T>, after: After<T>): void {
  for (const call of calls) {
    const results = runCall(o, call, values, after);
    call.outputs.forEach((id, i) => {
      values.set(id, after(id, results[i] as T));
    });
  }
}

export function runCall<T>(o: FuzzOps<T>, call: Call, values: ReadonlyMap<number, T>, after: After<T>): readonly T[] {
  const args = call.args.map((arg) => resolve(arg, values));
  const { body } = call;
  const inside = (given: readonly T[]): T[] => {
    const own = new Map(values);
    body?.parameters.forEach((id, i) => {
      own.set(id, given[i] as T);
    });
    runCalls(o, body?.calls ?? [], own, after);
    return (body?.results ?? []).map((id) => own.get(id) as T);
  };
  if (call.fn === "scan") {
    const [xs, initial, options] = args as [T[], T[], object];
    const cell = (carry: readonly T[], x: readonly T[]) => {
      const results = inside([...carry, ...x]);
      return [results.slice(0, carry.length), results.slice(carry.length)] as const;
    };
    const [last, outputs] = o.scan(xs, initial, cell, options);
    return [...last, ...outputs];
  }
  if (call.fn === "checkpoint") return o.checkpointed((...given) => inside(given), ...(args[0] as T[]));
  const result = (o as unknown as Record<string, (...given: unknown[]) => T | T[]>)[call.fn]?.(...args);
  return Array.isArray(result) ? result : [result as T];
}

const printArg = (arg: Arg): string => {
  if (typeof arg !== "object") return JSON.stringify(arg);
  if (isRef(arg)) return `v${arg.ref}`;
  if (Array.isArray(arg)) return `[${arg.map(printArg).join(", ")}]`;
  return `{ ${Object.entries(arg)
    .map(([key, each]) => `${key}: ${printArg(each as Arg)}`)
    .join(", ")} }`;
};

const names = (ids: readonly number[]): string => ids.map((id) => `v${id}`).join(", ");

function printCall({ fn, args, outputs, body }: Call, indent: string): string {
  const printed = args.map(printArg);
  const [first, initial] = args as [readonly Arg[], readonly Arg[]];
  let to = outputs.length === 1 ? `v${outputs[0]}` : `[${names(outputs)}]`;
  if (body) {
    const inner = body.calls.map((call) => `${printCall(call, `${indent}  `)}\n`).join("");
    const count = fn === "scan" ? initial.length : 0;
    const [a, b] = [body.parameters.slice(0, count), body.parameters.slice(count)];
    const [c, d] = [body.results.slice(0, count), body.results.slice(count)];
    const back = fn === "scan" ? `[[${names(c)}], [${names(d)}]]` : `[${names(d)}]`;
    const cell = `(${fn === "scan" ? `[${names(a)}], [${names(b)}]` : names(b)}) => {\n${inner}${indent}  return ${back};\n${indent}}`;
    if (fn === "scan") {
      printed.splice(2, 0, cell);
      to = `[[${names(outputs.slice(0, count))}], [${names(outputs.slice(count))}]]`;
    } else {
      to = `[${names(outputs)}]`;
      printed.splice(0, 1, cell, ...first.map(printArg));
    }
  }
  return `${indent}const ${to} = ${fn === "checkpoint" ? "checkpoint" : fn}(${printed.join(", ")});`;
}

/** A program that can be pasted into a file beside this one and run by `node harness/ts.mjs`. */
export function print(form: Form): string {
  const calls = (list: readonly Call[]): readonly string[] =>
    list.flatMap(({ fn, body }) => [fn, ...calls(body?.calls ?? [])]);
  const used = [...new Set(["add", "mul", "sum", ...calls(form.calls)])].filter((fn) => fn !== "checkpoint").sort();
  const spec = ({ dtype, shape }: NdArray) => `${dtype}([${shape.join(", ")}])`;
  const data = ({ dtype, data: numbers }: NdArray) =>
    `${dtype === "int32" ? "Int32" : "Float32"}Array.of(${[...numbers].join(", ")})`;
  const list = [...form.inputs];
  const ids = list.map(([id]) => id);
  const sources = [...list.filter(([, { dtype }]) => dtype === "float32").map(([id]) => id), ...form.held];
  return `import { checkpoint, compile, float32, gradients, int32, openDevice } from "../../src/node.ts";
import { engine } from "./functions.ts";

const { ${used.join(", ")} } = engine;
const device = await openDevice();
const program = await compile(device, null, {
  inputs: { ${list.map(([id, x]) => `v${id}: ${spec(x)}`).join(", ")} },
  fn: ({ ${names(ids)} }) => {
${form.calls.map((call) => printCall(call, "    ")).join("\n")}
    const outputs = { ${names(form.outputs)} };
    const loss = [${names(form.outputs)}].map((y) => sum(y)).reduce((a, b) => add(a, b));
    const [${sources.map((id) => `d${id}`).join(", ")}] = gradients(loss, [${names(sources)}]);
    return { ...outputs, ${sources.map((id) => `d${id}: d${id} ?? null`).join(", ")} };
  },
});
const results = await program.run({
${list.map(([id, x]) => `  v${id}: ${data(x)},`).join("\n")}
});
for (const [name, tensor] of Object.entries(results)) console.log(name, tensor && (await tensor.read()));
device.dispose();
process.exit(0);`;
}
