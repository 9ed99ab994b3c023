// A plug-in of StrykerJS that hands on what has become of a change as soon as that is known: its own results come when
// all changes are through, and a run that is stopped before would leave nothing.
import { channel } from "node:diagnostics_channel";

/** Has the name of this plug-in's channel. */
export const RESULTS = "seqgrad:mutate:results";

const results = channel(RESULTS);

class Results {
  /** @param {object} result */
  onMutantTested(result) {
    results.publish(result);
  }
}

export const strykerPlugins = [{ kind: "Reporter", name: "results", factory: () => new Results() }];
