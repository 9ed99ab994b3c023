// Graphs as text and as drawings, and where their values were made. Without a GPU.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { graphText } from "../../src/debug/graph.ts";
import { drawGraph } from "../../src/debug/graph-svg.ts";
import { layOut } from "../../src/debug/layout.ts";
import { InputValue } from "../../src/graph/leaves.ts";
import { traceIn } from "../../src/graph/mode.ts";
import { recordSources } from "../../src/graph/source.ts";
import {
  add,
  debug,
  gradients,
  matmul,
  mean,
  mul,
  nn,
  scalar,
  scan,
  square,
  tanh,
  type Value,
} from "../../src/index.ts";
import type { ProgramRequest } from "../../src/plan/build.ts";
import { input } from "../plan/support.ts";

const request = (inputs: readonly InputValue[], outputs: Record<string, Value>): ProgramRequest =>
  ({ inputs, outputs }) as never;

const named = (name: string, shape: readonly number[], dtype: "float32" | "int32" = "float32") =>
  new InputValue(name, { shape, dtype });

class Net extends nn.Module {
  head = new nn.Linear(3, 2, { bias: false });
  forward(x: Value): Value {
    return tanh(this.head.forward(x));
  }
}

describe("a graph as text", () => {
  test("says of each value what it is, what it is made of, and which line of the user's made it", () => {
    const x = named("x", [4, 3]);
    const model = new Net();
    model.parameters();
    const { loss, slope } = recordSources(true, () =>
      traceIn(true, () => {
        const loss = mean(square(mul(model.forward(x), 3)));
        return { loss, slope: gradients(loss, [model.head.weight])[0] as Value };
      }),
    );
    const text = graphText(request([x], { loss, slope }));
    const lines = text.split("\n");
    expect(lines[0]).toBe("input x: float32 [4, 3]");
    expect(lines[1]).toBe("parameter head.weight: float32 [2, 3]");
    expect(lines[2]).toMatch(
      /^%1: float32 \[4, 2\] = matmul\(a=x, b=head\.weight\) \{.*transposeB: true.*\} {2}# .*graph\.test\.ts:36:\d+ \(Net\.forward\)$/,
    );
    expect(lines[3]).toMatch(
      /^%2: float32 \[4, 2\] = unary\(x=%1\) \{ kind: "tanh".* {2}# .*graph\.test\.ts:36:\d+ \(Net\.forward\)$/,
    );
    expect(lines[4]).toMatch(/# .*graph\.test\.ts:47:\d+$/);
    expect(text).toMatch(/# gradient of %2, .*graph\.test\.ts:36:\d+ \(Net\.forward\)$/m);
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(/^output loss = %\d+$/),
      expect.stringMatching(/^output slope = %\d+$/),
    ]);
    // a line a value, each with a name of its own
    const names = lines.flatMap((line) => /^(?:input |parameter )?(\S+): /.exec(line)?.[1] ?? []);
    expect(new Set(names).size).toBe(names.length);
  });

  test("shows what a scan's function does, and nothing of lines that nobody noted", () => {
    const [x, h, w] = [named("x", [5, 2, 3]), named("h", [2, 3]), named("w", [3, 3])];
    const [last, ys] = scan(x, h, (state, step) => {
      const next = tanh(add(matmul(state, w), step));
      return [next, next];
    });
    const text = graphText(request([x, h, w], { last, ys: ys as Value }));
    expect(text).toContain("\n  %3: float32 [2, 3] = a step of x\n  %4: float32 [2, 3] = carried\n");
    expect(text).toMatch(/^ {2}%5: float32 \[2, 3\] = matmul\(a=%4, b=w\)/m);
    expect(text).toMatch(/^%2: .* = kept\[0\] of the same$/m);
    expect(text).not.toContain("#");
  });

  test("of what leaves a loop names the line of the step that it is of, forward and backward", () => {
    const [x, h, w, u] = [named("x", [5, 2, 3]), named("h", [2, 3]), named("w", [3, 3]), named("u", [3, 3])];
    const outputs = recordSources(true, () =>
      traceIn(true, () => {
        const [last] = scan(x, h, (state, step) => {
          const seen = matmul(step, w);
          const next = tanh(add(matmul(state, u), seen));
          return [next, next];
        });
        const [ofW, ofU] = gradients(mean(last), [w, u]) as [Value, Value];
        return { last, ofW, ofU };
      }),
    );
    const lines = graphText(request([x, h, w, u], outputs)).split("\n");
    const lineOf = (line: string | undefined) => Number(/# .*graph\.test\.ts:(\d+):/.exec(line ?? "")?.[1]);
    const products = (where: RegExp) => lines.filter((line) => where.test(line) && line.includes(" = matmul("));
    const inLoop = lineOf(products(/^ .*b=u/)[0]);
    expect(inLoop).toBeGreaterThan(0);
    // once before the loop, for all steps
    expect(products(/^%.*b=w/).map(lineOf)).toEqual([inLoop - 1]);
    // the sums over the steps behind the loop that goes back
    const behind = products(/^%/).filter((line) => line.includes("# gradient of "));
    expect(behind.map(lineOf).toSorted()).toEqual([inLoop - 1, inLoop]);
  });

  test("of nothing that is no program", () => {
    for (const [name, inspectIt] of Object.entries(debug)) {
      if (name === "read") continue;
      expect(() => (inspectIt as (program: unknown) => unknown)({}), name).toThrow(/expected what compile gives/);
    }
  });
});

describe("a graph as a drawing", () => {
  test("has a box for all that has a line, and escapes names", () => {
    const x = named("<a&b>", [2]);
    const y = add(tanh(x), 1);
    const svg = drawGraph(request([x], { y }));
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d/);
    expect(svg.match(/<rect [^>]*rx=/g)).toHaveLength(4);
    expect(svg.match(/<path d="M[^"]*" fill="none"/g)).toHaveLength(3);
    expect(svg).toContain("&#60;a&#38;b&#62;");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("is refused where nobody could read it", () => {
    const x = named("x", [2]);
    let y: Value = x;
    for (let i = 0; i < 200; i++) y = tanh(y);
    expect(() => drawGraph(request([x], { y }))).toThrow(/202 boxes, expected at most 200.*debug\.graph/);
  });
});

test("boxes of a layout do not overlap, and edges go down", () => {
  // each vertex has up to three edges from earlier ones, by a fixed rule
  const sizes = Array.from({ length: 40 }, (_, i) => ({ width: 40 + ((i * 37) % 90), height: 20 + ((i * 13) % 30) }));
  const pairs = sizes.flatMap((_, to) =>
    [...new Set([to - 1 - (to % 3), to - 7, (to * to) % 11].filter((from) => from >= 0 && from < to))].map(
      (from) => [from, to] as const,
    ),
  );
  const { boxes, edges, width, height } = layOut(sizes, pairs);
  expect(edges).toHaveLength(pairs.length);
  for (const { from, to, bends } of edges) {
    const [start, end] = [boxes[from], boxes[to]] as [(typeof boxes)[number], (typeof boxes)[number]];
    const ys = [start.y + start.height, ...bends.map(({ y }) => y), end.y];
    expect(ys).toEqual([...ys].sort((a, b) => a - b));
  }
  boxes.forEach((a, i) => {
    expect(a.x - a.width / 2).toBeGreaterThanOrEqual(0);
    expect(a.x + a.width / 2).toBeLessThanOrEqual(width);
    expect(a.y + a.height).toBeLessThanOrEqual(height);
    for (const b of boxes.slice(i + 1)) {
      const apart = Math.abs(a.x - b.x) >= (a.width + b.width) / 2 || a.y + a.height <= b.y || b.y + b.height <= a.y;
      expect(apart).toBe(true);
    }
  });
});

test("values say what they are, in text and in consoles", () => {
  const x = named("tokens", [2, 3], "int32");
  const model = new Net();
  model.parameters();
  expect(`${x}`).toBe("Value int32 [2, 3] from input tokens");
  expect(String(tanh(input([2, 3])))).toBe("Value float32 [2, 3] from unary");
  expect(String(scalar(2))).toBe("Value float32 [] from a constant");
  expect(inspect({ weight: model.head.weight })).toBe("{ weight: Value float32 [2, 3] from parameter head.weight }");
  expect(String(new nn.Linear(1, 1).weight)).toBe("Value float32 [1, 1] from a parameter");
});
