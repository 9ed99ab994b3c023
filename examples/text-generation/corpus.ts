import { type Random, seededRandom } from "../shared/random.ts";

/**
 * The default text: small stories made from a grammar, the same ones every time. What a model can learn from them is easy
 * to see in a sample: words, sentences, verbs that agree with subjects several words back, pronouns that agree with
 * names, quotation marks and brackets that close, questions that are answered.
 */
export function makeStories(length = 600_000, seed = 1): string {
  const story = new Storyteller(seededRandom(seed));
  let text = "\n";
  while (text.length < length) text += `${story.paragraph()}\n`;
  return text;
}

/** One or several: what nouns and verbs agree in. */
type Count = "one" | "many";

const names = [
  { name: "Mara", pronoun: "she" },
  { name: "Ilse", pronoun: "she" },
  { name: "Nora", pronoun: "she" },
  { name: "Tom", pronoun: "he" },
  { name: "Anton", pronoun: "he" },
  { name: "Jonas", pronoun: "he" },
];
const people = [
  "sailor",
  "baker",
  "teacher",
  "gardener",
  "painter",
  "miller",
  "doctor",
  "farmer",
  "neighbour",
  "singer",
];
const things = [
  "lamp",
  "boat",
  "letter",
  "kettle",
  "window",
  "basket",
  "map",
  "bell",
  "rope",
  "mirror",
  "apple",
  "song",
];
const places = ["harbour", "market", "old mill", "garden", "river", "station", "kitchen", "hill", "school", "bridge"];
const kinds = ["old", "young", "quiet", "tall", "clever", "tired", "cheerful", "famous"];
const looks = ["red", "small", "green", "heavy", "broken", "golden", "blue", "strange"];
const numbers = ["two", "three", "four", "five", "six", "seven"];
const times = ["In the morning", "At noon", "In the evening", "On Sunday", "After the rain", "Every winter"];
/** What is done to things: with one subject, with many. */
const deeds = [
  { one: "carries", many: "carry" },
  { one: "paints", many: "paint" },
  { one: "finds", many: "find" },
  { one: "keeps", many: "keep" },
  { one: "sells", many: "sell" },
  { one: "watches", many: "watch" },
  { one: "loves", many: "love" },
  { one: "has", many: "have" },
];
const moves = [
  { one: "walks to", many: "walk to" },
  { one: "waits by", many: "wait by" },
  { one: "dances by", many: "dance by" },
  { one: "comes from", many: "come from" },
  { one: "hurries to", many: "hurry to" },
  { one: "sleeps near", many: "sleep near" },
];

class Storyteller {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  paragraph(): string {
    const sentences = Array.from({ length: 2 + Math.floor(this.#random() * 4) }, () => this.#sentence());
    return sentences.join(" ");
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T;
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #sentence(): string {
    const make = this.#pick([
      () => `${capital(this.#clause())}.`,
      () => `${capital(this.#clause())}.`,
      () => `${this.#pick(times)}, ${this.#clause()}.`,
      () => `${capital(this.#clause())}, ${this.#pick(["and", "but", "while"])} ${this.#clause()}.`,
      () => this.#errand(),
      () => this.#talk(),
    ]);
    return make();
  }

  /** Subject and verb, perhaps with an aside between them. */
  #clause(): string {
    const count = this.#count();
    const subject = `${this.#article(count)} ${this.#chance(0.5) ? `${this.#pick(kinds)} ` : ""}${plural(this.#pick(people), count)}`;
    return `${subject}${this.#aside(count)} ${this.#predicate(count)}`;
  }

  #aside(count: Count): string {
    if (this.#chance(0.6)) return "";
    return this.#chance(0.5) ? ` who ${this.#predicate(count)}` : ` (who ${this.#predicate(count)})`;
  }

  #predicate(count: Count): string {
    return this.#chance(0.5)
      ? `${this.#pick(deeds)[count]} ${this.#object()}`
      : `${this.#pick(moves)[count]} the ${this.#pick(places)}`;
  }

  #object(): string {
    const count = this.#count();
    return `${this.#article(count)} ${this.#chance(0.5) ? `${this.#pick(looks)} ` : ""}${plural(this.#pick(things), count)}`;
  }

  /** A name and, later, its pronoun. */
  #errand(): string {
    const { name, pronoun } = this.#pick(names);
    return `${name} ${this.#pick(deeds).one} ${this.#object()}, and then ${pronoun} ${this.#predicate("one")}.`;
  }

  /** A question and its answer, about the same thing. */
  #talk(): string {
    const asks = this.#pick(names);
    const answers = this.#pick(names.filter((other) => other !== asks));
    const count = this.#count();
    const thing = plural(this.#pick(things), count);
    const [verb, pronoun] = count === "one" ? ["is", "It is"] : ["are", "They are"];
    const where = this.#pick(["near", "behind", "beside"]);
    return `"Where ${verb} the ${thing}?" asks ${asks.name}. "${pronoun} ${where} the ${this.#pick(places)}," says ${answers.name}.`;
  }

  #count(): Count {
    return this.#chance(0.5) ? "one" : "many";
  }

  #article(count: Count): string {
    return count === "one" ? this.#pick(["the", "this"]) : this.#pick(["the", "these", this.#pick(numbers)]);
  }
}

function plural(noun: string, count: Count): string {
  return count === "one" ? noun : `${noun}s`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
