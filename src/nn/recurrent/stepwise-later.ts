import { isTraining } from "../../graph/mode.ts";
import type { Value } from "../../graph/value.ts";
import { LaterModule } from "../../kernels/later.ts";

/** What layers need that do more than their kernels. Layers of which that is known from the beginning want it. */
export const stepwise = /* @__PURE__ */ new LaterModule(() => import("./stepwise/index.ts"));

/** Dropout in training. */
export const dropped = (x: Value, rate = 0): Value => (rate > 0 && isTraining() ? stepwise.needed.dropout(x, rate) : x);
