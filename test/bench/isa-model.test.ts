// The model of a training step on GPUs: whether its report tells of plans, table and constants as they are, and what it reckons.
import { expect, test } from "vitest";
import type { Card } from "../../bench/isa/model/constants.ts";
import { LANES, STREAMED, WAIT } from "../../bench/isa/model/constants.ts";
import { partsOf, predict } from "../../bench/isa/model/predict.ts";
import { pageOf, plansNow, readPage, readPlans } from "../../bench/isa/model/report.ts";

const renew = "the report is stale; renew it by: npm run isa -- --model";

test("the report tells of plans and of the table as they are", async () => {
  const plans = readPlans();
  expect(plans.now.plans, renew).toEqual(await plansNow());
  expect(readPage(), renew).toBe(pageOf(plans));
});

const card: Card = { name: "one", adapter: /One/, processors: 2, gigahertz: 1, bandwidth: 100, cache: 1 };
const dispatch = { kernel: "a", variant: "default", count: 3, workgroups: 4, threads: 64, flops: 2 ** 20, bytes: 7e6 };

test("a dispatch takes its instructions on the fullest multiprocessor, its bytes from where they fit, its loads in turn", () => {
  const by = (issued: number) => () => ({ issued, multiplyAdds: 64, vgprs: 64 });
  const { wait, issue, stream, chain } = partsOf(card, dispatch, by(64));
  expect(wait).toBe(WAIT);
  // two workgroups of 2 ** 17 multiply-adds each, at half of the slots
  expect(issue).toBeCloseTo((2 * 2 ** 17) / (LANES * 0.5 * 1e3), 9);
  expect(stream).toBeCloseTo(7e6 / (100e3 * STREAMED), 9);
  // 32 rounds of 250 cycles; both workgroups are there at a time
  expect(chain).toBeCloseTo(32 * 0.25, 9);
  expect(partsOf(card, dispatch, by(128)).issue).toBeCloseTo(2 * issue, 9);
  expect(partsOf(card, { ...dispatch, workgroups: 5, flops: (dispatch.flops * 5) / 4 }, by(64)).issue).toBeCloseTo(
    1.5 * issue,
    9,
  );
  expect(partsOf(card, { ...dispatch, bytes: 7e5 }, by(64)).stream).toBeCloseTo(stream / 20, 9);
  const none = predict(card, [dispatch], () => undefined);
  expect(none.total).toBeCloseTo((3 * (WAIT + stream)) / 1e3, 9);
  expect(none.waiting).toBeCloseTo((3 * WAIT) / 1e3, 9);
});
