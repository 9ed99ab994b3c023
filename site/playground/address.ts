/** Settings in the page's address, so that a link is a run. */
import { defaultsOf } from "./facts.ts";
import { allFields, parseField } from "./fields.ts";
import { type Settings, type TaskName, taskNames } from "./settings.ts";

/** What an address says, and what of it was not understood. Unknown names are passed over: other parts may use them. */
export function readAddress(hash: string): { settings: Settings; refused: string[] } {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const task = given.get("task") as TaskName | null;
  const settings: Record<string, unknown> = { ...defaultsOf(task && taskNames.includes(task) ? task : "text") };
  const refused: string[] = [];
  for (const field of allFields) {
    const text = given.get(field.name);
    if (text === null) continue;
    const value = parseField(field, text);
    if (value === undefined) refused.push(`${field.name}=${text}`);
    else settings[field.name] = value;
  }
  return { settings: settings as unknown as Settings, refused };
}

/** The shortest address of these settings: what a task begins with is left out. */
export function writeAddress(settings: Settings): string {
  const usual = defaultsOf(settings.task);
  const said = new URLSearchParams({ task: settings.task });
  for (const { name } of allFields) {
    const value = settings[name];
    if (value !== usual[name]) said.set(name, typeof value === "boolean" ? String(Number(value)) : String(value));
  }
  return `#${said}`;
}
