/**
 * The editor. It lives in a shadow tree: there CodeMirror puts its styles into the tree's adopted style sheets, which a
 * page without inline styles may have, and not into elements of the document.
 */
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language';
import { EditorState, StateEffect, StateField, type Text } from '@codemirror/state';
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  WidgetType,
  type DecorationSet,
} from '@codemirror/view';
import { make } from '../dom.js';
import { words, type Saying } from '../words/words.js';
import { wgsl } from './wgsl_language.js';

/** What the compiler says of a place; line and column count from 1. */
export interface Mark {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

const THEME = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--ground)', fontSize: '0.875rem' },
  '&.cm-focused': { outline: '2px solid var(--accent)' },
  '.cm-scroller': { fontFamily: 'ui-monospace, "DejaVu Sans Mono", monospace', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--raised)', color: 'var(--soft)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--accent) 7%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 28%, transparent)',
  },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'color-mix(in srgb, var(--accent) 25%, transparent)' },
  '.marked': { backgroundColor: 'color-mix(in srgb, var(--bad) 12%, transparent)' },
  '.marked-word': { textDecoration: 'underline wavy var(--bad)' },
  '.complaint': {
    padding: '0 0.5rem 0 1rem',
    borderLeft: '3px solid var(--bad)',
    color: 'var(--bad)',
    fontFamily: 'system-ui, sans-serif',
    whiteSpace: 'pre-wrap',
  },
});

/** What the compiler says, below the line that it says it of. */
class Complaint extends WidgetType {
  readonly #message: string;

  constructor(message: string) {
    super();
    this.#message = message;
  }

  override eq(other: Complaint): boolean {
    return this.#message === other.#message;
  }

  toDOM(): HTMLElement {
    return make('div', this.#message, 'complaint');
  }
}

/** The line, the word and the message of each mark. */
function decorationsOf(marks: readonly Mark[], doc: Text): DecorationSet {
  const all = marks.flatMap(({ line, column, message }) => {
    const { from, to, text } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    const start = Math.min(from + Math.max(column - 1, 0), to);
    const end = start + (/^\w+/.exec(text.slice(start - from))?.[0].length ?? 0);
    return [
      Decoration.line({ class: 'marked' }).range(from),
      ...(end > start ? [Decoration.mark({ class: 'marked-word' }).range(start, end)] : []),
      Decoration.widget({ widget: new Complaint(message), block: true, side: 1 }).range(to),
    ];
  });
  return Decoration.set(all, true);
}

const setMarks = StateEffect.define<readonly Mark[]>();
const marksField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, transaction) => {
    const set = transaction.effects.find((effect) => effect.is(setMarks));
    if (set !== undefined) return decorationsOf(set.value as readonly Mark[], transaction.state.doc);
    return transaction.docChanged ? Decoration.none : marks; // a changed text is another one
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * Text over a selection, or of several lines. Left to itself the browser joins lines and keeps their looks in inline
 * styles, which the page's policy forbids.
 */
const replaceSelection = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { data, inputType, isComposing } = event;
    if (inputType !== 'insertText' || data === null || isComposing) return false;
    if (view.state.selection.main.empty && !data.includes('\n')) return false;
    view.dispatch(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true });
    event.preventDefault();
    return true;
  },
});

/** Milliseconds of a blink of the cursor; it does not where the visitor wants no motion. */
const BLINK = 1200;

/** A text with line numbers, colours and marks at what the compiler complains about. */
export class CodeEditor {
  readonly #view: EditorView;
  readonly #onChange: (text: string) => void;
  readonly #onRun: () => void;

  /** @param host an empty element of the page. */
  constructor(host: HTMLElement, onChange: (text: string) => void, onRun: () => void) {
    [this.#onChange, this.#onRun] = [onChange, onRun];
    const root = host.attachShadow({ mode: 'open' });
    this.#view = new EditorView({ root, parent: root });
    addEventListener('weft-language', () => this.#view.dispatch({})); // its attributes are looked up anew
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  /** Opens another text, with a history of its own. @param label what it is, for those who hear it. */
  open(text: string, label: Saying): void {
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#view.setState(
      EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(),
          marksField,
          replaceSelection,
          history(),
          drawSelection({ cursorBlinkRate: isStill ? 0 : BLINK }),
          indentOnInput(),
          indentUnit.of('  '),
          bracketMatching(),
          highlightActiveLine(),
          EditorView.lineWrapping,
          wgsl,
          THEME,
          EditorView.contentAttributes.of(() => ({
            'aria-label': label(words()),
            lang: 'en',
            spellcheck: 'false',
            autocapitalize: 'off',
          })),
          // Tab goes on to the next control; Ctrl-] and Ctrl-[ indent.
          keymap.of([{ key: 'Mod-Enter', run: () => (this.#onRun(), true) }, ...defaultKeymap, ...historyKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) this.#onChange(update.state.doc.toString());
          }),
        ],
      }),
    );
  }

  /** Puts another text in the place of this one, so that it can be undone. */
  replace(text: string): void {
    this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: text } });
  }

  /** Marks places, and takes earlier marks away. */
  mark(marks: readonly Mark[]): void {
    this.#view.dispatch({ effects: setMarks.of(marks) });
  }

  /** Puts the cursor at a line and shows it. */
  goTo(line: number): void {
    const { doc } = this.#view.state;
    this.#view.dispatch({
      selection: { anchor: doc.line(Math.min(line, doc.lines)).from },
      scrollIntoView: true,
    });
    this.#view.focus();
  }
}
