// A valid call of each function that only traces or computes.

import type { Rows } from "./rows.ts";
import { attentionModels } from "./rows-attention.ts";
import { dataAndFiles } from "./rows-data.ts";
import { modules } from "./rows-modules.ts";
import { operations, optimizers } from "./rows-operations.ts";

export const pureRows: Rows = { ...operations, ...optimizers, ...modules, ...attentionModels, ...dataAndFiles };
