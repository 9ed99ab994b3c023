/** The rules by which kernels are made of operations: what an element follows from, in WGSL. */
/**
 * Where an expression is asked for. Values are read as [rows, columns], one element of one row at a time; an expression is WGSL of
 * type `Real`, which is f32 or, with four neighbouring columns at a time, vec4<f32>.
 */
export interface ElementPlace<Value> {
  readonly rows: number;
  /** The column of the result that the expression is of, as far as it is known beforehand. */
  readonly column: number;
  /** The name of an operand's element at the place of the result's: operands broadcast. */
  of(input: Value): string;
  /** The name of an operand's element at another column of the same row. */
  at(input: Value, column: number): string;
  /** The name of number `i` of an operand that has a few numbers for each row, as `RowRule` gives them. */
  number(input: Value, i: number): string;
  /** An expression of f32 for each number in its operands, which are names. */
  each(write: (...numbers: string[]) => string, ...operands: readonly string[]): string;
  /** A function of an element, of two, or a function's slope, by the name that their kernels have for it. */
  unary(f: ElementFunction, x: string): string | null;
  slope(f: ElementFunction, saved: string): string | null;
  binary(kind: string, a: string, b: string): string;
}

/** A unary function with its parameters. */
export interface ElementFunction {
  readonly kind: string;
  readonly alpha: number;
  readonly beta: number;
}

/** The rule of an operation whose results follow row by row, element by element, from its operands. */
export interface ElementRule<Node, Value> {
  /** The element of `output`; null where the node is none that goes row by row. */
  write(node: Node, place: ElementPlace<Value>, output: Value): string | null;
  /** Columns that it parts rows at. */
  parts?(node: Node, rows: number): readonly number[];
}

/**
 * The rule of an operation whose elements follow from a few numbers of their row, which come of sums over it: round after round of
 * sums, each of which may use what those before gave. All is read as [rows, columns].
 */
export interface RowRule<Node, Value> {
  /** Columns of the rows that are summed; null where the node is none that goes row by row. */
  columns(node: Node, rows: number): number | null;
  /** Operands that are read once for each round. */
  summed(node: Node): readonly Value[];
  readonly rounds: number;
  /** What the numbers of a row are called, of all rounds. */
  readonly labels: readonly string[];
  /** What is taken of a round's terms over the row: their sum unless given. */
  readonly taken?: readonly ("sum" | "maximum")[];
  /** What round `round` adds up, of an element; `known` are the names of the numbers that rounds before gave. */
  terms(node: Node, round: number, place: ElementPlace<Value>, known: readonly string[]): readonly string[];
  /** The numbers that the sums of a round give, as WGSL of type f32; `width` is how many elements were added up. */
  numbers(
    node: Node,
    round: number,
    sums: readonly string[],
    place: Pick<ElementPlace<Value>, "number">,
    width: number,
  ): readonly string[];
  /** The element of `output` by the numbers of its row. */
  write(node: Node, place: ElementPlace<Value>, known: readonly string[], output: Value): string;
  /** The output, if any, that is these numbers: [rows, as many as there are]. */
  given?(node: Node): Value;
}
