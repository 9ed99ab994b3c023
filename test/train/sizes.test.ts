// Inputs of sizes that vary: one trainer, one compiled function, a program for each size. One file to vitest, so that all share a
// device and its kernels.

import { testBuckets } from "./sizes/buckets.ts";
import { testCarry } from "./sizes/carry.ts";
import { testData } from "./sizes/data.ts";
import { testOrder } from "./sizes/order.ts";
import { testTraining } from "./sizes/training.ts";

testTraining();
testData();
testOrder();
testCarry();
testBuckets();
