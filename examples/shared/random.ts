export { type Random, seededRandom } from "seqgrad";
