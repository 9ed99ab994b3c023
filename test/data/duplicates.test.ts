import { describe, expect, it } from "vitest";
import { dropDuplicates } from "../../src/data/index.ts";

const { NaN: missing } = Number;

describe("dropDuplicates", () => {
  it("leaves out whole rows that are equal, and says which", () => {
    const table = [
      [1, missing],
      [2, 0],
      [1, missing],
      [2, -0],
      [1, 0],
    ];
    const { data, kept, groups, outOfOrder } = dropDuplicates(table);
    expect([[...data], data.shape, [...kept], outOfOrder, groups]).toEqual([
      [1, missing, 2, 0, 1, 0],
      [3, 2],
      [0, 1, 4],
      [],
      [
        [0, 2],
        [1, 3],
      ],
    ]);
    expect([...dropDuplicates(table, { keep: "last" }).kept]).toEqual([2, 3, 4]);
    const nested = [[1], [2], [2], [1], [1]];
    expect([...dropDuplicates(nested, { keep: "last" }).kept]).toEqual([2, 4]);
    expect(() => dropDuplicates(nested, { keep: "error" })).toThrow("rows 0 and 3 are equal");
    expect(() => dropDuplicates(table, { keep: "error" })).toThrow(
      /rows 0 and 2 are equal, expected none \(2 such groups\)/,
    );
  });

  it("leaves out repeated times", () => {
    const times = ["2020-01-01", new Date("2020-01-03"), "2020-01-01 00:00", "2020-01-02"];
    const averaged = dropDuplicates([1, 5, 2, 7], { times, keep: "mean" });
    expect([[...averaged.data], averaged.groups, averaged.outOfOrder]).toEqual([[1.5, 5, 7], [[0, 2]], [2]]);
    expect([...dropDuplicates([[1], [5], [missing], [7]], { times, keep: "mean" }).data]).toEqual([1, 5, 7]);
    expect(dropDuplicates([1, 2, 3], { times: [5, 5, 4] }).outOfOrder).toEqual([2]);
    expect(() => dropDuplicates([1, 1])).toThrow(/table is a series without times/);
  });
});
