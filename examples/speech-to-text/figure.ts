/** When the net hears which digit: a row for each class, a column for each step. */
import { figure } from "../shared/figures/figure.ts";
import { heatMap } from "../shared/figures/heat-map.ts";

export interface HeardString {
  readonly said: string;
  readonly digits: string;
  /** [steps · 11] */
  readonly logits: Float32Array;
}

const classes = ["–", ..."0123456789"];

export function alignmentPicture(strings: readonly HeardString[]): string {
  const panels = strings.map(({ said, digits, logits }) => {
    const steps = Array.from({ length: logits.length / classes.length }, (_, t) =>
      softmax(logits.subarray(t * classes.length, (t + 1) * classes.length)),
    );
    return heatMap({
      title: `said ${said}, heard ${digits}`,
      rows: classes,
      values: classes.map((_, at) => steps.map((step) => step[at] as number)),
      size: 12,
    });
  });
  const subtitle = "each column is 37.5 ms; the darker, the surer; –: no digit begins";
  return figure({ title: "When which digit is heard", subtitle }, panels);
}

function softmax(logits: Float32Array): number[] {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
