/**
 * Whether a kernel is what programs make of a loop's template, around steps of their own: of `loop_apart_naive_step`, which
 * compiles the template around an example, `loop_apart_naive_1h8xk2` is.
 */
export function isMadeOf(template: string, kernel: string): boolean {
  const technique = /^loop_.+(?=_(?:step|rows)$)/.exec(template)?.[0];
  return (
    technique !== undefined &&
    kernel.startsWith(`${technique}_`) &&
    /^[0-9a-z]+$/.test(kernel.slice(technique.length + 1))
  );
}

/** Whether a kernel is one of this name, or made of a template of it. */
export const isOf = (name: string, kernel: string): boolean => name === kernel || isMadeOf(name, kernel);
