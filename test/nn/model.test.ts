// Which modules and parameters a model names, and the mode in which it is traced.
import { describe, expect, test } from "vitest";
import { traceIn } from "../../src/graph/mode.ts";
import { checkpoint, DataError, gradients, nn, Parameter, scan, sum, type Value } from "../../src/index.ts";
import { parametersOf } from "../../src/nn/model.ts";

const zero = nn.initializers.zero;
const parameter = (...shape: number[]) => new Parameter(shape, zero);

class Leaf extends nn.Module {
  weight = parameter(2);
}

const namesOf = (model: nn.Model) => [...nn.namedParameters(model).keys()];
const modulesOf = (model: nn.Model) => [...nn.namedModules(model)].map(([name]) => name);

describe("names", () => {
  test("of modules in records, nested arrays, Maps and Sets", () => {
    class Model extends nn.Module {
      layers = [new Leaf(), [new Leaf(), [new Leaf()]]];
      blocks = { encoder: new Leaf(), deep: { decoder: [new Leaf()] }, none: null, size: 3 };
      byName = new Map<unknown, unknown>([
        ["first", new Leaf()],
        [7, { inner: new Leaf() }],
        [{}, new Leaf()],
      ]);
      all = new Set([new Leaf(), new Leaf()]);
      scale = parameter(1);
      bare = Object.assign(Object.create(null), { leaf: new Leaf() });
    }
    expect(namesOf(new Model())).toEqual(
      [
        "layers.0 layers.1.0 layers.1.1.0 blocks.encoder blocks.deep.decoder.0 byName.first byName.7.inner byName.2",
        "all.0 all.1",
      ]
        .join(" ")
        .split(" ")
        .map((path) => `${path}.weight`)
        .concat("scale", "bare.leaf.weight"),
    );
  });

  test("of models that are records, arrays, Maps, Sets and single parameters", () => {
    expect(namesOf({ encoder: new Leaf(), rest: [new Leaf(), parameter(1)] })).toEqual([
      "encoder.weight",
      "rest.0.weight",
      "rest.1",
    ]);
    expect(namesOf([new Leaf(), null, new Leaf()])).toEqual(["0.weight", "2.weight"]);
    expect(namesOf(new Map([["a", new Leaf()]]))).toEqual(["a.weight"]);
    expect(namesOf(new Set([new Leaf()]))).toEqual(["0.weight"]);
    expect(namesOf({ w: parameter(1) })).toEqual(["w"]);
    expect(namesOf(parameter(1))).toEqual([""]);
  });

  test("name the parameters for messages", () => {
    const model = { head: new nn.Linear(2, 3) };
    expect([...nn.namedParameters(model).values()].map(({ name }) => name)).toEqual(["head.weight", "head.bias"]);
  });

  test("cycles end, and each module has its first name", () => {
    class Node extends nn.Module {
      self: Node = this;
      weight = parameter(1);
      children: Node[] = [];
      constructor(readonly parent?: Node) {
        super();
      }
    }
    const root = new Node();
    const [a, b] = [new Node(root), new Node(root)];
    a.children.push(new Node(a), b);
    root.children.push(a, b);
    const list: Record<string, unknown> = { leaf: new Leaf() };
    list.list = list;
    Object.assign(root, { list });
    expect(namesOf(root)).toEqual([
      "weight",
      "children.0.weight",
      "children.0.children.0.weight",
      "children.0.children.1.weight",
      "list.leaf.weight",
    ]);
    expect(modulesOf(root)).toEqual(["", "children.0", "children.0.children.0", "children.0.children.1", "list.leaf"]);
    expect(root.parameters()).toHaveLength(5);
  });

  test("two parameters of one name are refused", () => {
    const model = { "a.weight": parameter(1), a: new Leaf() };
    expect(() => namesOf(model)).toThrow(DataError);
    expect(() => namesOf(model)).toThrow(/two parameters are named a\.weight.*rename/);
    class Model extends nn.Module {
      map = new Map<unknown, unknown>([
        [1, new Leaf()],
        ["1", new Leaf()],
      ]);
    }
    expect(() => new Model().parameters()).toThrow(/map\.1\.weight/);
  });
});

describe("parameters that the model does not name", () => {
  const used = parameter(3, 4);
  const check =
    (model: nn.Model | null, ...results: Value[]) =>
    () =>
      parametersOf("compile", model, results);

  test("are refused, with their shapes and the remedy", () => {
    class Hidden extends nn.Module {
      #inner = new nn.Linear(4, 3);
      known = new Leaf();
      forward = () => sum(this.#inner.weight);
    }
    const hidden = new Hidden();
    expect(check(hidden, hidden.forward())).toThrow(DataError);
    expect(check(hidden, hidden.forward())).toThrow(
      /compile: the function uses a parameter of shape \[3, 4\] that the model does not name.*#name.*public fields/,
    );
    expect(check(null, sum(used))).toThrow(
      /uses a parameter of shape \[3, 4\], expected none because the model is null/,
    );
    const many = Array.from({ length: 5 }, (_, i) => parameter(i + 1));
    expect(check([new Leaf()], ...many)).toThrow(/5 parameters of shape \[1\], \[2\], \[3\], …/);
    class Plain {
      leaf = new Leaf();
    }
    const plain = new Plain();
    expect(check({ plain: plain as never }, plain.leaf.weight)).toThrow(/objects that are no modules/);
  });

  test("are seen inside of scan and checkpoint", () => {
    const xs = parameter(5, 3);
    const [, ys] = scan(xs, used, (carry) => [carry, sum(used)] as const);
    expect(check({ xs }, ys)).toThrow(/a parameter of shape \[3, 4\]/);
    expect(
      check(
        { xs },
        checkpoint(() => sum(used)),
      ),
    ).toThrow(/a parameter of shape \[3, 4\]/);
  });

  test("the order of the rest is the model's", () => {
    const [a, b] = [new Leaf(), new Leaf()];
    expect(parametersOf("compile", { b, a }, [a.weight])).toEqual([b.weight, a.weight]);
  });
});

describe("the mode", () => {
  test("is inference outside of a trace, and comes back after each", () => {
    const seen: boolean[] = [nn.isTraining()];
    traceIn(true, () => {
      seen.push(nn.isTraining());
      traceIn(false, () => seen.push(nn.isTraining()));
      expect(() =>
        traceIn(false, () => {
          throw new Error("no");
        }),
      ).toThrow("no");
      seen.push(nn.isTraining());
    });
    seen.push(nn.isTraining());
    expect(seen).toEqual([false, true, false, true, false]);
  });

  test("does not outlast an await in what is traced, which is refused", async () => {
    const [seen, before] = [[] as boolean[], nn.isTraining()];
    const trace = () =>
      traceIn(true, async () => {
        seen.push(nn.isTraining());
        await null;
        seen.push(nn.isTraining());
        throw new Error("nobody waits for this");
      });
    expect(trace).toThrow(/^trace: the function returned a promise, expected values; .*must not be async/);
    expect(nn.isTraining()).toBe(before);
    await null;
    await null;
    expect(seen).toEqual([true, false]);
  });

  test("of a checkpoint is that of its first trace when its gradient is traced", () => {
    const modes: boolean[] = [];
    const x = parameter(3);
    const loss = traceIn(true, () =>
      checkpoint((value: Value) => {
        modes.push(nn.isTraining());
        return sum(value);
      }, x),
    );
    gradients(loss, [x]);
    expect(modes).toEqual([true, true]);
  });
});
