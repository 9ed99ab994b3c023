/** Trains a cell beside an LSTM of as many units: the same batches, one step of each in turn. */
import { type Device, NonFiniteError, type nn } from "seqgrad";
import type { Point, Validation } from "../../protocol.ts";
import { PlayModel } from "../../worker/model.ts";
import { openProblem } from "../../worker/tasks/index.ts";
import { openTraining, validate } from "../../worker/training.ts";
import type { Cell } from "../define.ts";
import { type CellReport, type Racer, type Racing, racers, type Setting } from "../protocol.ts";
import { ownBody } from "./body.ts";

type Tell = (report: CellReport) => void;
type Both<T> = Record<Racer, T>;
const reportEvery = 200;

const both = <T>(of: (racer: Racer) => T): Both<T> => ({ own: of("own"), lstm: of("lstm") });

/** Ends with its settings' last step, or when it is no longer wanted. */
export async function race(
  device: Device,
  cell: Cell,
  { settings: given, data }: Setting,
  { id, tell, isWanted }: { readonly id: number; readonly tell: Tell; readonly isWanted: () => boolean },
): Promise<void> {
  const settings = { ...given, cell: "lstm", layers: 1, bothWays: false } as const;
  const problem = await openProblem(settings, data);
  const open = async (racer: Racer) => {
    const model = new PlayModel(problem, settings, racer === "own" ? ownBody(cell) : undefined);
    return { model, training: await openTraining({ device, model, problem, settings, clip: settings.clip }) };
  };
  const running = { own: await open("own"), lstm: await open("lstm") };
  tell({
    kind: "racing",
    id,
    racing: both((racer): Racing => {
      const { model, training } = running[racer];
      return { parameters: count(model), dispatches: training.stats.dispatches };
    }),
  });
  const validateEvery = Math.min(100, Math.max(10, Math.round(settings.steps / 40)));
  let points = both((): Point[] => []);
  let validations = both((): Validation[] => []);
  let told = performance.now();
  const report = () => {
    tell({ kind: "progress", id, points, validations });
    [points, validations, told] = [both(() => []), both(() => []), performance.now()];
  };
  try {
    for (let step = 1; step <= settings.steps && isWanted(); step++) {
      const { x, y } = problem.batch(step - 1);
      for (const racer of racers) {
        const { training } = running[racer];
        if (step > 1 && problem.continues?.(step - 1) === false) training.resetCarry();
        const { loss, gradNorm } = await named(racer, training.step({ x, y }));
        points[racer].push({ step, loss, gradNorm });
        if (step % validateEvery !== 0 && step !== settings.steps) continue;
        const { loss: unseen, accuracy } = await validate(training, problem);
        validations[racer].push({ step, loss: unseen, accuracy });
      }
      if (performance.now() - told > reportEvery) report();
      // what the page says meanwhile is heard
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  } finally {
    report();
    for (const racer of racers) {
      running[racer].training.dispose();
      running[racer].model.dispose(device);
    }
  }
}

const count = (model: nn.Module): number =>
  model.parameters().reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0);

/** Says whose numbers they are that are none. */
async function named<T>(racer: Racer, step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    const whose = racer === "own" ? "Your cell" : "The LSTM";
    const { message, step: at, what, module } = error;
    throw Object.assign(new Error(`${whose} gave no numbers at step ${at}: its ${what} is not finite. ${message}`), {
      name: "NonFiniteError",
      module,
    });
  }
}
