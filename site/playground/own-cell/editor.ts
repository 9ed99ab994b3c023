/** The editor: CodeMirror in a shadow root, where its styles are a sheet of their own, which the page's policy allows. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Place } from "./protocol.ts";

/** Colours are the page's own, by day and by night. */
const highlighting = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: "var(--token-keyword)" },
  { tag: [tags.string, tags.regexp], color: "var(--token-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--token-number)" },
  { tag: tags.function(tags.variableName), color: "var(--token-function)" },
  { tag: tags.comment, color: "var(--token-comment)" },
]);

const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--vp-c-text-1)", backgroundColor: "var(--vp-c-bg)", fontSize: "13px" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--vp-font-family-mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--vp-c-text-1)" },
  ".cm-cursor": { borderLeftColor: "var(--vp-c-text-1)" },
  ".cm-gutters": { color: "var(--vp-c-text-2)", backgroundColor: "var(--soft)", border: "none" },
  ".cm-activeLine": { backgroundColor: "var(--active-line)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--selection) !important",
  },
  ".cm-tooltip": { color: "var(--vp-c-text-1)", backgroundColor: "var(--soft)", border: "1px solid var(--line)" },
});

export interface Marked {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

export interface Editor {
  /** Puts another text in, which is no change of the visitor's. */
  put(text: string): void;
  mark(faults: readonly Marked[]): void;
  goTo(place: Place): void;
  destroy(): void;
}

export function openEditor(place: HTMLElement, text: string, onChange: (text: string) => void): Editor {
  const root = place.shadowRoot ?? place.attachShadow({ mode: "open" });
  let isOurs = false;
  const extensions = [
    lineNumbers(),
    lintGutter(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    highlightActiveLine(),
    javascript({ typescript: true }),
    syntaxHighlighting(highlighting),
    theme,
    EditorView.contentAttributes.of({
      "aria-label": "The cell, in TypeScript. Escape, then Tab leaves the editor.",
      // else what scrolls holds nothing, for some, that a keyboard reaches
      tabindex: "0",
      autocapitalize: "off",
      spellcheck: "false",
    }),
    keymap.of([indentWithTab, ...defaultKeymap, ...historyKeymap]),
    EditorView.updateListener.of(({ docChanged, state }) => {
      if (docChanged && !isOurs) onChange(state.doc.toString());
    }),
  ];
  const view = new EditorView({ doc: text, extensions, root, parent: root });
  return {
    put(next) {
      isOurs = true;
      view.setState(EditorState.create({ doc: next, extensions }));
      isOurs = false;
    },
    mark(faults) {
      const end = view.state.doc.length;
      const diagnostics = faults.map(({ from, to, message }): Diagnostic => {
        const start = Math.min(from, end);
        return { from: start, to: Math.min(Math.max(to, start), end), severity: "error", message };
      });
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    goTo({ line, column }) {
      const { doc } = view.state;
      const at = doc.line(Math.min(Math.max(1, line), doc.lines));
      const anchor = Math.min(at.to, at.from + column - 1);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}
