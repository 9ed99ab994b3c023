// Names that options may have as values. Plain JavaScript, so that help can be printed before any package is installed.

export const adapters = /** @type {const} */ (["auto", "hardware", "software"]);

/** Recurrent cells. */
export const cells = /** @type {const} */ (["lstm", "gru", "rnn", "minGru", "minLstm"]);

/** What `npm start` can train. */
export const models = /** @type {const} */ ([...cells, "transformer"]);

/** How a Transformer knows places. */
export const positions = /** @type {const} */ (["learned", "sinusoidal", "rope", "alibi", "none"]);
