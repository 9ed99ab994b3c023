/** The worker: one run at a time. What is asked for while something else goes on waits for it, or ends it. */
import type { Command, Report } from "../protocol.ts";
import { Run } from "./run.ts";

const tell = (report: Report) => postMessage(report);
let run: Run | undefined;
/** What is under way: training gives way to what comes behind it, and goes on after. */
let queue: Promise<void> = Promise.resolve();
let isTraining = false;

function fail(error: unknown): void {
  isTraining = false;
  const { name = "Error", message = String(error) } = (error ?? {}) as Partial<Error>;
  tell({ kind: "failed", name, message });
  tell({ kind: "state", state: "failed" });
}

function enqueue(work: () => Promise<void> | void): void {
  queue = queue.then(work).catch(fail);
}

function train(): void {
  isTraining = true;
  enqueue(async () => {
    if (!run || !isTraining) return;
    tell({ kind: "state", state: "running" });
    await run.train();
    if (run.isDone) {
      isTraining = false;
      tell({ kind: "state", state: "done" });
    }
  });
}

/** Does something between two steps. */
function between(work: (run: Run) => Promise<void> | void): void {
  run?.pause();
  enqueue(() => (run ? work(run) : undefined));
  if (isTraining) train();
}

async function open(command: Command & { kind: "open" }): Promise<void> {
  run?.dispose();
  run = undefined;
  tell({ kind: "state", state: "opening" });
  const opened = await Run.open(command.request, command.resume, command.weights, tell);
  run = opened;
  opened.lost.catch((error) => {
    if (run === opened) fail(error);
  });
  tell({ kind: "opened", opened: opened.opened() });
  tell({ kind: "state", state: opened.isDone ? "done" : "ready" });
}

addEventListener("message", ({ data: command }: MessageEvent<Command>) => {
  switch (command.kind) {
    case "open":
      isTraining = false;
      run?.pause();
      return enqueue(() => open(command));
    case "train":
      return train();
    case "pause":
      isTraining = false;
      run?.pause();
      return enqueue(() => {
        if (run) tell({ kind: "state", state: run.isDone ? "done" : "paused" });
      });
    case "step":
      isTraining = false;
      run?.pause();
      return enqueue(async () => {
        await run?.train(1);
        if (run) tell({ kind: "state", state: run.isDone ? "done" : "paused" });
      });
    case "save":
      return between((each) => each.save());
    case "export":
      return between((each) => each.export());
    case "clip":
      return between((each) => each.clip(command.clip));
    case "watch":
      return between((each) => each.views.watch(command.example));
    case "write":
      if (run) run.views.temperature = command.temperature;
      return between((each) => each.views.write(command.prompt, command.count));
    case "temperature":
      if (run) run.views.temperature = command.value;
      return;
    case "hush":
      if (run) run.views.isHushed = true;
      return;
    case "classify":
      return between((each) => each.views.classify(command.example));
    case "kernels":
      return between((each) => each.views.kernels());
    case "profile":
      return between(async (each) => {
        if (!each.hasBegun) await each.train(1);
        await each.views.profile();
      });
  }
});
