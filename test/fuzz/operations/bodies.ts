/** Functions with a part of the program inside. */
import type { NdArray } from "../../reference/array.ts";
import { type Builder, type Choices, type Known, ref, refs } from "../builder.ts";
import { rank } from "./support.ts";

const firstStep = ({ shape, data, dtype }: NdArray): NdArray => ({
  shape: shape.slice(1),
  data: data.slice(0, data.length / (shape[0] as number)),
  dtype,
});

export function scan(b: Builder, c: Choices): void {
  const small = (x: NdArray) => rank(1, 4)(x) && (x.shape[0] as number) <= 8 && x.data.length <= 200;
  const xs = [b.pick(c, small)];
  const length = xs[0]?.x.shape[0];
  if (c.flag()) xs.push(b.pick(c, (x) => small(x) && x.shape[0] === length));
  const carries = Array.from({ length: 1 + c.next(2) }, () => b.float(c, (x) => x.data.length <= 64));
  const body = b.inside(c, [...carries.map(({ x }) => x), ...xs.map(({ x }) => firstStep(x))], (own, made) => {
    const next = carries.map((carry, i) => {
      const same = made().filter(({ x }) => `${x.shape}` === `${carry.x.shape}`);
      const candidate = c.of([...same].reverse());
      const before = own[i] as Known;
      // else it may grow from step to step
      return b.one(
        "tanh",
        ref(c.flag() ? candidate : b.one("add", ref(candidate), ref(b.one("mul", ref(before), 0.5)))),
      );
    });
    const outputs = Array.from({ length: 1 + c.next(2) }, () => c.of(made().reverse()));
    return [...next, ...outputs];
  });
  const options = { reverse: c.next(3) === 1, ...(c.next(3) === 1 ? { checkpointEvery: 2 } : {}) };
  b.emit("scan", [refs(xs), refs(carries), options], body);
}

export function checkpoint(b: Builder, c: Choices): void {
  const given = Array.from({ length: 1 + c.next(2) }, () => b.float(c));
  const body = b.inside(
    c,
    given.map(({ x }) => x),
    (_, made) => Array.from({ length: 1 + c.next(2) }, () => c.of(made().reverse())),
  );
  b.emit("checkpoint", [refs(given)], body);
}
