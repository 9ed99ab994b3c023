/** The panel with a cell of one's own, as tests see and drive it. */
import type { Page } from "puppeteer";
import type { Fault, Pass } from "../../site/playground/own-cell/protocol.ts";
import type { Point, Validation } from "../../site/playground/protocol.ts";
import { type OpenedSite, press } from "./opened.ts";

export interface OwnShown {
  readonly doing: string;
  readonly text: string;
  readonly faults: readonly Fault[];
  readonly failure: { name: string; message: string; place: { line: number; column: number } | null } | null;
  readonly passes: readonly Pass[];
  readonly parameters: number;
  readonly svg: string;
  readonly kernels: readonly string[];
  readonly runs: readonly { label: string; points: readonly Point[]; validations: readonly Validation[] }[];
}

export const small = "task=recall&length=6&hidden=8&batch=8&steps=20";

/** A cell whose step is `step`; `h` is what it gives. */
export const cellOf = (step: string) => `import { add, linear, log, mul, sub, tanh } from "seqgrad";
import { defineCell } from "playground";

export default defineCell(["h"], ({ inputs, hidden, weight }) => {
  const W = weight("W", [hidden, inputs]);
  const U = weight("U", [hidden, hidden]);
  return ({ h: before }, x) => {
    ${step}
    return [{ h }, h];
  };
});
`;

export const shown = (page: Page): Promise<OwnShown> =>
  page.evaluate(() => {
    // biome-ignore lint/suspicious/noExplicitAny: the page's own state, which is no part of these types
    const own = (globalThis as any).seqgradOwnCell;
    return {
      doing: own.doing.value,
      text: own.text.value,
      faults: own.faults.value,
      failure: own.failure.value,
      passes: own.traced.value?.passes ?? [],
      parameters: own.traced.value?.parameters ?? 0,
      svg: own.traced.value?.svg ?? "",
      kernels: Object.keys(own.traced.value?.kernels.wgsl ?? {}),
      runs: own.runs.value,
    };
  });

/** Waits until nothing is under way any more. */
export async function settled(page: Page, seconds = 60): Promise<OwnShown> {
  await page.waitForFunction("globalThis.seqgradOwnCell?.doing.value === ''", { timeout: 1000 * seconds });
  return shown(page);
}

export const focus = (page: Page) =>
  page.evaluate(`document.querySelector('[data-test="editor"]').shadowRoot.querySelector('.cm-content').focus()`);

/** Puts a text in the place of the editor's, as a paste does. */
export async function write(page: Page, text: string): Promise<OwnShown> {
  await focus(page);
  await page.keyboard.down("Control");
  await page.keyboard.press("a");
  await page.keyboard.up("Control");
  await page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", pasted);
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    document.querySelector('[data-test="editor"]')?.shadowRoot?.activeElement?.dispatchEvent(event);
  }, text);
  await page.waitForFunction(`seqgradOwnCell.text.value === ${JSON.stringify(text)}`);
  return settled(page);
}

/** Opens the panel, with the editor in it. */
export async function open(site: OpenedSite, address = small, before?: (page: Page) => Promise<unknown>) {
  const opened = await site.page(`/playground.html#${address}`, before);
  await press(opened.page, "#tab-own");
  await opened.page.waitForFunction(
    `document.querySelector('[data-test="editor"]')?.shadowRoot?.querySelector('.cm-content')`,
  );
  return { ...opened, first: await settled(opened.page) };
}

export const callsOf = (passes: readonly Pass[], title: string, name: string) =>
  passes.find((pass) => pass.title === title)?.parts.find((part) => part.name === name)?.lines ?? [];
